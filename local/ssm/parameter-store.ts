import { validationError } from '../wire/input';
import { parameterOperations } from './parameter-operations';
import { bareName, checkName, checkValue, parameterArn } from './parameter-rules';
import { type Call, type Environment, type Service, ServiceError } from '../wire/service';
import { StateHistory } from '../state-history';

export interface Parameter {
  readonly name: string;
  readonly type: 'String' | 'StringList';
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}

type PutOptions = Pick<Parameter, 'value'> &
  Partial<Pick<Parameter, 'type' | 'description' | 'tags'>> & { readonly overwrite: boolean };

/** Of the CDK's bootstrap stack, which the CLI looks for before a deployment. */
const PRELOADED: Readonly<Record<string, string>> = { '/cdk-bootstrap/hnb659fds/version': '33' };

/**
 * The Parameter Store of Systems Manager, with standard parameters. Each write is atomic; reads may be made to lag.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
 */
export class ParameterStore {
  public readonly service: Service = {
    name: 'ssm',
    protocol: 'json',
    operations: parameterOperations(this),
    authorization: (call) => this.authorization(call),
  };

  /** How far reads lag behind, in milliseconds of the clock. */
  public readLag: number | ((operation: string, name: string) => number) = 0;

  /** How many parameters a page of GetParametersByPath holds at most; AWS may give fewer than asked for. */
  public longestPage = 10;

  /** By Region and name; `null` where a parameter was deleted. */
  private readonly regions = new Map<string, Map<string, StateHistory<Parameter | null>>>();

  public constructor(private readonly environment: Environment) {}

  public get(region: string, name: string): string | undefined {
    return this.parameter(region, name, 0)?.value;
  }

  /** Writes over whatever is there. */
  public put(region: string, name: string, value: string): void {
    this.write(region, name, { value, overwrite: true, type: 'String' });
  }

  public delete(region: string, name: string): void {
    this.inRegion(region).get(name)?.record(this.now(), null);
  }

  /** All parameters below a path, by name. */
  public list(region: string, path: string): Parameter[] {
    return this.below(region, path, true, 0);
  }

  /** Creates or, where told so, overwrites: one step, as it is in AWS. */
  public write(region: string, name: string, options: PutOptions): Parameter {
    const { overwrite, ...given } = options;
    checkName(name);
    checkValue(given.value);
    const before = this.parameter(region, name, 0);
    if (before && !overwrite) {
      throw new ServiceError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = given.type ?? before?.type;
    if (type === undefined) {
      throw validationError('A parameter type is required when you create a parameter.');
    }
    const kept = { description: given.description ?? before?.description, tags: before?.tags ?? given.tags ?? {} };
    const parameter = {
      ...kept,
      name,
      type,
      value: given.value,
      version: (before?.version ?? 0) + 1,
      modifiedAt: this.now(),
    };
    this.record(region, parameter);
    return parameter;
  }

  public record(region: string, parameter: Parameter): void {
    const parameters = this.inRegion(region);
    const timeline = parameters.get(parameter.name) ?? new StateHistory<Parameter | null>();
    timeline.record(this.now(), parameter);
    parameters.set(parameter.name, timeline);
  }

  public below(region: string, path: string, recursive: boolean, lag: number): Parameter[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.inRegion(region).keys()]
      .filter((name) => path === '/' || name.startsWith(prefix))
      .filter((name) => recursive || !name.slice(prefix.length).includes('/'))
      .sort()
      .flatMap((name) => this.parameter(region, name, lag) ?? []);
  }

  public parameter(region: string, name: string, lag: number): Parameter | undefined {
    return (
      this.inRegion(region)
        .get(name)
        ?.at(this.now() - lag) ?? undefined
    );
  }

  public lag(operation: string, name: string): number {
    return typeof this.readLag === 'function' ? this.readLag(operation, name) : this.readLag;
  }

  private inRegion(region: string): Map<string, StateHistory<Parameter | null>> {
    const known = this.regions.get(region);
    if (known) {
      return known;
    }
    const parameters = new Map<string, StateHistory<Parameter | null>>();
    this.regions.set(region, parameters);
    Object.entries(PRELOADED).forEach(([name, value]) => {
      const timeline = new StateHistory<Parameter | null>();
      timeline.record(-Infinity, { name, value, type: 'String', version: 1, modifiedAt: this.now(), tags: {} });
      parameters.set(name, timeline);
    });
    return parameters;
  }

  /** A call on several parameters needs permission for all. */
  private authorization({
    operation,
    region,
    accountId,
    input,
  }: Call): ReturnType<NonNullable<Service['authorization']>> {
    const named = input.Name ?? input.Path ?? input.ResourceId ?? input.Names;
    const names = (Array.isArray(named) ? named : [named]).filter((name) => typeof name === 'string');
    const [name, ...others] = names.map(bareName);
    if (name === undefined) {
      return { action: `ssm:${operation}`, resourceArn: '*' };
    }
    return { action: `ssm:${operation}`, resourceArn: parameterArn(region, accountId, others.length > 0 ? '*' : name) };
  }

  private now(): number {
    return this.environment.clock.now();
  }
}
