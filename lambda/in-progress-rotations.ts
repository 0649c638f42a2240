import { type KeyState, onDemandRotations, consistencyWindow } from './key-state';

/**
 * On-demand rotations that were seen in progress, and may not be listed yet. For up to a minute after its start date is gone a rotation
 * is invisible, and a call in that time is another rotation, or one that is taken for it.
 */
export interface InProgressRotations {
  /** When the latest of them was seen last; milliseconds since the epoch. */
  readonly at: number;
  readonly many: number;
  /** The start dates of the first and the latest of them, by KMS's clock. */
  readonly first: number;
  readonly latest: number;
  /** How many rotations were listed then that were over since `first`: which of them they were, if any, cannot be told. */
  readonly listedBefore: number;
}

/** What is known of rotations in progress after another look at the key. */
export function observe(known: InProgressRotations | undefined, key: KeyState): InProgressRotations | undefined {
  if (!key.startDate) return known;
  const [at, startDate] = [key.seenAt, key.startDate.getTime()];
  if (startDate === known?.latest) return { ...known, at };
  // A read that lags shows the rotation before.
  if (known && startDate < known.latest) return known;
  return known && isUnlisted(known, key)
    ? { ...known, at, many: known.many + 1, latest: startDate }
    : { at, many: 1, first: startDate, latest: startDate, listedBefore: listedSince(key, startDate) };
}

/** Whether one of them is still to come, unless KMS has been silent for longer than it can be. */
export function isUnlisted({ at, many, first, listedBefore }: InProgressRotations, key: KeyState): boolean {
  return listedSince(key, first) < listedBefore + many && key.seenAt < at + consistencyWindow(key);
}

function listedSince(key: KeyState, startDate: number): number {
  return onDemandRotations(key).filter(({ RotationDate }) => RotationDate && RotationDate.getTime() >= startDate)
    .length;
}
