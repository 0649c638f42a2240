import { VirtualClock } from '../../../local/virtual-clock';

/** A clock that stands still until it is told otherwise. */
export class HandClock extends VirtualClock {
  public constructor() {
    super(Date.parse('2026-11-22T12:00:00Z'));
    this.hold();
  }

  /** For code that sets no timers. */
  public pass(milliseconds: number): void {
    this.skip(milliseconds);
  }

  /** Fires what comes due, in its order, and lets everything that follows from each happen first. */
  public async advance(milliseconds: number): Promise<void> {
    const end = this.now() + milliseconds;
    await settled();
    while (this.nextDue <= end) {
      this.skip(this.nextDue - this.now());
      await settled();
    }
    this.skip(end - this.now());
  }
}

/** All promises that can be kept without a timer or the network are. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
