import { DAY, type KmsKey, materialId, type Underway } from './kms-key';

interface Due {
  readonly at: number;
  readonly happen: (family: KmsKey) => KmsKey;
}

/** What a family of keys has become at a later moment: rotations complete or begin by themselves, and keys are deleted. */
export function advance(family: KmsKey, moment: number): KmsKey {
  let state = family;
  for (let due = nextDue(state); due && due.at <= moment; due = nextDue(state)) {
    state = due.happen({ ...state, asOf: due.at });
  }
  return { ...state, asOf: Math.max(moment, state.asOf) };
}

function nextDue(family: KmsKey): Due | undefined {
  const all = [...completions(family), ...automaticStarts(family), ...deletions(family)];
  return all.reduce<Due | undefined>((first, due) => (first && first.at <= due.at ? first : due), undefined);
}

function completions(family: KmsKey): Due[] {
  return family.underway.map((rotation) => ({
    at: rotation.completesAt,
    happen: (state) => complete(state, rotation),
  }));
}

/**
 * The new material comes into force. That happens to a key that has been disabled or scheduled for deletion meanwhile, and
 * with imported material that has expired since: the key then falls to PendingImport.
 */
function complete(family: KmsKey, rotation: Underway): KmsKey {
  const underway = family.underway.filter((other) => other !== rotation);
  const id = family.origin === 'EXTERNAL' ? family.pendingMaterial : nextMaterial(family);
  if (id === undefined) {
    return { ...family, underway };
  }
  const material = { id, rotation: { type: rotation.type, completedAt: rotation.completesAt } };
  return { ...family, underway, pendingMaterial: undefined, materials: [...family.materials, material] };
}

/** The ID of the material that KMS makes next for a key. */
export function nextMaterial({ keyId, materials }: Pick<KmsKey, 'keyId' | 'materials'>): string {
  return materialId(keyId, String(materials.length));
}

/**
 * A key that is not enabled is not rotated. Once it is again, an automatic rotation that has been missed starts at once.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html
 */
function automaticStarts(family: KmsKey): Due[] {
  const { enabled, next } = family.automaticRotation;
  const primary = family.members[family.primaryRegion];
  return enabled && primary?.enabled && !primary.deletion
    ? [{ at: Math.max(next, family.asOf), happen: startAutomatic }]
    : [];
}

function startAutomatic(family: KmsKey): KmsKey {
  const { takes, periodInDays } = family.automaticRotation;
  const completesAt = family.asOf + takes;
  const rotation: Underway = { type: 'AUTOMATIC', startedAt: family.asOf, visibleUntil: completesAt, completesAt };
  const automaticRotation = { ...family.automaticRotation, next: family.asOf + periodInDays * DAY };
  return { ...family, automaticRotation, underway: [...family.underway, rotation] };
}

function deletions(family: KmsKey): Due[] {
  return Object.values(family.members).flatMap(({ region, deletion }) =>
    deletion?.date === undefined ? [] : [{ at: deletion.date, happen: (state: KmsKey) => remove(state, region) }],
  );
}

/** With the last replica gone, the waiting period of a primary key that is to be deleted begins. */
function remove(family: KmsKey, region: string): KmsKey {
  const members = Object.fromEntries(Object.entries(family.members).filter(([other]) => other !== region));
  const primary = members[family.primaryRegion];
  if (primary?.deletion && primary.deletion.date === undefined && Object.keys(members).length === 1) {
    const deletion = { ...primary.deletion, date: family.asOf + primary.deletion.windowInDays * DAY };
    return { ...family, members: { [family.primaryRegion]: { ...primary, deletion } } };
  }
  return { ...family, members };
}
