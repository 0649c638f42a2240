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

/** KMS refuses an on-demand rotation this long before an automatic one. */
const CONFLICT_WINDOW = 20 * 60 * 1000;

export interface RotationTimes {
  /** From the acceptance of a rotation until its material is current, in milliseconds. */
  readonly rotationTime: number;
  readonly startDateVisibleFor?: number;
  readonly rotationLimit: number;
}

/**
 * Returns the key after RotateKeyOnDemand. Checks in KMS's order: the key's state, including Disabled, before its kind. A repeat during
 * an on-demand rotation succeeds and changes nothing.
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

/** The on-demand rotation that GetKeyRotationStatus shows. */
export function rotationInProgress(key: KmsKey): { readonly startedAt: number } | undefined {
  return key.underway.find(({ type, visibleUntil }) => type === 'ON_DEMAND' && visibleUntil > key.asOf);
}

/** Keys in a disconnected key store and replicas in state Creating pass: they are refused for their kind. */
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

/** Expired pending material passes: KMS rotates to it, which takes the key out of service. */
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
