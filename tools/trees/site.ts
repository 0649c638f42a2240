import type { CfnResource, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { AppPlan, FleetPlan, KeyPlan, Pick, ProviderPlan, ReaderPlan, RotationPlan } from './plan';
import type * as Library from '../../lib';

export type Cdk = typeof import('aws-cdk-lib');
export type { Library };

/** A key that an app declares or imports. */
export interface SiteKey {
  readonly plan: KeyPlan;
  readonly construct: IConstruct;
  /** Of a key that the app declares. */
  readonly declaration?: CfnResource;
  /** Of a key that it imports. */
  readonly arn?: string;
}

export interface SiteRotation {
  readonly plan: RotationPlan;
  readonly path: string;
  readonly stack: Stack;
  readonly key: SiteKey;
  readonly provider?: SiteProvider;
  construct?: Library.OnDemandKeyRotation;
}

export interface SiteFleet {
  readonly plan: FleetPlan;
  readonly path: string;
  readonly scope: Construct;
  readonly excluded: readonly (SiteKey | IConstruct)[];
  readonly keyArns: readonly string[];
  /** Whether it rotates listed ARNs only. */
  readonly onlyArns: boolean;
  /** Whether it asks for traced providers. */
  readonly traced: boolean;
  /** ARNs known only at deployment, by names that the app chooses. */
  readonly namedKeyArns?: Readonly<Record<string, string>>;
  readonly provider?: SiteProvider;
  /** The stages that existed when the fleet was declared. */
  readonly stagesBefore: ReadonlySet<IConstruct>;
  construct?: Library.OnDemandKeyRotationFleet;
}

export interface SiteProvider {
  readonly plan: ProviderPlan;
  readonly path: string;
  readonly stack: Stack;
  /** The function's role, if the app passes one, perhaps from another stack. */
  readonly roleFrom?: IConstruct;
  construct?: Library.OnDemandKeyRotationProvider;
}

export interface SiteReader {
  readonly plan: ReaderPlan;
  readonly stack: Stack;
  readonly rotation: SiteRotation;
}

/** Everything that an app has declared so far. Entries are added before their construct, so they remain if it throws. */
export class Site {
  public readonly keys: SiteKey[] = [];
  public readonly rotations: SiteRotation[] = [];
  public readonly fleets: SiteFleet[] = [];
  public readonly providers: SiteProvider[] = [];
  public readonly readers: SiteReader[] = [];
  public readonly scopes: Construct[] = [];
  public readonly roles: IConstruct[] = [];
  /** Where Aspects add keys. */
  public readonly aspects: IConstruct[] = [];
  /** Stages that CDK Pipelines has synthesized while the app was still being declared. */
  public readonly pipelineStages: IConstruct[] = [];
  public readonly atTheEnd: (() => void)[] = [];
  /** Nested stacks under a condition. */
  public readonly conditionalStacks = new Set<Stack>();

  public constructor(
    public readonly cdk: Cdk,
    public readonly plan: AppPlan,
    public readonly library: typeof Library,
    public readonly otherCopy: typeof Library,
  ) {}

  /** A construct ID that is free in the scope, but likely to be taken in others. */
  public id(scope: IConstruct, prefix: string): string {
    let n = 1;
    while (scope.node.tryFindChild(`${prefix}${n}`)) n += 1;
    return `${prefix}${n}`;
  }
}

export function pick<T>(candidates: readonly T[], n: Pick): T | undefined {
  return candidates[n % Math.max(candidates.length, 1)];
}
