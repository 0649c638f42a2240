import type { TrackedProcess } from './tracked-process';

/** The local AWS's clock, which measures all its durations. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Runs `action` once, `milliseconds` from now, unless the returned function is called first. */
  schedule(milliseconds: number, action: () => void): () => void;
}

/** A clock that can drive a local AWS. */
export interface LocalClock extends Clock {
  /** Jumps ahead. */
  skip(milliseconds: number): void;
  /** Runs something during which a virtual clock stands still. */
  work<T>(run: () => Promise<T>): Promise<T>;
  /** Waits within `work` and lets time pass meanwhile. */
  pause<T>(until: Promise<T>): Promise<T>;
  /** Awaits a request that may itself wait for time to pass. */
  delay<T>(until: Promise<T>): Promise<T>;
  /** Stops a virtual clock until the returned function is called. */
  hold(): () => void;
  /** Tracks a process on this clock; undefined if the clock waits for no process. */
  follow(send: (message: object) => void): TrackedProcess | undefined;
  process(id: string | undefined): TrackedProcess | undefined;
  /** What a process must know to keep this clock's time. */
  settings(process: TrackedProcess | undefined): object;
  stop(): void;
}

/** Node fires timers with a longer delay immediately. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A clock that starts at the present and runs `scale` times as fast as the machine's. */
export class ScaledClock implements LocalClock {
  /** When it last agreed with the machine's clock. */
  public readonly started = Date.now();
  private readonly timers = new Set<NodeJS.Timeout>();
  private skipped = 0;
  private stopped = false;

  public constructor(public readonly scale = 1) {}

  public now(): number {
    return this.started + (Date.now() - this.started) * this.scale + this.skipped;
  }

  /** Jumps ahead without bringing pending timers forward. */
  public skip(milliseconds: number): void {
    this.skipped += Math.max(0, Math.ceil(milliseconds));
  }

  public sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.schedule(milliseconds, resolve));
  }

  public schedule(milliseconds: number, action: () => void): () => void {
    const due = this.now() + milliseconds;
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      if (timer) {
        this.timers.delete(timer);
      }
      const left = (due - this.now()) / this.scale;
      if (left <= 0 && timer) {
        action();
        return;
      }
      // Node's timers may fire a little early, so check again.
      timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_TIMER));
      this.timers.add(timer);
    };
    if (!this.stopped) {
      wait();
    }
    return () => {
      clearTimeout(timer);
      if (timer) {
        this.timers.delete(timer);
      }
    };
  }

  /** This clock never stands still. */
  public work<T>(run: () => Promise<T>): Promise<T> {
    return run();
  }

  public pause<T>(until: Promise<T>): Promise<T> {
    return until;
  }

  public delay<T>(until: Promise<T>): Promise<T> {
    return until;
  }

  public hold(): () => void {
    return () => undefined;
  }

  public follow(): undefined {
    return undefined;
  }

  public process(): undefined {
    return undefined;
  }

  public settings(): object {
    return { scale: this.scale, started: this.started + this.skipped };
  }

  /** Cancels all timers, so that the process can exit. */
  public stop(): void {
    this.stopped = true;
    this.timers.forEach((timer) => {
      clearTimeout(timer);
    });
    this.timers.clear();
  }
}
