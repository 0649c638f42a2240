import type { Disturbance } from './faults';
import type { Pace } from './kms-model';

/** What AWS is taken to do, and what it can be made to do beyond that. */
export interface Conditions {
  /** How far reads of KMS lie back at most; seconds. */
  readonly lag: number;
  /** The same for reads of Parameter Store. */
  readonly ledgerLag: number;
  /** How the history of rotations is ordered. */
  readonly order: 'oldest first' | 'newest first' | 'any';
  /** How long KMS swallows calls after a rotation is over, in seconds; undefined: until its start date is gone. */
  readonly swallows: number | undefined;
  /** How far the clocks of functions are from KMS's, in seconds; each invocation has the next one. */
  readonly skews: readonly number[];
  /** How long rotations take, whatever the script says. */
  readonly pace: Pace | undefined;
  /** Of every request; seconds. */
  readonly completionTimeout: number | undefined;
  /** Another token's rotation may be taken for this one's, even where no rotation by hand began it. */
  readonly mayBeSwapped: boolean;
  /** What happens when a script is over and the world is at rest. */
  readonly after: 'nothing' | 'another, then the same' | 'the same, then another';
  readonly without: readonly Disturbance[];
}

const DOCUMENTED: Conditions = {
  lag: 110,
  ledgerLag: 110,
  order: 'oldest first',
  swallows: undefined,
  skews: [0, 2, -2],
  pace: undefined,
  completionTimeout: undefined,
  mayBeSwapped: false,
  after: 'another, then the same',
  without: [],
};

export const conditions: Conditions = {
  ...DOCUMENTED,
  ...(JSON.parse(process.env.CONDITIONS ?? '{}') as Partial<Conditions>),
};
