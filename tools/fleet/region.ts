import type { Kms, Parameter, ParameterStore } from '../../lambda/services';
import { type Operation, Quotas } from './quotas';
import type { VirtualTime } from './virtual-time';

/** How long a call takes; milliseconds. */
const LATENCY = 20;

/** KMS and Parameter Store of one Region, without delays and failures but for throttling. */
export class Region {
  /** Enforced once they are there. */
  public quotas: Quotas | undefined;
  private readonly acceptedAt = new Map<string, number[]>();
  private readonly ledgers = new Map<string, Map<string, string>>();

  public constructor(
    private readonly time: VirtualTime,
    /** How long a rotation takes; milliseconds. */
    private readonly rotationTime: number,
  ) {}

  /** When KMS has accepted each of the key's rotations. */
  public rotations(arn: string): readonly number[] {
    return this.acceptedAt.get(arn) ?? [];
  }

  public readonly kms: Kms = {
    describeKey: (arn) =>
      this.call('DescribeKey', () => ({
        KeyId: arn.slice(arn.lastIndexOf('/') + 1),
        Arn: arn,
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        MultiRegion: false,
        CurrentKeyMaterialId: `material-${this.complete(arn).length}`,
      })),
    getKeyRotationStatus: (arn) =>
      this.call('GetKeyRotationStatus', () => {
        const started = this.inProgress(arn);
        return {
          $metadata: {},
          KeyId: arn,
          ...(started !== undefined && { OnDemandRotationStartDate: new Date(started) }),
        };
      }),
    listKeyRotations: (arn) =>
      this.call('ListKeyRotations', () => ({
        $metadata: {},
        Truncated: false,
        Rotations: this.complete(arn).map((at, i) => ({
          KeyId: arn,
          KeyMaterialId: `material-${i + 1}`,
          RotationDate: new Date(at + this.rotationTime),
          RotationType: 'ON_DEMAND' as const,
        })),
      })),
    // While a rotation is in progress, a further call succeeds and adds none.
    rotateKeyOnDemand: (arn) =>
      this.call('RotateKeyOnDemand', () => {
        if (this.inProgress(arn) === undefined) this.acceptedAt.set(arn, [...this.rotations(arn), this.time.now]);
        return undefined;
      }),
  };

  public readonly parameterStore: ParameterStore = {
    getParametersByPath: (path) => this.call('GetParametersByPath', () => ({ parameters: this.parameters(path) })),
    putParameter: (name, value) =>
      this.call('PutParameter', () => {
        const path = name.slice(0, name.lastIndexOf('/'));
        const ledger = this.ledgers.get(path) ?? new Map<string, string>();
        if (ledger.has(name)) throw badRequest('ParameterAlreadyExists');
        this.ledgers.set(path, ledger.set(name, value));
        return 1;
      }),
  };

  private parameters(path: string): Parameter[] {
    return [...(this.ledgers.get(path) ?? [])].map(([name, value]) => ({ name, value, version: 1 }));
  }

  private complete(arn: string): number[] {
    return this.rotations(arn).filter((at) => at + this.rotationTime <= this.time.now);
  }

  private inProgress(arn: string): number | undefined {
    return this.rotations(arn).find((at) => this.time.now < at + this.rotationTime);
  }

  private call<T>(operation: Operation, act: () => T): Promise<T> {
    return this.time.passing(LATENCY, () => {
      if (this.quotas?.take(operation, this.time.now) === 'throttled') throw badRequest('ThrottlingException');
      return act();
    });
  }
}

function badRequest(name: string): Error {
  const error = Object.assign(new Error('Rate exceeded'), { $metadata: { httpStatusCode: 400 } });
  error.name = name;
  return error;
}
