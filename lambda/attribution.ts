/** Attributes rotations to claims. KMS's history has no tokens, so a claim's rotation is recognized by its date and by its new key material. */
import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { type KeyState, consistencyWindow, dateOf, isSameMaterial, onDemandRotations } from './key-state';
import { type Ledger, beginningOf, knownMaterials, settledAt } from './ledger';
import type { Claimed } from './ledger-record';

/**
 * How far KMS's clock and its dates may be off, in milliseconds; far more than they are. As a rotation takes most of a minute, ours would
 * have to be dated another minute too early to be missed, and even then it is found later.
 */
const CLOCK_DIFFERENCE = 10_000;

/**
 * The rotation that an open claim has caused, if KMS shows it: the first unknown on-demand rotation that is dated between the claim and
 * the time at which it settles.
 *
 * After the consistency window an earlier-dated rotation is accepted: either it is ours, or KMS swallowed our call because of it.
 *
 * @param acceptedAt when KMS accepted the claim's call, if that is known.
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

/** The on-demand rotations whose key material neither the claim nor the ledger knows. */
export function unknownRotations(claim: Claimed, key: KeyState, ledger: Ledger): readonly RotationsListEntry[] {
  const known = new Set([...knownMaterials(ledger), beginningOf(claim.keyMaterialBefore)]);
  return onDemandRotations(key).filter(({ KeyMaterialId }) => {
    const material = beginningOf(KeyMaterialId);
    return material !== undefined && !known.has(material);
  });
}

/** Whether what KMS shows is final for a claim. */
export function isSettled(claim: Claimed, key: KeyState): boolean {
  return key.seenAt >= settledAt(claim) && !key.rotating;
}

/** Whether the current material is newer than the claim but not yet in the history. */
export function hasUnlistedMaterial({ keyMaterialBefore }: Claimed, { metadata, rotations }: KeyState): boolean {
  const current = metadata.CurrentKeyMaterialId;
  return (
    current !== undefined &&
    keyMaterialBefore !== undefined &&
    current !== keyMaterialBefore &&
    !rotations.some(({ KeyMaterialId }) => isSameMaterial(KeyMaterialId, current))
  );
}

/** The latest on-demand rotation that an invocation saw in progress; milliseconds since the epoch. */
export interface InProgress {
  readonly startDate: number;
  readonly lastSeenAt: number;
  /** The number of the claim that was open when it was first seen. */
  readonly claim: number | undefined;
}

/** Updates the rotation in progress by another read of the key. */
export function observe(
  known: InProgress | undefined,
  { startDate: date, seenAt }: KeyState,
  claim: Claimed | undefined,
): InProgress | undefined {
  const startDate = date?.getTime();
  // A lagging read may show the previous rotation.
  if (startDate === undefined || (known && startDate < known.startDate)) return known;
  return { startDate, lastSeenAt: seenAt, claim: known?.startDate === startDate ? known.claim : claim?.number };
}

/** Whether KMS would swallow a call: a rotation is in progress, or was seen in progress recently and is not listed yet. */
export function isRotating(key: KeyState, seen: InProgress | undefined): boolean {
  if (key.rotating) return true;
  if (!seen || key.seenAt >= seen.lastSeenAt + consistencyWindow(key)) return false;
  return !onDemandRotations(key).some((rotation) => dateOf(rotation) >= seen.startDate);
}
