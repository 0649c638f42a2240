import { unsupported, unsupportedOrigin, unsupportedReplica, wrongState } from './errors';
import { DAY, type KeyFamily, isReplica, isSymmetric, keyState, type Member } from './key-family';
import { DEFAULT_ROTATION_PERIOD } from './key-settings';

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html */
export function enableAutomaticRotation(
  family: KeyFamily,
  member: Member,
  takes: number,
  periodInDays = DEFAULT_ROTATION_PERIOD,
): KeyFamily {
  refuse(family, member, 'EnableKeyRotation');
  const next = family.asOf + periodInDays * DAY;
  return { ...family, automaticRotation: { enabled: true, periodInDays, next, takes } };
}

export function disableAutomaticRotation(family: KeyFamily, member: Member): KeyFamily {
  refuse(family, member, 'DisableKeyRotation');
  return { ...family, automaticRotation: { ...family.automaticRotation, enabled: false } };
}

function refuse(family: KeyFamily, member: Member, operation: string): void {
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
