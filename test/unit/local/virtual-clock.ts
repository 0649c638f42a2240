import type { Clock } from '../../../local/clock';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  private time = Date.parse('2026-11-22T12:00:00Z');
  private timers: Timer[] = [];

  public now(): number {
    return this.time;
  }

  public sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.schedule(milliseconds, resolve));
  }

  public schedule(milliseconds: number, action: () => void): () => void {
    const timer = { due: this.time + milliseconds, action };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** For code that sets no timers. */
  public pass(milliseconds: number): void {
    this.time += milliseconds;
  }

  /** Fires what comes due, in its order, and lets everything that follows from each happen first. */
  public async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settled();
    for (let timer = this.next(end); timer; timer = this.next(end)) {
      const { due, action } = timer;
      this.timers = this.timers.filter((other) => other !== timer);
      this.time = Math.max(this.time, due);
      action();
      await settled();
    }
    this.time = end;
  }

  private next(end: number): Timer | undefined {
    return this.timers
      .filter(({ due }) => due <= end)
      .reduce<Timer | undefined>((first, timer) => (first && first.due <= timer.due ? first : timer), undefined);
  }
}

/** All promises that can be kept without a timer or the network are. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
