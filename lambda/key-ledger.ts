import { nameOf as errorName } from './aws-error';
import * as failures from './failures';
import { type Entry, type Ledger, lastNumber, merge, nameOf, parse, pathOf, serialize } from './ledger';
import { type RetryPolicy, repeat } from './retry';
import type { Parameter, Services } from './services';

/** One key's ledger in Parameter Store, and what this invocation knows of it. */
export class KeyLedger {
  /** All that has been read and written so far. */
  public known: Ledger = [];
  /** What is known has to be read again before anything is decided by it. */
  public isStale = true;
  /** When the last read that was answered began; milliseconds since the epoch. */
  public readAt: number | undefined;
  /** Parameters that are no entries. */
  public unreadable: readonly string[] = [];
  /** The highest number that is known to be taken, even where it could not be read yet. */
  public taken = 0;
  /** A record that was overwritten, although nothing may be: what is known is worth nothing. */
  public overwritten: string | undefined;

  public constructor(
    private readonly keyId: string,
    private readonly region: string,
    private readonly roleArn: string,
    private readonly services: Services,
  ) {}

  /**
   * Reads the ledger again.
   *
   * @throws Failure if it could not be read for as long as there is patience.
   */
  public async read(patience: RetryPolicy): Promise<void> {
    const { parameters, readAt } = await this.call(patience, async () => ({
      readAt: this.services.now(),
      parameters: await this.parameters(),
    }));
    const read = parse(parameters);
    this.known = merge(this.known, read.ledger);
    this.readAt = readAt;
    this.unreadable = read.unreadable;
    this.isStale = false;
  }

  /**
   * Creates the next attempt, which is atomic: if somebody else was faster, the ledger has to be read again. The same holds
   * if an earlier sending of this very call was carried out and its answer lost.
   *
   * @throws Failure if it could not be written for as long as there is patience.
   */
  public async append(entry: Entry, patience: RetryPolicy): Promise<void> {
    const number = lastNumber(this.known) + 1;
    this.taken = Math.max(this.taken, number);
    this.isStale = true;
    const name = nameOf(this.keyId, number);
    try {
      const version = await this.call(patience, () =>
        this.services.parameterStore(this.region).putParameter(name, serialize(entry)),
      );
      if (version !== 1) this.overwritten = name;
    } catch (error) {
      if (errorName(error) === 'ParameterAlreadyExists') return;
      throw error;
    }
    if (this.overwritten !== undefined) throw failures.ledgerOverwritten(this.overwritten);
    this.known = merge(this.known, [{ number, entry }]);
    this.isStale = false;
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

  private async call<T>(patience: RetryPolicy, call: () => Promise<T>): Promise<T> {
    try {
      return await repeat(this.services, patience, call);
    } catch (error) {
      if (errorName(error) === 'ParameterAlreadyExists') throw error;
      throw failures.ledgerUnreachable(this.keyId, this.region, this.roleArn, error);
    }
  }
}
