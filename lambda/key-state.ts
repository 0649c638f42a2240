import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import type { Attempt, Ledger } from './ledger';
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
    rotations: materials.filter(({ RotationDate }) => RotationDate !== undefined),
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

export function onDemandRotations(key: KeyState): readonly RotationsListEntry[] {
  return key.rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND');
}

/** How many on-demand rotations a key has left; 0 where KMS has granted more than is documented. */
export function remainingRotations(key: KeyState): number {
  return Math.max(0, ROTATIONS_PER_KEY - onDemandRotations(key).length - (key.rotating ? 1 : 0));
}

/**
 * The rotation that an attempt has caused, if KMS lists it: the first on-demand rotation beyond those that were listed
 * before. One that another token's attempt records proves nothing for this one, nor does one that was over before this one
 * began, which a list that lagged has hidden from it; unless KMS has accepted, and shows no other for longer than it can be silent:
 * then our call was swallowed by that one, which goes on in some replica, say, or its date cannot be trusted.
 */
export function rotationOfAttempt({ entry }: Attempt, key: KeyState, ledger: Ledger): RotationsListEntry | undefined {
  const isSilent = entry.state === 'requested' && key.seenAt >= Date.parse(entry.updatedAt) + consistencyWindow(key);
  const since = Date.parse(entry.since ?? entry.startedAt) - CLOCK_DIFFERENCE;
  const others = new Set(
    ledger
      .filter((other) => other.entry.token !== entry.token && other.entry.state === 'rotated')
      .map((other) => other.entry.keyMaterialAfter),
  );
  const candidates = onDemandRotations(key)
    .slice(entry.onDemandRotationsBefore)
    .filter(({ KeyMaterialId }) => !others.has(KeyMaterialId));
  const dated = candidates.find(({ RotationDate }) => (RotationDate?.getTime() ?? Infinity) >= since);
  return dated ?? (isSilent ? candidates[0] : undefined);
}

/** Whether a rotation since the attempt's beginning is in force that the history, which lags, does not list yet. */
export function hasUnlistedMaterial({ entry }: Attempt, { metadata, rotations }: KeyState): boolean {
  const current = metadata.CurrentKeyMaterialId;
  return (
    current !== undefined &&
    current !== entry.keyMaterialBefore &&
    !rotations.some(({ KeyMaterialId }) => KeyMaterialId === current)
  );
}

/**
 * Whether a listed rotation's key material is in force. KMS drops the start date of a rotation up to a minute before it
 * uses the new material, so that the start date is gone proves nothing by itself; the material is in force when it is the
 * key's current one, or when that is a later one.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export function inForce(rotation: RotationsListEntry, key: KeyState): boolean {
  const since = key.rotations.slice(key.rotations.indexOf(rotation));
  return !key.rotating && since.some(({ KeyMaterialId }) => KeyMaterialId === key.metadata.CurrentKeyMaterialId);
}
