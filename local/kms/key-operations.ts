import { optionalFlag, optionalNumber, optionalText, page, requiredText, wireMoment } from '../wire/input';
import type { Call } from '../wire/service';
import { customerKeyOf, keyOf, MAX_KEY_ID_LENGTH, type Operations, refuseUnless, refuseWhile } from './call-target';
import { invalidMarker } from './errors';
import { withRegional } from './kms-key';
import { keyMetadata } from './key-metadata';
import type { AccountKeys, KeyInRegion } from './account-keys';
import type { KeyOptions } from './key-settings';
import { keyTags } from './key-tags';
import { cancelDeletion, scheduleDeletion } from './scheduled-transitions';

export interface KeyMaker {
  create(region: string, options: KeyOptions): KeyInRegion;
  /** Creates the AWS managed key for an alias such as `alias/aws/ebs` if there is none yet. Ignores other identifiers. */
  ensureManagedKey(region: string, identifier: string): void;
}

/** The life cycle of keys. */
export function keyOperations(accountKeys: AccountKeys, maker: KeyMaker): Operations {
  return {
    CreateKey: (call) => ({ KeyMetadata: keyMetadata(maker.create(call.region, keyOptions(call)), call.accountId) }),
    DescribeKey: (call) => ({ KeyMetadata: describeKey(accountKeys, maker, call) }),
    ListKeys: (call) => listKeys(accountKeys, call),
    EnableKey: (call) => setEnabled(accountKeys, call, true),
    DisableKey: (call) => setEnabled(accountKeys, call, false),
    ScheduleKeyDeletion: (call) => scheduleKeyDeletion(accountKeys, call),
    CancelKeyDeletion: (call) => {
      const { key, regional } = customerKeyOf(accountKeys, call);
      accountKeys.change(cancelDeletion(key, regional));
      return { KeyId: regional.arn };
    },
    UpdateKeyDescription: (call) => {
      const located = customerKeyOf(accountKeys, call);
      refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
      const description = requiredText(call.input, 'Description', { min: 0, max: 8192 });
      accountKeys.change(withRegional(located.key, { ...located.regional, description }));
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
    tags: keyTags(input),
  };
}

/** The only operation here that accepts an alias. */
function describeKey(accountKeys: AccountKeys, maker: KeyMaker, call: Call): object {
  const identifier = requiredText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  maker.ensureManagedKey(call.region, identifier);
  const keyId = accountKeys.keyIdOrAlias(call.region, identifier);
  const { regional } = accountKeys.locate(call.region, keyId);
  return keyMetadata(
    accountKeys.locate(call.region, keyId, accountKeys.lag('DescribeKey', regional.arn)),
    call.accountId,
  );
}

function listKeys(accountKeys: AccountKeys, { input, region }: Call): object {
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 1000 }) ?? 100;
  const { items, next } = page(accountKeys.list(region), limit, optionalText(input, 'Marker'), invalidMarker);
  const listed = items.map(({ key, regional }) => ({ KeyId: key.keyId, KeyArn: regional.arn }));
  return { Keys: listed, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}

function setEnabled(accountKeys: AccountKeys, call: Call, enabled: boolean): object {
  const located = customerKeyOf(accountKeys, call);
  refuseUnless(located, 'Enabled', 'Disabled', 'Unavailable');
  accountKeys.change(withRegional(located.key, { ...located.regional, enabled }));
  return {};
}

function scheduleKeyDeletion(accountKeys: AccountKeys, call: Call): object {
  const { key, regional } = customerKeyOf(accountKeys, call);
  const windowInDays = optionalNumber(call.input, 'PendingWindowInDays', { min: 7, max: 30 });
  accountKeys.change(scheduleDeletion(key, regional, windowInDays));
  const { regional: scheduled, state } = keyOf(accountKeys, call);
  return {
    KeyId: regional.arn,
    KeyState: state,
    PendingWindowInDays: scheduled.deletion?.windowInDays,
    DeletionDate: wireMoment(scheduled.deletion?.date),
  };
}
