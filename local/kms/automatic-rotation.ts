import { unsupported, unsupportedOrigin, unsupportedReplica, wrongState } from './errors';
import { DAY, type KmsKey, isReplica, isSymmetric, keyState, type RegionalKey } from './kms-key';
import { DEFAULT_ROTATION_PERIOD } from './key-settings';

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html */
export function enableAutomaticRotation(
  family: KmsKey,
  member: RegionalKey,
  takes: number,
  periodInDays = DEFAULT_ROTATION_PERIOD,
): KmsKey {
  refuse(family, member, 'EnableKeyRotation');
  const next = family.asOf + periodInDays * DAY;
  return { ...family, automaticRotation: { enabled: true, periodInDays, next, takes } };
}

export function disableAutomaticRotation(family: KmsKey, member: RegionalKey): KmsKey {
  refuse(family, member, 'DisableKeyRotation');
  return { ...family, automaticRotation: { ...family.automaticRotation, enabled: false } };
}

function refuse(family: KmsKey, member: RegionalKey, operation: string): void {
  const state = keyState(family, member);
  // https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: a key that waits for material is refused for its origin.
  if (state !== 'Enabled' && state !== 'PendingImport' && state !== 'Unavailable') {
    throw wrongState(member.arn, state);
  }
  if (!isSymmetric(family)) {
    throw unsupported();
  }
  if (family.origin !== 'AWS_KMS') {
    throw unsupportedOrigin(member.arn, family.origin);
  }
  if (isReplica(family, member)) {
    throw unsupportedReplica(member.arn, operation);
  }
}
