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
  /** Whether it rotates nothing but listed ARNs. */
  readonly onlyArns: boolean;
  /** Whether it asks for providers that are traced. */
  readonly traced: boolean;
  /** ARNs that only the deployment knows, by names of the app's choice. */
  readonly namedKeyArns?: Readonly<Record<string, string>>;
  readonly provider?: SiteProvider;
  /** How many constructs had been declared when the fleet was. */
  readonly stagesBefore: ReadonlySet<IConstruct>;
  construct?: Library.OnDemandKeyRotationFleet;
}

export interface SiteProvider {
  readonly plan: ProviderPlan;
  readonly path: string;
  readonly stack: Stack;
  /** What the function's role is to the app: another construct, perhaps in another stack. */
  readonly roleFrom?: IConstruct;
  construct?: Library.OnDemandKeyRotationProvider;
}

export interface SiteReader {
  readonly plan: ReaderPlan;
  readonly stack: Stack;
  readonly rotation: SiteRotation;
}

/** Everything that an app has declared so far. What is noted before it is made is there too when making it throws. */
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
  /** Nested stacks that exist only if a condition holds. */
  public readonly conditionalStacks = new Set<Stack>();

  public constructor(
    public readonly cdk: Cdk,
    public readonly plan: AppPlan,
    public readonly library: typeof Library,
    public readonly otherCopy: typeof Library,
  ) {}

  /** A construct ID that is not taken in the scope, and likely to be in others. */
  public id(scope: IConstruct, prefix: string): string {
    let n = 1;
    while (scope.node.tryFindChild(`${prefix}${n}`)) n += 1;
    return `${prefix}${n}`;
  }
}

export function pick<T>(candidates: readonly T[], n: Pick): T | undefined {
  return candidates[n % Math.max(candidates.length, 1)];
}
