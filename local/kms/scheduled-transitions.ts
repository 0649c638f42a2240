import { invalidState, wrongState } from './errors';
import {
  DAY,
  isReplica,
  type KmsKey,
  keyState,
  materialId,
  type RegionalKey,
  type Underway,
  withRegional,
} from './kms-key';

export const DEFAULT_WAITING_PERIOD = 30;

interface Due {
  readonly at: number;
  readonly apply: (key: KmsKey) => KmsKey;
}

/** Returns the key at a later moment, after scheduled rotations, completions and deletions. */
export function advance(key: KmsKey, moment: number): KmsKey {
  let state = key;
  for (let due = nextDue(state); due && due.at <= moment; due = nextDue(state)) {
    state = due.apply({ ...state, asOf: due.at });
  }
  return { ...state, asOf: Math.max(moment, state.asOf) };
}

function nextDue(key: KmsKey): Due | undefined {
  const all = [...completions(key), ...automaticStarts(key), ...deletions(key)];
  return all.reduce<Due | undefined>((first, due) => (first && first.at <= due.at ? first : due), undefined);
}

function completions(key: KmsKey): Due[] {
  return key.underway.map((rotation) => ({
    at: rotation.completesAt,
    apply: (state) => complete(state, rotation),
  }));
}

/**
 * Makes the new material current, even if the key has since been disabled or scheduled for deletion, or the imported material has
 * expired, which leaves the key in PendingImport.
 */
function complete(key: KmsKey, rotation: Underway): KmsKey {
  const underway = key.underway.filter((other) => other !== rotation);
  const id = key.origin === 'EXTERNAL' ? key.pendingMaterial : nextMaterial(key);
  if (id === undefined) {
    return { ...key, underway };
  }
  const material = { id, rotation: { type: rotation.type, completedAt: rotation.completesAt } };
  return { ...key, underway, pendingMaterial: undefined, materials: [...key.materials, material] };
}

/** The ID of the material that KMS generates next for a key. */
export function nextMaterial({ keyId, materials }: Pick<KmsKey, 'keyId' | 'materials'>): string {
  return materialId(keyId, String(materials.length));
}

/**
 * A disabled key does not rotate. A missed automatic rotation starts as soon as the key is enabled again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html
 */
function automaticStarts(key: KmsKey): Due[] {
  const { enabled, next } = key.automaticRotation;
  const primary = key.regionalKeys[key.primaryRegion];
  return enabled && primary?.enabled && !primary.deletion
    ? [{ at: Math.max(next, key.asOf), apply: startAutomatic }]
    : [];
}

function startAutomatic(key: KmsKey): KmsKey {
  const { rotationTime, periodInDays } = key.automaticRotation;
  const completesAt = key.asOf + rotationTime;
  const rotation: Underway = { type: 'AUTOMATIC', startedAt: key.asOf, visibleUntil: completesAt, completesAt };
  const automaticRotation = { ...key.automaticRotation, next: key.asOf + periodInDays * DAY };
  return { ...key, automaticRotation, underway: [...key.underway, rotation] };
}

function deletions(key: KmsKey): Due[] {
  return Object.values(key.regionalKeys).flatMap(({ region, deletion }) =>
    deletion?.date === undefined ? [] : [{ at: deletion.date, apply: (state: KmsKey) => remove(state, region) }],
  );
}

/** Deleting the last replica starts the waiting period of a primary key that is scheduled for deletion. */
function remove(key: KmsKey, region: string): KmsKey {
  const regionalKeys = Object.fromEntries(Object.entries(key.regionalKeys).filter(([other]) => other !== region));
  const primary = regionalKeys[key.primaryRegion];
  if (primary?.deletion && primary.deletion.date === undefined && Object.keys(regionalKeys).length === 1) {
    const deletion = { ...primary.deletion, date: key.asOf + primary.deletion.windowInDays * DAY };
    return { ...key, regionalKeys: { [key.primaryRegion]: { ...primary, deletion } } };
  }
  return { ...key, regionalKeys };
}

/** A primary key waits for its replicas to be deleted. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export function scheduleDeletion(key: KmsKey, regional: RegionalKey, windowInDays = DEFAULT_WAITING_PERIOD): KmsKey {
  const state = keyState(key, regional);
  if (['PendingDeletion', 'PendingReplicaDeletion', 'Creating', 'Updating'].includes(state)) {
    throw wrongState(regional.arn, state);
  }
  const waitsForReplicas = !isReplica(key, regional) && Object.keys(key.regionalKeys).length > 1;
  const deletion = { windowInDays, ...(!waitsForReplicas && { date: key.asOf + windowInDays * DAY }) };
  return withRegional(key, { ...regional, deletion });
}

/** The key is disabled afterwards. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html */
export function cancelDeletion(key: KmsKey, regional: RegionalKey): KmsKey {
  if (!regional.deletion) {
    throw invalidState(`${regional.arn} is not pending deletion.`);
  }
  return withRegional(key, { ...regional, deletion: undefined, enabled: false });
}
