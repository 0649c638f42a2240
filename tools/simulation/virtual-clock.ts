/** Returns a promise if it runs code of the handler, which settles when that code has paused or ended. */
type Callback = () => unknown;

export class Timer {
  public constructor(
    public readonly at: number,
    /** Of two timers for the same moment, the one that was set first fires first. */
    public readonly order: number,
    public callback: Callback | undefined,
  ) {}

  public isBefore(other: Timer): boolean {
    return this.at < other.at || (this.at === other.at && this.order < other.order);
  }
}

/** Virtual time: nothing waits, and the same timers fire in the same order in every run. */
export class VirtualClock {
  public now = Date.UTC(2026, 0, 1);
  /** A binary heap. */
  private readonly timers: Timer[] = [];
  private count = 0;

  public after(delay: number, callback: Callback): Timer {
    const timer = new Timer(this.now + Math.max(0, delay), this.count++, callback);
    this.push(timer);
    return timer;
  }

  public cancel(timer: Timer): void {
    timer.callback = undefined;
  }

  /** Fires one timer after another until none is left or `afterEach` throws. */
  public async run(afterEach: () => void = () => undefined): Promise<void> {
    for (let timer = this.pop(); timer; timer = this.pop()) {
      if (!timer.callback) continue;
      this.now = timer.at;
      const running = timer.callback();
      if (running instanceof Promise) await running;
      afterEach();
    }
  }

  private push(timer: Timer): void {
    let i = this.timers.length;
    for (;;) {
      const above = this.timers[(i - 1) >> 1];
      if (!above || above.isBefore(timer)) break;
      this.timers[i] = above;
      i = (i - 1) >> 1;
    }
    this.timers[i] = timer;
  }

  private pop(): Timer | undefined {
    const [first] = this.timers;
    const last = this.timers.pop();
    if (!last || first === last) return first;
    let i = 0;
    for (;;) {
      const [left, right] = [this.timers[2 * i + 1], this.timers[2 * i + 2]];
      const below = left && right?.isBefore(left) ? right : left;
      if (!below?.isBefore(last)) break;
      this.timers[i] = below;
      i = below === left ? 2 * i + 1 : 2 * i + 2;
    }
    this.timers[i] = last;
    return first;
  }
}
