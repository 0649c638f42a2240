/**
 * AWS's documented rates per second, strictly enforced: a service never carries out more calls within a second.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
export const QUOTAS = {
  RotateKeyOnDemand: 5,
  ListKeyRotations: 100,
  GetKeyRotationStatus: 1000,
  DescribeKey: 2000,
  GetParametersByPath: 40,
  PutParameter: 3,
};

export type Operation = keyof typeof QUOTAS;

const SECOND = 1000;

/** The calls of one operation, second by second. */
export interface Load {
  readonly carriedOut: Map<number, number>;
  readonly throttled: Map<number, number>;
}

export class Quotas {
  private readonly loads = new Map<Operation, Load>();
  private readonly lately = new Map<Operation, number[]>();

  public readonly rates: Readonly<Record<Operation, number>>;
  private startedAt: number | undefined;

  public constructor(raised: Partial<Record<Operation, number>> = {}) {
    this.rates = { ...QUOTAS, ...raised };
  }

  /** Makes one call; a throttled one uses up no quota. */
  public take(operation: Operation, now: number): 'carried out' | 'throttled' {
    const lately = (this.lately.get(operation) ?? []).filter((at) => at > now - SECOND);
    const isThrottled = lately.length >= this.rates[operation];
    if (!isThrottled) lately.push(now);
    this.lately.set(operation, lately);

    const load = this.loadOf(operation);
    const counted = isThrottled ? load.throttled : load.carriedOut;
    this.startedAt ??= now;
    const second = Math.floor((now - this.startedAt) / SECOND);
    counted.set(second, (counted.get(second) ?? 0) + 1);
    return isThrottled ? 'throttled' : 'carried out';
  }

  public loadOf(operation: Operation): Load {
    const load = this.loads.get(operation) ?? {
      carriedOut: new Map<number, number>(),
      throttled: new Map<number, number>(),
    };
    this.loads.set(operation, load);
    return load;
  }
}
