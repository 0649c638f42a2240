import { invalidState, wrongState } from './errors';
import { DAY, isReplica, type KmsKey, keyState, type RegionalKey, withMember } from './kms-key';

export const DEFAULT_WAITING_PERIOD = 30;

/** A primary key waits for its replicas. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export function scheduleDeletion(family: KmsKey, member: RegionalKey, windowInDays = DEFAULT_WAITING_PERIOD): KmsKey {
  const state = keyState(family, member);
  if (
    state === 'PendingDeletion' ||
    state === 'PendingReplicaDeletion' ||
    state === 'Creating' ||
    state === 'Updating'
  ) {
    throw wrongState(member.arn, state);
  }
  const waitsForReplicas = !isReplica(family, member) && Object.keys(family.members).length > 1;
  const deletion = { windowInDays, ...(!waitsForReplicas && { date: family.asOf + windowInDays * DAY }) };
  return withMember(family, { ...member, deletion });
}

/** The key is disabled afterwards. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html */
export function cancelDeletion(family: KmsKey, member: RegionalKey): KmsKey {
  if (!member.deletion) {
    throw invalidState(`${member.arn} is not pending deletion.`);
  }
  return withMember(family, { ...member, deletion: undefined, enabled: false });
}
