import { VirtualClock } from '../../../local/virtual-clock';

/** A clock that tests move by hand. */
export class HandClock extends VirtualClock {
  public constructor() {
    super(Date.parse('2026-11-22T12:00:00Z'));
    this.hold();
  }

  /** For code without timers. */
  public pass(milliseconds: number): void {
    this.skip(milliseconds);
  }

  /** Fires due timers in order, and lets the effects of each settle before the next. */
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

/** Waits until promises that need neither timers nor the network have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
