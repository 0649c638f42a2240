import {
  automaticRotationConflict,
  nothingPending,
  notInReplicas,
  rotationLimitReached,
  unsupported,
  unsupportedOrigin,
  unsupportedReplica,
  wrongState,
} from './errors';
import {
  isInCustomKeyStore,
  isReplica,
  isSymmetric,
  type KmsKey,
  keyState,
  type RegionalKey,
  onDemandRotations,
} from './kms-key';

/** How long before an automatic rotation KMS refuses one on demand. */
const CONFLICT_WINDOW = 20 * 60 * 1000;

export interface RotationTimes {
  /** From the acceptance of a rotation until its material is in force, in milliseconds. */
  readonly rotationTime: number;
  readonly startDateVisibleFor?: number;
  readonly rotationLimit: number;
}

/**
 * What RotateKeyOnDemand makes of a family of keys. It refuses in KMS's order: the state, a disabled key among them, comes before
 * the kind of key. A repeat while an on-demand rotation is in progress succeeds and gives the family unchanged.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
export function rotateOnDemand(family: KmsKey, member: RegionalKey, times: RotationTimes): KmsKey {
  refuseByState(family, member);
  refuseByKind(family, member);
  if (rotationInProgress(family)) {
    return family;
  }
  refuseByMaterial(family, member);
  refuseByAutomaticRotation(family, member);
  if (onDemandRotations(family) >= times.rotationLimit) {
    throw rotationLimitReached(member.arn);
  }
  const completesAt = family.asOf + times.rotationTime;
  const visibleUntil = family.asOf + (times.startDateVisibleFor ?? times.rotationTime);
  const rotation = { type: 'ON_DEMAND', startedAt: family.asOf, visibleUntil, completesAt } as const;
  return { ...family, underway: [...family.underway, rotation], accepted: [...family.accepted, family.asOf] };
}

/** The on-demand rotation that GetKeyRotationStatus tells. */
export function rotationInProgress(family: KmsKey): { readonly startedAt: number } | undefined {
  return family.underway.find(({ type, visibleUntil }) => type === 'ON_DEMAND' && visibleUntil > family.asOf);
}

/** A key store that is not connected, and a replica in the making, are refused for what they are. */
function refuseByState(family: KmsKey, member: RegionalKey): void {
  const state = keyState(family, member);
  if (state !== 'Enabled' && state !== 'Unavailable' && !(state === 'Creating' && isReplica(family, member))) {
    throw wrongState(member.arn, state);
  }
}

function refuseByKind(family: KmsKey, member: RegionalKey): void {
  if (!isSymmetric(family)) {
    throw unsupported();
  }
  if (isInCustomKeyStore(family)) {
    throw unsupportedOrigin(member.arn, family.origin);
  }
  if (isReplica(family, member)) {
    throw unsupportedReplica(member.arn, 'RotateKeyOnDemand');
  }
}

/** Pending material that has expired passes: KMS rotates it in and the key is out of service. */
function refuseByMaterial(family: KmsKey, member: RegionalKey): void {
  if (family.origin !== 'EXTERNAL') {
    return;
  }
  const { pendingMaterial } = family;
  if (pendingMaterial === undefined || family.underway.length > 0) {
    throw nothingPending(member.arn);
  }
  if (Object.values(family.members).some(({ imports }) => imports[pendingMaterial] === undefined)) {
    throw notInReplicas();
  }
}

function refuseByAutomaticRotation(family: KmsKey, member: RegionalKey): void {
  const { enabled, next } = family.automaticRotation;
  const soon = enabled && next - family.asOf <= CONFLICT_WINDOW;
  if (soon || family.underway.some(({ type }) => type === 'AUTOMATIC')) {
    throw automaticRotationConflict(member.arn);
  }
}
