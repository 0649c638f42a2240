/** When a rotation shows, in milliseconds after KMS has accepted it. */
export interface Pace {
  /** The start date is gone, and a further call is a further rotation. */
  readonly startDateGone: number;
  readonly inForce: number;
  readonly listed: number;
}

/**
 * How long rotations take. `quick` keeps runs short; the others are what people have recorded of AWS: the start date gone a minute before
 * the material changes, and the slowest single-Region and multi-Region rotations.
 */
export const PACES = {
  quick: { startDateGone: 1_000, inForce: 3_000, listed: 3_000 },
  invisible: { startDateGone: 6_000, inForce: 66_000, listed: 61_000 },
  slow: { startDateGone: 156_000, inForce: 156_000, listed: 156_000 },
  multiRegion: { startDateGone: 460_000, inForce: 460_000, listed: 460_000 },
} as const satisfies Readonly<Record<string, Pace>>;

/** What becomes of two creations of the same parameter at the same time. All that is promised rests on the first. */
export type Creation = 'atomic' | 'both succeed, and the later one is told' | 'both succeed, and nobody is told';

/** What AWS is taken to do: the bounds within which a run keeps. */
export interface Configuration {
  readonly name: string;
  /** Reads of KMS show a state of at most so many seconds ago. */
  readonly kmsReadLag: number;
  /** The same for reads of the ledger, each parameter by itself. */
  readonly ledgerReadLag: number;
  readonly historyOrder: 'oldest first' | 'newest first' | 'none';
  /** How long rotations take; undefined: as the script says. */
  readonly pace: Pace | undefined;
  /** Whether keys are multi-Region keys; undefined: as the script says. */
  readonly multiRegion: boolean | undefined;
  /** For how many seconds after a rotation shows everywhere KMS swallows calls; undefined: until its start date is gone. */
  readonly swallowing: number | undefined;
  /** By how many seconds the clocks of functions are ahead of KMS's; each invocation has the next one. */
  readonly clockSkews: readonly number[];
  /** Of every request, in seconds; undefined: as the script says. */
  readonly completionTimeout: number | undefined;
  readonly creation: Creation;
  /** Whether a rotation that is over in time is told in time: not where clocks or a long silence mislead the handler. */
  readonly isPunctual: boolean;
}

/** What AWS documents or people have recorded, with a margin. */
export const DOCUMENTED: Configuration = {
  name: 'as documented and recorded',
  kmsReadLag: 110,
  ledgerReadLag: 110,
  historyOrder: 'oldest first',
  pace: undefined,
  multiRegion: undefined,
  swallowing: undefined,
  clockSkews: [0, 2, -2],
  completionTimeout: undefined,
  creation: 'atomic',
  isPunctual: true,
};
