/** The clock that a process can hold. */
interface HeldClock {
  now(): number;
  schedule(milliseconds: number, action: () => void): () => void;
  hold(): () => void;
}

/** What a process reports whenever it is idle. */
export interface IdleReport {
  /** Messages received so far. */
  readonly received: number;
  /** HTTP requests begun and ended so far. */
  readonly begun: number;
  readonly ended: number;
}

/**
 * Another process on a virtual clock. It counts as working from whatever wakes it (an event, a timer, a response) until it reports that
 * it is idle and has received everything sent to it.
 */
export class TrackedProcess {
  private readonly timers = new Map<number, () => void>();
  private sent = 0;
  private arrived = 0;
  private answered = 0;
  private lastReport: IdleReport | undefined;
  private release: (() => void) | undefined;
  private hasEnded = false;

  public constructor(
    /** Sent in the header `x-local-process` of each request of the process. */
    public readonly id: string,
    private readonly clock: HeldClock,
    private readonly send: (message: object) => void,
  ) {
    this.updateHold();
  }

  public wake(message: object): void {
    this.sent += 1;
    this.updateHold();
    this.send({ ...message, now: this.clock.now() });
  }

  public reportIdle(report: IdleReport): void {
    this.lastReport = report;
    this.updateHold();
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
    this.updateHold();
  }

  public requestAnswered(): void {
    this.answered += 1;
    this.updateHold();
  }

  /** Releases the clock, as the process has ended. */
  public end(): void {
    this.timers.forEach((cancel) => {
      cancel();
    });
    this.timers.clear();
    this.release?.();
    this.release = undefined;
    this.hasEnded = true;
  }

  private updateHold(): void {
    if (this.hasEnded) return;
    if (this.isWorking()) {
      this.release ??= this.clock.hold();
    } else {
      this.release?.();
      this.release = undefined;
    }
  }

  /** It is idle only once it has received all messages and responses and all its pending requests have arrived here. */
  private isWorking(): boolean {
    if (!this.lastReport) return true;
    const { received, begun, ended } = this.lastReport;
    return received < this.sent || ended < this.answered || begun - ended !== this.arrived - this.answered;
  }
}
