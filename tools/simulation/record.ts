/** One thing that happened in a run, for those who read what led to a violation. */
export interface RecordedEvent {
  /** Seconds since the run began. */
  readonly at: number;
  /** The number of the invocation; undefined where it is the world's doing. */
  readonly invocation: number | undefined;
  readonly kind: 'event' | 'call' | 'deviation' | 'log' | 'end';
  readonly text: string;
  /** Of a call and a deviation: the number of the call in the run. */
  readonly index?: number;
}

export type Recorder = (
  invocation: number | undefined,
  kind: RecordedEvent['kind'],
  text: string,
  index?: number,
) => void;
