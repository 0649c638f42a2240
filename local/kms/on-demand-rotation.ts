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
 * What RotateKeyOnDemand makes of a key. It refuses in KMS's order: the state, a disabled key among them, comes before the kind
 * of key. A repeat while an on-demand rotation is in progress succeeds and returns the key unchanged.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
export function rotateOnDemand(key: KmsKey, regional: RegionalKey, times: RotationTimes): KmsKey {
  refuseByState(key, regional);
  refuseByKind(key, regional);
  if (rotationInProgress(key)) {
    return key;
  }
  refuseByMaterial(key, regional);
  refuseByAutomaticRotation(key, regional);
  if (onDemandRotations(key) >= times.rotationLimit) {
    throw rotationLimitReached(regional.arn);
  }
  const completesAt = key.asOf + times.rotationTime;
  const visibleUntil = key.asOf + (times.startDateVisibleFor ?? times.rotationTime);
  const rotation = { type: 'ON_DEMAND', startedAt: key.asOf, visibleUntil, completesAt } as const;
  return { ...key, underway: [...key.underway, rotation], accepted: [...key.accepted, key.asOf] };
}

/** The on-demand rotation that GetKeyRotationStatus tells. */
export function rotationInProgress(key: KmsKey): { readonly startedAt: number } | undefined {
  return key.underway.find(({ type, visibleUntil }) => type === 'ON_DEMAND' && visibleUntil > key.asOf);
}

/** A key store that is not connected, and a replica in the making, are refused for what they are. */
function refuseByState(key: KmsKey, regional: RegionalKey): void {
  const state = keyState(key, regional);
  if (state !== 'Enabled' && state !== 'Unavailable' && !(state === 'Creating' && isReplica(key, regional))) {
    throw wrongState(regional.arn, state);
  }
}

function refuseByKind(key: KmsKey, regional: RegionalKey): void {
  if (!isSymmetric(key)) {
    throw unsupported();
  }
  if (isInCustomKeyStore(key)) {
    throw unsupportedOrigin(regional.arn, key.origin);
  }
  if (isReplica(key, regional)) {
    throw unsupportedReplica(regional.arn, 'RotateKeyOnDemand');
  }
}

/** Pending material that has expired passes: KMS rotates it in and the key is out of service. */
function refuseByMaterial(key: KmsKey, regional: RegionalKey): void {
  if (key.origin !== 'EXTERNAL') {
    return;
  }
  const { pendingMaterial } = key;
  if (pendingMaterial === undefined || key.underway.length > 0) {
    throw nothingPending(regional.arn);
  }
  if (Object.values(key.regionalKeys).some(({ imports }) => imports[pendingMaterial] === undefined)) {
    throw notInReplicas();
  }
}

function refuseByAutomaticRotation(key: KmsKey, regional: RegionalKey): void {
  const { enabled, next } = key.automaticRotation;
  const soon = enabled && next - key.asOf <= CONFLICT_WINDOW;
  if (soon || key.underway.some(({ type }) => type === 'AUTOMATIC')) {
    throw automaticRotationConflict(regional.arn);
  }
}
