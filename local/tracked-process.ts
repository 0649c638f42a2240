import type { LocalClock } from './clock';

/** What a process says about itself whenever it has nothing left to do but wait. */
export interface Quiet {
  /** Messages that it has received so far. */
  readonly received: number;
  /** HTTP requests that it has begun, and those that have ended. */
  readonly begun: number;
  readonly ended: number;
}

/**
 * Another process that lives by a virtual clock. It works from whatever wakes it (an event, a timer, the answer to a request) until it
 * says that it is quiet, and has seen all that it was sent.
 */
export class TrackedProcess {
  private readonly timers = new Map<number, () => void>();
  private sent = 0;
  private arrived = 0;
  private answered = 0;
  private quiet: Quiet | undefined;
  private release: (() => void) | undefined;
  private hasEnded = false;

  public constructor(
    /** Stands in the header `x-local-process` of each request of the process. */
    public readonly id: string,
    private readonly clock: LocalClock,
    private readonly tell: (message: object) => void,
  ) {
    this.reconsider();
  }

  public wake(message: object): void {
    this.sent += 1;
    this.reconsider();
    this.tell({ ...message, now: this.clock.now() });
  }

  public says(quiet: Quiet): void {
    this.quiet = quiet;
    this.reconsider();
  }

  public setTimer(id: number, delay: number): void {
    const cancel = this.clock.schedule(delay, () => {
      this.timers.delete(id);
      this.wake({ fire: id });
    });
    this.timers.set(id, cancel);
  }

  public clearTimer(id: number): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
  }

  public requestArrived(): void {
    this.arrived += 1;
    this.reconsider();
  }

  public requestAnswered(): void {
    this.answered += 1;
    this.reconsider();
  }

  /** The process has ended: nothing of it keeps the clock. */
  public end(): void {
    this.timers.forEach((cancel) => {
      cancel();
    });
    this.timers.clear();
    this.release?.();
    this.release = undefined;
    this.hasEnded = true;
  }

  private reconsider(): void {
    if (this.hasEnded) return;
    if (this.works()) {
      this.release ??= this.clock.hold();
    } else {
      this.release?.();
      this.release = undefined;
    }
  }

  /** Each request that it waits for has arrived here, and it has seen the end of each that was answered. */
  private works(): boolean {
    if (!this.quiet) return true;
    const { received, begun, ended } = this.quiet;
    return received < this.sent || ended < this.answered || begun - ended !== this.arrived - this.answered;
  }
}
