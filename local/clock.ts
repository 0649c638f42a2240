import type { TrackedProcess } from './tracked-process';

/** The time of the local AWS, which every duration in it is measured by. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Runs `action` once, `milliseconds` from now; the answer takes it back. */
  schedule(milliseconds: number, action: () => void): () => void;
}

/** A clock that a local AWS can live by. */
export interface LocalClock extends Clock {
  /** Sets it ahead at once. */
  skip(milliseconds: number): void;
  /** Runs something that time may wait for. */
  work<T>(run: () => Promise<T>): Promise<T>;
  /** Waits, within `work`, for something that takes time to happen. */
  pause<T>(until: Promise<T>): Promise<T>;
  /** Answers a request that may be made to wait for time to pass. */
  delay<T>(until: Promise<T>): Promise<T>;
  /** Stops time, where the clock can do that, until the returned function is called. */
  hold(): () => void;
  /** Follows a process that lives by this clock, where it waits for it. */
  follow(tell: (message: object) => void): TrackedProcess | undefined;
  process(id: string | undefined): TrackedProcess | undefined;
  /** What a process has to know to live by this clock. */
  settings(process: TrackedProcess | undefined): object;
  stop(): void;
}

/** Beyond this Node fires a timer at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A clock that starts at the present and runs `scale` times as fast as the machine's. */
export class ScaledClock implements LocalClock {
  /** Up to here it went with the machine's clock. */
  public readonly started = Date.now();
  private readonly timers = new Set<NodeJS.Timeout>();
  private skipped = 0;
  private stopped = false;

  public constructor(public readonly scale = 1) {}

  public now(): number {
    return this.started + (Date.now() - this.started) * this.scale + this.skipped;
  }

  /** Sets it ahead at once, which timers under way do not notice. */
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
      // Node's timers may fire a little early, so that it takes another look.
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

  /** It stops for nobody. */
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

  /** Ends every timer, so that the process can exit; what is still due never happens. */
  public stop(): void {
    this.stopped = true;
    this.timers.forEach((timer) => {
      clearTimeout(timer);
    });
    this.timers.clear();
  }
}
