import type { VirtualTime } from './virtual-time';

const SECOND = 1000;
const FIRST_PAUSE = SECOND;
const EVENT_AGE = 3600 * SECOND;

/** What an invocation runs; over when it has settled. */
export type Invocation = () => Promise<void>;

/**
 * Lambda's queue for asynchronous invocations: an event that finds no free concurrency goes back, for 1 second at first and for
 * up to 5 minutes in the end, until it is an hour old. A queue that is prompter than that can be asked for.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class LambdaQueue {
  public dropped = 0;
  public longestWait = 0;
  /** Milliseconds that all invocations together took: what Lambda charges for. */
  public billed = 0;
  private running = 0;

  public constructor(
    private readonly time: VirtualTime,
    private readonly concurrency: number,
    private readonly longestPause: number,
    private readonly random: () => number,
  ) {}

  public invoke(invocation: Invocation): void {
    this.attempt(invocation, this.time.now, 0);
  }

  private attempt(invocation: Invocation, since: number, n: number): void {
    const age = this.time.now - since;
    if (age > EVENT_AGE) {
      this.dropped++;
      return;
    }
    if (this.running >= this.concurrency) {
      const pause = Math.min(this.longestPause, FIRST_PAUSE * 2 ** n) * (0.5 + this.random() / 2);
      this.time.after(pause, () => {
        this.attempt(invocation, since, n + 1);
      });
      return;
    }
    this.longestWait = Math.max(this.longestWait, age);
    this.start(invocation);
  }

  private start(invocation: Invocation): void {
    const startedAt = this.time.now;
    this.running++;
    const end = () => {
      this.running--;
      this.billed += this.time.now - startedAt;
    };
    // The handler throws only where its answer was not taken, which does not happen here.
    void invocation().then(end, end);
  }
}
