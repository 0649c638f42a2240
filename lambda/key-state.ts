import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import { type Attempt, type Ledger, beginningOf, deathOf, knownMaterials } from './ledger';
import type { Kms } from './services';

/** What KMS shows of a key. Reads may lag behind, so it can be the state of some minutes ago, but never one to come. */
export interface KeyState {
  readonly metadata: KeyMetadata;
  /** When the look at the key began; milliseconds since the epoch. */
  readonly seenAt: number;
  /** An on-demand rotation is in progress. */
  readonly rotating: boolean;
  /** When that began, where it was asked for. */
  readonly startDate?: Date;
  readonly nextAutomaticRotation: Date | undefined;
  /** The completed rotations, the oldest first. */
  readonly rotations: readonly RotationsListEntry[];
  /** Of a key with imported material: what the next rotation would put in force. */
  readonly pendingMaterial: RotationsListEntry | undefined;
}

const MINUTE = 60_000;

/**
 * How long KMS must show nothing before a call is taken not to have been accepted, in milliseconds: longer than a rotation takes
 * (for a multi-Region key every replica follows) and reads may lag together. For all that time it can be invisible: its start date
 * goes after some seconds, and material and history follow when it is over.
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
 */
export function consistencyWindow(key: KeyState): number {
  return key.metadata.MultiRegion ? 12 * MINUTE : 5 * MINUTE;
}

/**
 * How long after the last moment at which its owner can have called KMS a claim of which nothing shows has come to nothing, in
 * milliseconds: many times as long as a rotation was ever seen to take. The promise rests on this.
 */
export const SETTLEMENT = 60 * MINUTE;

/** When all that a claim can have caused shows; milliseconds since the epoch. */
export function settledAt(claim: Attempt): number {
  return deathOf(claim) + SETTLEMENT;
}

/** Whether what KMS shows is the last word on a claim. */
export function isSettled(claim: Attempt, key: KeyState): boolean {
  return key.seenAt >= settledAt(claim) && !key.rotating;
}

/**
 * How far KMS's clock may be from Lambda's, and its dates from the exact time, in milliseconds. Far more than either is, and far less
 * than reads lag; and as a rotation takes the better part of a minute, ours would have to be dated another minute too early to be missed.
 */
const CLOCK_DIFFERENCE = 10_000;

/**
 * Looks at all of a key that KMS shows.
 *
 * @param materialBefore of a rotation that KMS has accepted: while it is the current one, no more is asked. Of the three calls
 * DescribeKey has by far the highest quota, and a rotation takes dozens of looks.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export async function lookAt(kms: Kms, keyArn: string, now: () => number, materialBefore?: string): Promise<KeyState> {
  const seenAt = now();
  const metadata = await kms.describeKey(keyArn);
  if (metadata.CurrentKeyMaterialId !== undefined && metadata.CurrentKeyMaterialId === materialBefore) {
    return {
      metadata,
      seenAt,
      rotating: true,
      nextAutomaticRotation: undefined,
      rotations: [],
      pendingMaterial: undefined,
    };
  }
  if (isBeyondRotation(metadata)) {
    return {
      metadata,
      seenAt,
      rotating: false,
      nextAutomaticRotation: undefined,
      rotations: [],
      pendingMaterial: undefined,
    };
  }
  const status = await kms.getKeyRotationStatus(keyArn);
  const materials = await listKeyRotations(kms, keyArn, metadata.Origin === 'EXTERNAL');
  return {
    metadata,
    seenAt,
    rotating: status.OnDemandRotationStartDate !== undefined,
    startDate: status.OnDemandRotationStartDate,
    nextAutomaticRotation: status.NextRotationDate,
    rotations: materials.filter(({ RotationDate }) => RotationDate !== undefined).sort((a, b) => dateOf(a) - dateOf(b)),
    pendingMaterial: materials.find(({ KeyMaterialState }) => KeyMaterialState?.startsWith('PENDING') ?? false),
  };
}

/**
 * Whether KMS may refuse the other calls for a key that DescribeKey has ruled out already: custom key stores support neither,
 * and the materials of HMAC and asymmetric keys, which may be imported too, cannot be listed.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
 */
function isBeyondRotation({ CustomKeyStoreId, KeyManager, KeySpec, KeyState }: KeyMetadata): boolean {
  return (
    CustomKeyStoreId !== undefined || KeyManager === 'AWS' || KeySpec !== 'SYMMETRIC_DEFAULT' || KeyState === 'Creating'
  );
}

async function listKeyRotations(kms: Kms, keyArn: string, allKeyMaterial: boolean): Promise<RotationsListEntry[]> {
  const rotations: RotationsListEntry[] = [];
  let marker: string | undefined;
  do {
    const page = await kms.listKeyRotations(keyArn, marker, allKeyMaterial);
    rotations.push(...(page.Rotations ?? []));
    marker = page.Truncated ? page.NextMarker : undefined;
  } while (marker !== undefined);
  return rotations;
}

function dateOf({ RotationDate }: RotationsListEntry): number {
  return RotationDate?.getTime() ?? Infinity;
}

export function onDemandRotations(key: KeyState): readonly RotationsListEntry[] {
  return key.rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND');
}

/** How many on-demand rotations a key has left; 0 where KMS has granted more than is documented. */
export function remainingRotations(key: KeyState): number {
  return Math.max(0, ROTATIONS_PER_KEY - onDemandRotations(key).length - (key.rotating ? 1 : 0));
}

/**
 * The rotation that an open claim has caused, if KMS shows it: the first on-demand rotation that the ledger does not know, neither
 * from before nor as another's. One that came too late to be its own proves nothing, nor does one
 * that was over before this one began, which a list that lagged has hidden from it; unless KMS shows no other for longer than it can
 * be silent: then our call was swallowed by that one, which goes on in some replica, say, or its date cannot be trusted. When all that
 * the claim can have caused shows, new key material will do that is not listed.
 *
 * @param acceptedAt When KMS has accepted the claim, if that is known.
 */
export function rotationOfAttempt(
  claim: Attempt,
  key: KeyState,
  ledger: Ledger,
  acceptedAt?: number,
): RotationsListEntry | undefined {
  const since = Date.parse(claim.entry.startedAt) - CLOCK_DIFFERENCE;
  const known = new Set<string | undefined>(knownMaterials(ledger));
  const candidates = onDemandRotations(key).filter(
    (rotation) => dateOf(rotation) <= settledAt(claim) && !known.has(beginningOf(rotation.KeyMaterialId)),
  );
  const dated = candidates.find((rotation) => dateOf(rotation) >= since);
  if (dated) return dated;
  if (isSettled(claim, key))
    return (
      candidates[0] ??
      (hasUnlistedMaterial(claim, key) ? { KeyMaterialId: key.metadata.CurrentKeyMaterialId } : undefined)
    );
  return acceptedAt !== undefined && key.seenAt >= acceptedAt + consistencyWindow(key) ? candidates[0] : undefined;
}

/** Whether the history lacks rotations that the ledger has noted in the last hour: its reads lag. */
export function isLagging(key: KeyState, ledger: Ledger): boolean {
  const listed = new Set(onDemandRotations(key).map(({ KeyMaterialId }) => beginningOf(KeyMaterialId)));
  const recent = ledger.filter(({ entry }) => Date.parse(entry.updatedAt) >= key.seenAt - SETTLEMENT);
  return knownMaterials(recent).some((material) => !listed.has(material));
}

/** Whether key material since the claim's beginning is the current one that the history, which lags, does not list yet. */
export function hasUnlistedMaterial({ entry }: Attempt, { metadata, rotations }: KeyState): boolean {
  const current = metadata.CurrentKeyMaterialId;
  const isKnown = current !== undefined && entry.keyMaterialBefore !== '';
  return (
    isKnown &&
    current !== entry.keyMaterialBefore &&
    !rotations.some(({ KeyMaterialId }) => isSame(KeyMaterialId, current))
  );
}

/** What is missing is like nothing. */
function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one === other;
}

/**
 * Whether a listed rotation's key material is in force. KMS drops the start date of a rotation up to a minute before it
 * uses the new material, so that the start date is gone proves nothing by itself; the material is in force when it is the
 * key's current one, or when that is a later one.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export function inForce(rotation: RotationsListEntry, key: KeyState): boolean {
  const since = key.rotations.slice(key.rotations.indexOf(rotation));
  return !key.rotating && since.some(({ KeyMaterialId }) => isSame(KeyMaterialId, key.metadata.CurrentKeyMaterialId));
}
