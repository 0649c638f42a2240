import { unsupported, unsupportedOrigin, unsupportedReplica, wrongState } from './errors';
import { DEFAULT_ROTATION_PERIOD } from './key-settings';
import { DAY, isReplica, isSymmetric, type KmsKey, keyState, type RegionalKey } from './kms-key';

/**
 * A key that rotates already keeps its period and next date, unless another period is asked for.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html
 */
export function enableAutomaticRotation(
  key: KmsKey,
  regional: RegionalKey,
  takes: number,
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
    automaticRotation: { enabled: true, periodInDays: period, next: key.asOf + period * DAY, takes },
  };
}

/** Of an asymmetric or HMAC key it succeeds, and does nothing. */
export function disableAutomaticRotation(key: KmsKey, regional: RegionalKey): KmsKey {
  refuseByState(key, regional);
  refuseByKind(key, regional, 'DisableKeyRotation');
  return { ...key, automaticRotation: { ...key.automaticRotation, enabled: false } };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: a key that waits for material is refused for its origin. */
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
