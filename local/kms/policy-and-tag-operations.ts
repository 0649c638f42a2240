import { optionalChoice, optionalNumber, optionalText, page, requiredText, requiredTexts } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import { customerKeyOf, keyOf, type Operations, refuseWhile } from './call-target';
import { invalidMarker } from './errors';
import { addTags, keyTags } from './key-tags';
import { withRegional } from './kms-key';
import type { AccountKeys } from './account-keys';

/** Key policies and tags; each Region's key has its own. */
export function policyAndTagOperations(accountKeys: AccountKeys): Operations {
  return {
    GetKeyPolicy: (call) => ({ Policy: keyOf(accountKeys, call).regional.policy, PolicyName: 'default' }),
    PutKeyPolicy: (call) => putKeyPolicy(accountKeys, call),
    ListResourceTags: (call) => listResourceTags(accountKeys, call),
    TagResource: (call) => changeTags(accountKeys, call, (tags) => addTags(tags, keyTags(call.input))),
    UntagResource: (call) => {
      const removed = requiredTexts(call.input, 'TagKeys', 50);
      return changeTags(accountKeys, call, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([tag]) => !removed.includes(tag))),
      );
    },
  };
}

function putKeyPolicy(accountKeys: AccountKeys, call: Call): object {
  const { key, regional } = customerKeyOf(accountKeys, call);
  optionalChoice(call.input, 'PolicyName', ['default']);
  const policy = requiredText(call.input, 'Policy', { max: 32_768 });
  try {
    JSON.parse(policy);
  } catch {
    throw new ServiceError('MalformedPolicyDocumentException', 'The key policy is not valid JSON.');
  }
  accountKeys.change(withRegional(key, { ...regional, policy }));
  return {};
}

function changeTags(
  accountKeys: AccountKeys,
  call: Call,
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): object {
  const located = customerKeyOf(accountKeys, call);
  refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
  accountKeys.change(withRegional(located.key, { ...located.regional, tags: change(located.regional.tags) }));
  return {};
}

function listResourceTags(accountKeys: AccountKeys, call: Call): object {
  const { regional } = keyOf(accountKeys, call);
  const limit = optionalNumber(call.input, 'Limit', { min: 1, max: 50 }) ?? 50;
  const tags = Object.entries(regional.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { items, next } = page(tags, limit, optionalText(call.input, 'Marker'), invalidMarker);
  return { Tags: items, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}
