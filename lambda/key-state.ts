import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import type { Kms } from './services';

/** What KMS shows of a key. Reads may lag, each by itself: it can be the state of some minutes ago, but never one to come. */
export interface KeyState {
  readonly metadata: KeyMetadata;
  /** When the look at the key began; milliseconds since the epoch. */
  readonly seenAt: number;
  /** An on-demand rotation is in progress. */
  readonly rotating: boolean;
  /** When that began, where it was asked for. */
  readonly startDate: Date | undefined;
  readonly nextAutomaticRotation: Date | undefined;
  /** The completed rotations, the oldest first. */
  readonly rotations: readonly RotationsListEntry[];
  /** Of a key with imported material: what the next rotation would put in force. */
  readonly pendingMaterial: RotationsListEntry | undefined;
}

const MINUTE = 60_000;

/**
 * How long a rotation usually is invisible at most: its start date goes after some seconds, material and history follow when it is
 * over (for a multi-Region key in every replica), and reads lag. No promise rests on it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
 */
export function consistencyWindow({ metadata }: KeyState): number {
  return metadata.MultiRegion ? 12 * MINUTE : 5 * MINUTE;
}

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
  const described: KeyState = {
    metadata,
    seenAt,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations: [],
    pendingMaterial: undefined,
  };
  if (isSame(metadata.CurrentKeyMaterialId, materialBefore)) return { ...described, rotating: true };
  if (isBeyondRotation(metadata)) return described;
  const status = await kms.getKeyRotationStatus(keyArn);
  const materials = await listKeyRotations(kms, keyArn, metadata.Origin === 'EXTERNAL');
  return {
    ...described,
    rotating: status.OnDemandRotationStartDate !== undefined,
    startDate: status.OnDemandRotationStartDate,
    nextAutomaticRotation: status.NextRotationDate,
    // No document says in which order KMS lists them.
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

export function dateOf({ RotationDate }: RotationsListEntry): number {
  return RotationDate?.getTime() ?? Infinity;
}

/** Whether two IDs are the same key material's. A missing one is no other's. */
export function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one === other;
}

export function onDemandRotations(key: KeyState): readonly RotationsListEntry[] {
  return key.rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND');
}

/** How many on-demand rotations a key has left; 0 where KMS has granted more than is documented. */
export function remainingRotations(key: KeyState): number {
  return Math.max(0, ROTATIONS_PER_KEY - onDemandRotations(key).length - (key.rotating ? 1 : 0));
}

/** Whether KMS names all key material by which a rotation could be known. */
export function namesMaterials(key: KeyState): boolean {
  const ids = [key.metadata.CurrentKeyMaterialId, ...onDemandRotations(key).map(({ KeyMaterialId }) => KeyMaterialId)];
  return ids.every((id) => id !== undefined && id !== '');
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
