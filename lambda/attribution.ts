/**
 * Whose rotation is it: KMS's history carries no token, so a claim knows its own by what the ledger does not know, and by dates.
 */
import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { type KeyState, consistencyWindow, dateOf, isSame, onDemandRotations } from './key-state';
import { type Ledger, beginningOf, knownMaterials, settledAt } from './ledger';
import type { Claimed } from './ledger-record';

/**
 * How far KMS's clock may be from Lambda's, and its dates from the exact time, in milliseconds. Far more than either is. As a rotation
 * takes the better part of a minute, ours would have to be dated another minute too early to be missed; and then it is found later.
 */
const CLOCK_DIFFERENCE = 10_000;

/**
 * The rotation that an open claim has caused, if KMS shows it: the first unknown on-demand rotation that is dated since the claim and not
 * after it has settled.
 *
 * A date can be wrong where a clock is, so an earlier one will do when nothing better has come for as long as that could take: our call
 * was swallowed by it then, or it is ours.
 *
 * @param acceptedAt when KMS accepted the claim, if that is known.
 */
export function rotationOf(
  claim: Claimed,
  key: KeyState,
  ledger: Ledger,
  acceptedAt?: number,
): RotationsListEntry | undefined {
  const candidates = unknownRotations(claim, key, ledger).filter((rotation) => dateOf(rotation) <= settledAt(claim));
  const since = Date.parse(claim.recordedAt) - CLOCK_DIFFERENCE;
  const dated = candidates.find((rotation) => dateOf(rotation) >= since);
  if (dated) return dated;
  const isOverdue = acceptedAt !== undefined && key.seenAt >= acceptedAt + consistencyWindow(key);
  return isOverdue || isSettled(claim, key) ? candidates[0] : undefined;
}

/** The on-demand rotations that the ledger knows neither from before the claim nor as another claim's. */
export function unknownRotations(claim: Claimed, key: KeyState, ledger: Ledger): readonly RotationsListEntry[] {
  const known = new Set([...knownMaterials(ledger), beginningOf(claim.keyMaterialBefore)]);
  return onDemandRotations(key).filter(({ KeyMaterialId }) => {
    const material = beginningOf(KeyMaterialId);
    return material !== undefined && !known.has(material);
  });
}

/** Whether what KMS shows is the last word on a claim. */
export function isSettled(claim: Claimed, key: KeyState): boolean {
  return key.seenAt >= settledAt(claim) && !key.rotating;
}

/** Whether key material since the claim's beginning is the current one that the history, which lags, does not list yet. */
export function hasUnlistedMaterial({ keyMaterialBefore }: Claimed, { metadata, rotations }: KeyState): boolean {
  const current = metadata.CurrentKeyMaterialId;
  return (
    current !== undefined &&
    keyMaterialBefore !== undefined &&
    current !== keyMaterialBefore &&
    !rotations.some(({ KeyMaterialId }) => isSame(KeyMaterialId, current))
  );
}

/** The latest on-demand rotation that an invocation saw in progress; milliseconds since the epoch. */
export interface InProgress {
  readonly startDate: number;
  readonly lastSeenAt: number;
}

/** What is known of rotations in progress after another look at the key. */
export function observe(known: InProgress | undefined, { startDate, seenAt }: KeyState): InProgress | undefined {
  // A read that lags shows the rotation before.
  if (!startDate || (known && startDate.getTime() < known.startDate)) return known;
  return { startDate: startDate.getTime(), lastSeenAt: seenAt };
}

/** Whether KMS would swallow a call: a rotation is in progress, or was and is not listed yet, unless that is too long ago. */
export function isRotating(key: KeyState, seen: InProgress | undefined): boolean {
  if (key.rotating) return true;
  if (!seen || key.seenAt >= seen.lastSeenAt + consistencyWindow(key)) return false;
  return !onDemandRotations(key).some((rotation) => dateOf(rotation) >= seen.startDate);
}
