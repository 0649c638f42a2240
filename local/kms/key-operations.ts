import { optionalFlag, optionalNumber, optionalText, requiredText, tagsOf, wireMoment } from '../wire/input';
import { page } from '../wire/pages';
import type { Call } from '../wire/service';
import { customerKeyOf, keyOf, MAX_KEY_ID_LENGTH, type Operations, refuseUnless, refuseWhile } from './call-target';
import { invalidMarker } from './errors';
import { withMember } from './kms-key';
import { cancelDeletion, scheduleDeletion } from './key-deletion';
import { keyMetadata } from './key-metadata';
import type { KeyRing, Located } from './key-ring';
import type { KeyOptions } from './key-settings';

/** What the making of keys is left to. */
export interface KeyMaker {
  create(region: string, options: KeyOptions): Located;
  /** Makes the AWS managed key of an alias such as `alias/aws/ebs`, if it is one and has none yet. */
  ensureManagedKey(region: string, identifier: string): void;
}

/** The life of keys: made, described, enabled, disabled, deleted. */
export function keyOperations(ring: KeyRing, maker: KeyMaker): Operations {
  return {
    CreateKey: (call) => ({ KeyMetadata: keyMetadata(maker.create(call.region, keyOptions(call)), call.accountId) }),
    DescribeKey: (call) => ({ KeyMetadata: describeKey(ring, maker, call) }),
    ListKeys: (call) => listKeys(ring, call),
    EnableKey: (call) => setEnabled(ring, call, true),
    DisableKey: (call) => setEnabled(ring, call, false),
    ScheduleKeyDeletion: (call) => scheduleKeyDeletion(ring, call),
    CancelKeyDeletion: (call) => {
      const { family, member } = customerKeyOf(ring, call);
      ring.change(cancelDeletion(family, member));
      return { KeyId: member.arn };
    },
    UpdateKeyDescription: (call) => {
      const located = customerKeyOf(ring, call);
      refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
      const description = requiredText(call.input, 'Description', { min: 0, max: 8192 });
      ring.change(withMember(located.family, { ...located.member, description }));
      return {};
    },
  };
}

function keyOptions({ input }: Call): KeyOptions {
  return {
    description: optionalText(input, 'Description', { min: 0, max: 8192 }),
    keySpec: optionalText(input, 'KeySpec') ?? optionalText(input, 'CustomerMasterKeySpec'),
    keyUsage: optionalText(input, 'KeyUsage'),
    origin: optionalText(input, 'Origin'),
    customKeyStoreId: optionalText(input, 'CustomKeyStoreId'),
    xksKeyId: optionalText(input, 'XksKeyId'),
    multiRegion: optionalFlag(input, 'MultiRegion'),
    policy: optionalText(input, 'Policy'),
    tags: tagsOf(input, 'TagKey', 'TagValue'),
  };
}

/** Of the operations on keys the only one here that takes an alias. */
function describeKey(ring: KeyRing, maker: KeyMaker, call: Call): object {
  const identifier = requiredText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  maker.ensureManagedKey(call.region, identifier);
  const keyId = ring.keyIdOrAlias(call.region, identifier);
  const { member } = ring.locate(call.region, keyId);
  return keyMetadata(ring.locate(call.region, keyId, ring.lag('DescribeKey', member.arn)), call.accountId);
}

function listKeys(ring: KeyRing, { input, region }: Call): object {
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 1000 }) ?? 100;
  const { items, next } = page(ring.list(region), limit, optionalText(input, 'Marker'), invalidMarker);
  const keys = items.map(({ family, member }) => ({ KeyId: family.keyId, KeyArn: member.arn }));
  return { Keys: keys, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}

function setEnabled(ring: KeyRing, call: Call, enabled: boolean): object {
  const located = customerKeyOf(ring, call);
  refuseUnless(located, 'Enabled', 'Disabled', 'Unavailable');
  ring.change(withMember(located.family, { ...located.member, enabled }));
  return {};
}

function scheduleKeyDeletion(ring: KeyRing, call: Call): object {
  const { family, member } = customerKeyOf(ring, call);
  const windowInDays = optionalNumber(call.input, 'PendingWindowInDays', { min: 7, max: 30 });
  ring.change(scheduleDeletion(family, member, windowInDays));
  const { member: scheduled, state } = keyOf(ring, call);
  return {
    KeyId: member.arn,
    KeyState: state,
    PendingWindowInDays: scheduled.deletion?.windowInDays,
    DeletionDate: wireMoment(scheduled.deletion?.date),
  };
}
