import type { Io } from './io';

/** A line that shows the progress of long work at a terminal, until it is cleared. */
export class Progress {
  private shownAt = -Infinity;

  public constructor(private readonly io: Pick<Io, 'err' | 'isWatched' | 'now'>) {}

  public show(text: string): void {
    const now = this.io.now();
    if (!this.io.isWatched || now < this.shownAt + 200) return;
    this.shownAt = now;
    this.io.err(`\r\u001b[2K${text}`);
  }

  public clear(): void {
    if (this.shownAt > -Infinity) this.io.err('\r\u001b[2K');
    this.shownAt = -Infinity;
  }
}
