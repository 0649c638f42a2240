import { nameOf } from './aws-error';
import * as failures from './failures';
import { type LedgerView, merge } from './ledger';
import { type NewRecord, parameterName, parse, pathOf, serialize } from './ledger-record';
import { type RetryPolicy, repeat } from './retry';
import type { Parameter, Services } from './services';

/** One key's ledger in Parameter Store, and what this invocation knows of it. */
export class KeyLedger {
  public view: LedgerView = {
    records: [],
    readAt: undefined,
    isStale: true,
    damage: [],
    last: 0,
    isUnreadable: false,
    writeFailedAt: undefined,
    created: undefined,
    overwritten: undefined,
  };

  public constructor(
    private readonly keyId: string,
    private readonly region: string,
    private readonly roleArn: string,
    private readonly services: Services,
  ) {}

  /** Has the ledger read again before the next decision. */
  public expire(): void {
    this.view = { ...this.view, isStale: true, isUnreadable: false };
  }

  /**
   * Reads the ledger again.
   *
   * @throws Failure if it could not be read in time.
   */
  public async read(policy: RetryPolicy): Promise<void> {
    this.view = { ...this.view, isUnreadable: true };
    const { parameters, readAt } = await this.call(policy, async () => ({
      readAt: this.services.now(),
      parameters: await this.parameters(),
    }));
    const { records, damage, last } = parse(this.keyId, parameters);
    this.view = {
      ...this.view,
      records: merge(this.view.records, records),
      readAt,
      isStale: false,
      isUnreadable: false,
      damage,
      last: Math.max(this.view.last, last),
    };
  }

  /**
   * Creates the next record, which is atomic. The number may be taken because somebody else was faster, or because an earlier attempt
   * of this call succeeded and its answer was lost; then the ledger has to be read again.
   *
   * @returns whether the number was taken.
   * @throws Failure if it could not be created in time.
   */
  public async append(record: NewRecord, policy: RetryPolicy): Promise<'created' | 'taken'> {
    const number = this.view.last + 1;
    const name = parameterName(this.keyId, number);
    this.expire();
    let version: number | undefined;
    try {
      version = await this.call(policy, () =>
        this.services.parameterStore(this.region).putParameter(name, serialize(record)),
      );
    } catch (error) {
      const isTaken = nameOf(error) === 'ParameterAlreadyExists';
      this.view = {
        ...this.view,
        last: isTaken ? number : this.view.last,
        writeFailedAt: isTaken ? undefined : this.services.now(),
      };
      if (isTaken) return 'taken';
      throw error;
    }
    this.view = { ...this.view, last: number };
    if (version !== 1) {
      this.view = { ...this.view, overwritten: name };
      return 'created';
    }
    this.view = {
      ...this.view,
      isStale: false,
      writeFailedAt: undefined,
      created: number,
      records: merge(this.view.records, [{ ...record, number }]),
    };
    return 'created';
  }

  private async parameters(): Promise<Parameter[]> {
    const store = this.services.parameterStore(this.region);
    const parameters: Parameter[] = [];
    let token: string | undefined;
    do {
      const page = await store.getParametersByPath(pathOf(this.keyId), token);
      parameters.push(...page.parameters);
      token = page.nextToken;
    } while (token !== undefined);
    return parameters;
  }

  private async call<T>(policy: RetryPolicy, call: () => Promise<T>): Promise<T> {
    try {
      return await repeat(this.services, policy, call);
    } catch (error) {
      if (nameOf(error) === 'ParameterAlreadyExists') throw error;
      throw failures.ledgerUnreachable(this.keyId, this.region, this.roleArn, error);
    }
  }
}
