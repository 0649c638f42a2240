import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import type { Kms } from './services';

/** What KMS shows of a key. Each read may lag on its own, and show the state of some minutes ago. */
export interface KeyState {
  readonly metadata: KeyMetadata;
  /** When the read of the key began; milliseconds since the epoch. */
  readonly seenAt: number;
  /** An on-demand rotation is in progress. */
  readonly rotating: boolean;
  /** When that began, if KMS was asked. */
  readonly startDate: Date | undefined;
  readonly nextAutomaticRotation: Date | undefined;
  /** Completed rotations, oldest first. */
  readonly rotations: readonly RotationsListEntry[];
  /** Of a key with imported material: what the next rotation would put in force. */
  readonly pendingMaterial: RotationsListEntry | undefined;
}

const MINUTE = 60_000;

/**
 * How long a rotation is usually invisible at most: KMS drops its start date after some seconds, shows its material and lists it when it is
 * complete (for a multi-Region key, in every replica), and reads lag. Exactly-once does not depend on it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
 */
export function consistencyWindow({ metadata }: KeyState): number {
  return metadata.MultiRegion ? 12 * MINUTE : 5 * MINUTE;
}

/**
 * Reads all that KMS shows of a key.
 *
 * @param materialBefore the key material before an accepted rotation: while it is the current one, only DescribeKey is called. That has by
 * far the highest quota of the three calls, and a rotation takes dozens of reads.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export async function lookAt(kms: Kms, keyArn: string, now: () => number, materialBefore?: string): Promise<KeyState> {
  const seenAt = now();
  const metadata = await kms.describeKey(keyArn);
  const described: KeyState = {
    metadata,
    seenAt,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations: [],
    pendingMaterial: undefined,
  };
  if (isSameMaterial(metadata.CurrentKeyMaterialId, materialBefore)) return { ...described, rotating: true };
  if (isBeyondRotation(metadata)) return described;
  const status = await kms.getKeyRotationStatus(keyArn);
  const materials = await listKeyRotations(kms, keyArn, metadata.Origin === 'EXTERNAL');
  return {
    ...described,
    rotating: status.OnDemandRotationStartDate !== undefined,
    startDate: status.OnDemandRotationStartDate,
    nextAutomaticRotation: status.NextRotationDate,
    // KMS does not document their order.
    rotations: materials.filter(({ RotationDate }) => RotationDate !== undefined).sort((a, b) => dateOf(a) - dateOf(b)),
    pendingMaterial: materials.find(({ KeyMaterialState }) => KeyMaterialState?.startsWith('PENDING') ?? false),
  };
}

/**
 * Whether DescribeKey already rules out a rotation. KMS may refuse the other calls then: custom key stores support neither, and the
 * materials of HMAC and asymmetric keys cannot be listed, even if they are imported.
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

export function dateOf({ RotationDate }: RotationsListEntry): number {
  return RotationDate?.getTime() ?? Infinity;
}

/** Missing IDs never match. */
export function isSameMaterial(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one === other;
}

export function onDemandRotations(key: KeyState): readonly RotationsListEntry[] {
  return key.rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND');
}

/** Never negative, even if the key has rotated more than 25 times. */
export function remainingRotations(key: KeyState): number {
  return Math.max(0, ROTATIONS_PER_KEY - onDemandRotations(key).length - (key.rotating ? 1 : 0));
}

/** Whether KMS returns the IDs of all key material that a rotation is recognized by. */
export function namesMaterials(key: KeyState): boolean {
  const ids = [key.metadata.CurrentKeyMaterialId, ...onDemandRotations(key).map(({ KeyMaterialId }) => KeyMaterialId)];
  return ids.every((id) => id !== undefined && id !== '');
}

/**
 * Whether a listed rotation's key material is in force: the key's current material is that one or a later one. A missing start date is no
 * proof, because KMS drops it up to a minute before it uses the new material.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export function inForce(rotation: RotationsListEntry, key: KeyState): boolean {
  const since = key.rotations.slice(key.rotations.indexOf(rotation));
  return (
    !key.rotating && since.some(({ KeyMaterialId }) => isSameMaterial(KeyMaterialId, key.metadata.CurrentKeyMaterialId))
  );
}
