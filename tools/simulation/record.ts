/** An event in a run, for readers who want to know what led to a violation. */
export interface RecordedEvent {
  /** Seconds since the run began. */
  readonly at: number;
  /** The number of the invocation; undefined for events outside of any. */
  readonly invocation: number | undefined;
  readonly kind: 'event' | 'call' | 'deviation' | 'log' | 'end';
  readonly text: string;
  /** For calls and deviations: the number of the call in the run. */
  readonly index?: number;
}

export type Recorder = (
  invocation: number | undefined,
  kind: RecordedEvent['kind'],
  text: string,
  index?: number,
) => void;
