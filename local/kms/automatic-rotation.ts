import { unsupported, unsupportedOrigin, unsupportedReplica, wrongState } from './errors';
import { DEFAULT_ROTATION_PERIOD } from './key-settings';
import { DAY, isReplica, isSymmetric, type KmsKey, keyState, type RegionalKey } from './kms-key';

/**
 * A key that already rotates keeps its period and next date unless the call sets another period.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html
 */
export function enableAutomaticRotation(
  key: KmsKey,
  regional: RegionalKey,
  rotationTime: number,
  periodInDays?: number,
): KmsKey {
  refuseByState(key, regional);
  if (!isSymmetric(key)) {
    throw unsupported();
  }
  refuseByKind(key, regional, 'EnableKeyRotation');
  const { enabled, periodInDays: before } = key.automaticRotation;
  if (enabled && (periodInDays ?? before) === before) {
    return key;
  }
  const period = periodInDays ?? DEFAULT_ROTATION_PERIOD;
  return {
    ...key,
    automaticRotation: { enabled: true, periodInDays: period, next: key.asOf + period * DAY, rotationTime },
  };
}

/** Succeeds on asymmetric and HMAC keys without effect. */
export function disableAutomaticRotation(key: KmsKey, regional: RegionalKey): KmsKey {
  refuseByState(key, regional);
  refuseByKind(key, regional, 'DisableKeyRotation');
  return { ...key, automaticRotation: { ...key.automaticRotation, enabled: false } };
}

/** Keys in PendingImport or Unavailable are refused for their origin. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function refuseByState(key: KmsKey, regional: RegionalKey): void {
  const state = keyState(key, regional);
  if (state !== 'Enabled' && state !== 'PendingImport' && state !== 'Unavailable') {
    throw wrongState(regional.arn, state);
  }
}

function refuseByKind(key: KmsKey, regional: RegionalKey, operation: string): void {
  if (key.origin !== 'AWS_KMS') {
    throw unsupportedOrigin(regional.arn, key.origin);
  }
  if (isReplica(key, regional)) {
    throw unsupportedReplica(regional.arn, operation);
  }
}
