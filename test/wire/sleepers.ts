import type { ScaledClock } from '../../local/clock';

/** Sets the clock ahead when all that runs is asleep, so that a test takes as long as its calls. */
export class Sleepers {
  private running = 0;
  private readonly asleep: { readonly until: number; readonly wake: () => void }[] = [];

  public constructor(private readonly clock: ScaledClock) {}

  /** Takes part while it runs. */
  public async while<T>(run: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await run();
    } finally {
      this.running--;
      this.goOn();
    }
  }

  public sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.asleep.push({ until: this.clock.now() + milliseconds, wake });
      this.goOn();
    });
  }

  private goOn(): void {
    if (this.asleep.length < this.running) return;
    this.asleep.sort((a, b) => a.until - b.until);
    const first = this.asleep.shift();
    if (!first) return;
    this.clock.skip(first.until - this.clock.now());
    first.wake();
  }
}
