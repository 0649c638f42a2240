/** When the stages of a rotation show, in milliseconds after KMS accepts it. */
export interface Pace {
  /** The start date is gone, so another call is another rotation. */
  readonly startDateGone: number;
  readonly inForce: number;
  readonly listed: number;
}

/**
 * `quick` keeps runs short. The others were recorded on AWS: a start date gone a minute before the material changes, and the slowest
 * single-Region and multi-Region rotations.
 */
export const PACES = {
  quick: { startDateGone: 1_000, inForce: 3_000, listed: 3_000 },
  invisible: { startDateGone: 6_000, inForce: 66_000, listed: 61_000 },
  slow: { startDateGone: 156_000, inForce: 156_000, listed: 156_000 },
  multiRegion: { startDateGone: 460_000, inForce: 460_000, listed: 460_000 },
} as const satisfies Readonly<Record<string, Pace>>;

/** Outcome of two concurrent creations of the same parameter. Every promise rests on `atomic`. */
export type Creation = 'atomic' | 'both succeed, and the later one is told' | 'both succeed, and nobody is told';

/** Assumed bounds on the behaviour of AWS. */
export interface Configuration {
  readonly name: string;
  /** Maximum lag of KMS reads, in seconds. */
  readonly kmsReadLag: number;
  /** Maximum lag of ledger reads, in seconds. Each parameter lags independently. */
  readonly ledgerReadLag: number;
  readonly historyOrder: 'oldest first' | 'newest first' | 'none';
  /** How long rotations take; undefined: as the script says. */
  readonly pace: Pace | undefined;
  /** Whether keys are multi-Region keys; undefined: as the script says. */
  readonly multiRegion: boolean | undefined;
  /** How many seconds KMS swallows calls after a rotation shows everywhere; undefined: until its start date is gone. */
  readonly swallowing: number | undefined;
  /** How many seconds the function's clock is ahead of KMS's; invocations take turns. */
  readonly clockSkews: readonly number[];
  /** `CompletionTimeout` of every request, in seconds; undefined: as the script says. */
  readonly completionTimeout: number | undefined;
  readonly creation: Creation;
  /** Whether a rotation that is over in time must end in SUCCESS. Clocks or long invisibility can mislead the handler. */
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
