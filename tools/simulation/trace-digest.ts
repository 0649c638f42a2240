/**
 * Digests a run's calls and outcomes, so that traces can be counted without being kept. With 53 bits, a few million traces
 * collide in about one of a thousand explorations.
 */
export class TraceDigest {
  public length = 0;
  private high = 0x811c9dc5;
  private low = 0xcbf29ce4;

  public add(invocation: number, call: string, outcome: string): void {
    this.length++;
    this.mix(invocation);
    this.mixText(call);
    this.mixText(outcome);
  }

  public get value(): number {
    return (this.high >>> 0) * 0x200000 + ((this.low >>> 0) & 0x1fffff);
  }

  private mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
    this.mix(0xff);
  }

  private mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x01000193);
    this.low = Math.imul(this.low ^ value ^ (this.low >>> 15), 0x85ebca6b);
  }
}
