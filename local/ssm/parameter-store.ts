import { StateHistory } from '../state-history';
import { validationError } from '../wire/input';
import { type Environment, ServiceError } from '../wire/service';
import { checkNewName, identity } from './parameter-name';
import { checkPattern, checkValue, type Tier, tierOf, type TierSetting } from './parameter-rules';

export type ParameterType = 'String' | 'StringList';

/** One version of a parameter, with the tags that all of them share. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: string;
  readonly version: number;
  readonly tier: Tier;
  readonly modifiedAt: number;
  /** An ARN. */
  readonly modifiedBy: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface PutOptions {
  readonly value: string;
  readonly overwrite?: boolean;
  readonly type?: ParameterType;
  readonly tier?: TierSetting;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly modifiedBy?: string;
}

/** All versions, oldest first, as they were at a moment; empty once the parameter is deleted. */
type Versions = readonly Parameter[];

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html */
const MAX_VERSIONS = 100;

/** A parameter of the CDK's bootstrap stack, which the CLI checks before a deployment. */
const PRELOADED: Readonly<Record<string, string>> = { '/cdk-bootstrap/hnb659fds/version': '33' };

/**
 * The Parameter Store of Systems Manager, with parameters of text. Each write is atomic; reads may be made to lag.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
 */
export class ParameterStore {
  /** How far reads lag behind, in milliseconds of the clock. Reads by path ask for each parameter separately. */
  public readLag: number | ((operation: string, name: string) => number) = 0;

  /** The most parameters on a page of GetParametersByPath; AWS may return fewer than requested. */
  public longestPage = 10;

  /** The account's default in the Region, for parameters created without a `Tier`. */
  public defaultTier: TierSetting = 'Standard';

  /** Whether `Tier` is supported, which depends on the partition. */
  public supportsTiers = true;

  /**
   * Imitates a store that does not create atomically: up to `within` milliseconds after a parameter was last modified, another creation
   * without Overwrite succeeds, with this version.
   */
  public secondCreator: { readonly within: number; readonly version: number } | undefined;

  /** By Region and identity. */
  private readonly regions = new Map<string, Map<string, StateHistory<Versions>>>();

  public constructor(private readonly environment: Environment) {}

  public get(region: string, name: string): string | undefined {
    return this.latest(region, name)?.value;
  }

  /** Overwrites an existing parameter. */
  public put(region: string, name: string, value: string): void {
    this.write(region, name, { value, overwrite: true, type: 'String' });
  }

  public delete(region: string, name: string): void {
    this.inRegion(region).get(identity(name))?.record(this.now(), []);
  }

  /** All parameters below a path, by name. */
  public list(region: string, path: string): Parameter[] {
    return this.below(region, path, true);
  }

  /** Creates or, if requested, overwrites, atomically as in AWS. Omitted options keep their previous values. */
  public write(region: string, name: string, options: PutOptions): Parameter {
    checkNewName(name);
    const before = this.latest(region, name);
    if (before && options.overwrite !== true && !this.creationsRace(before)) {
      throw new ServiceError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const parameter = this.nextVersion(name, options, before);
    this.record(region, name, [...this.versions(region, name), parameter].slice(-MAX_VERSIONS));
    return parameter;
  }

  public setTags(region: string, name: string, tags: Readonly<Record<string, string>>): void {
    this.record(
      region,
      name,
      this.versions(region, name).map((parameter) => ({ ...parameter, tags })),
    );
  }

  /** All versions, oldest first, as they were `lag` milliseconds ago. */
  public versions(region: string, name: string, lag = 0): Versions {
    return (
      this.inRegion(region)
        .get(identity(name))
        ?.at(this.now() - lag) ?? []
    );
  }

  public latest(region: string, name: string, lag = 0): Parameter | undefined {
    return this.versions(region, name, lag).at(-1);
  }

  /** By name. `operation` is the one whose reads may lag. */
  public below(region: string, path: string, recursive: boolean, operation?: string): Parameter[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.inRegion(region).keys()]
      .filter((name) => path === '/' || name.startsWith(prefix))
      .filter((name) => recursive || !name.slice(prefix.length).includes('/'))
      .sort()
      .flatMap((name) => this.latest(region, name, operation === undefined ? 0 : this.lag(operation, name)) ?? []);
  }

  public lag(operation: string, name: string): number {
    return typeof this.readLag === 'function' ? this.readLag(operation, name) : this.readLag;
  }

  private nextVersion(name: string, options: PutOptions, before: Parameter | undefined): Parameter {
    const { value, modifiedBy = '', description = before?.description } = options;
    const { type = before?.type, allowedPattern = before?.allowedPattern } = options;
    if (type === undefined) {
      throw validationError('A parameter type is required when you create a parameter.');
    }
    const tier = tierOf(
      options.tier ?? (before?.tier === 'Advanced' ? 'Advanced' : this.defaultTier),
      value,
      before?.tier,
    );
    checkValue(value, tier);
    if (allowedPattern !== undefined) {
      checkPattern(value, allowedPattern);
    }
    const raced = before && options.overwrite !== true;
    return {
      name: before?.name ?? name,
      type,
      value,
      version: raced && this.secondCreator ? this.secondCreator.version : (before?.version ?? 0) + 1,
      tier,
      modifiedAt: this.now(),
      modifiedBy,
      tags: before?.tags ?? options.tags ?? {},
      ...(description !== undefined && { description }),
      ...(allowedPattern !== undefined && { allowedPattern }),
    };
  }

  private creationsRace({ modifiedAt }: Parameter): boolean {
    return this.secondCreator !== undefined && this.now() - modifiedAt <= this.secondCreator.within;
  }

  private record(region: string, name: string, versions: Versions): void {
    const parameters = this.inRegion(region);
    const history = parameters.get(identity(name)) ?? new StateHistory<Versions>();
    history.record(this.now(), versions);
    parameters.set(identity(name), history);
  }

  private inRegion(region: string): Map<string, StateHistory<Versions>> {
    const known = this.regions.get(region);
    if (known) {
      return known;
    }
    const parameters = new Map<string, StateHistory<Versions>>();
    this.regions.set(region, parameters);
    Object.entries(PRELOADED).forEach(([name, value]) => {
      const history = new StateHistory<Versions>();
      const common = { type: 'String', tier: 'Standard', version: 1, modifiedBy: '', tags: {} } as const;
      history.record(-Infinity, [{ name, value, modifiedAt: this.now(), ...common }]);
      parameters.set(name, history);
    });
    return parameters;
  }

  private now(): number {
    return this.environment.clock.now();
  }
}
