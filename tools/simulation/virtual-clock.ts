export interface Event {
  readonly at: number;
  /** A promise where code of the handler runs on, which is over when the handler makes its next call or ends. */
  readonly act: () => Promise<void> | undefined;
}

/** Virtual time: what happens next, and when. Events of the same moment happen in the order in which they were planned. */
export class VirtualClock {
  public now: number;
  private readonly events: Event[] = [];

  public constructor(start: number) {
    this.now = start;
  }

  public after(delay: number, act: () => Promise<void> | undefined): Event {
    const event = { at: this.now + delay, act };
    let i = this.events.length;
    while (i > 0 && (this.events[i - 1]?.at ?? -Infinity) > event.at) i--;
    this.events.splice(i, 0, event);
    return event;
  }

  public cancel(event: Event): void {
    const i = this.events.indexOf(event);
    if (i >= 0) this.events.splice(i, 1);
  }

  /** Moves time on to the next event. */
  public next(): Event | undefined {
    const event = this.events.shift();
    if (event) this.now = event.at;
    return event;
  }
}
