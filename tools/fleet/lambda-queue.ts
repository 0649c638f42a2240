import type { LambdaConcurrency } from '../simulation/simulation';
import type { VirtualClock } from '../simulation/virtual-clock';

const SECOND = 1000;
const FIRST_PAUSE = SECOND;
const EVENT_AGE = 3600 * SECOND;

/**
 * Lambda's queue for asynchronous invocations: an event without free concurrency is retried after 1 second at first and up to 5 minutes in
 * the end, until it is an hour old. `longestPause` may be shorter than that.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class LambdaQueue implements LambdaConcurrency {
  public dropped = 0;
  public longestWait = 0;
  /** Duration of all invocations in milliseconds, which Lambda bills. */
  public billed = 0;
  private running = 0;
  private countedAt = 0;

  public constructor(
    private readonly clock: VirtualClock,
    private readonly concurrency: number,
    private readonly longestPause: number,
    private readonly random: () => number,
  ) {}

  public invoke(start: () => Promise<void>): Promise<void> | undefined {
    return this.attempt(start, this.clock.now, 0);
  }

  public ended(): void {
    this.count(-1);
  }

  private attempt(start: () => Promise<void>, since: number, n: number): Promise<void> | undefined {
    const age = this.clock.now - since;
    if (age > EVENT_AGE) {
      this.dropped++;
      return undefined;
    }
    if (this.running >= this.concurrency) {
      const pause = Math.min(this.longestPause, FIRST_PAUSE * 2 ** n) * (0.5 + this.random() / 2);
      this.clock.after(pause, () => this.attempt(start, since, n + 1));
      return undefined;
    }
    this.longestWait = Math.max(this.longestWait, age);
    this.count(1);
    return start();
  }

  private count(change: 1 | -1): void {
    this.billed += this.running * (this.clock.now - this.countedAt);
    this.countedAt = this.clock.now;
    this.running += change;
  }
}
