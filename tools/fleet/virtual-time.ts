interface Event {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** Virtual time: nothing waits, and what is planned for the same moment happens in the order in which it was planned. */
export class VirtualTime {
  public now = Date.UTC(2026, 0, 1);
  private readonly heap: Event[] = [];
  private planned = 0;

  public after(delay: number, act: () => void): void {
    this.push({ at: this.now + Math.max(0, delay), order: this.planned++, act });
  }

  public passing<T>(delay: number, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(delay, () => {
        try {
          resolve(act());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Goes from event to event until none is left. What runs between two of them runs in microtasks alone. */
  public async run(): Promise<void> {
    for (let event = this.pop(); event; event = this.pop()) {
      this.now = event.at;
      event.act();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  private push(event: Event): void {
    let i = this.heap.push(event) - 1;
    for (let above = (i - 1) >> 1; i > 0 && isBefore(event, this.at(above)); above = (i - 1) >> 1) {
      this.heap[i] = this.at(above);
      i = above;
    }
    this.heap[i] = event;
  }

  private pop(): Event | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= this.heap.length) break;
      if (below + 1 < this.heap.length && isBefore(this.at(below + 1), this.at(below))) below++;
      if (!isBefore(this.at(below), last)) break;
      this.heap[i] = this.at(below);
      i = below;
    }
    this.heap[i] = last;
    return first;
  }

  private at(i: number): Event {
    const event = this.heap[i];
    if (!event) throw new Error('The heap is damaged');
    return event;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
