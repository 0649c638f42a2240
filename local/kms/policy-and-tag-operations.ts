import { optionalChoice, optionalNumber, optionalText, requiredText, requiredTexts, tagsOf } from '../wire/input';
import { page } from '../wire/pages';
import { type Call, ServiceError } from '../wire/service';
import { customerKeyOf, keyOf, type Operations, refuseWhile } from './call-target';
import { invalidMarker } from './errors';
import { withMember } from './kms-key';
import type { KeyRing } from './key-ring';

/** Who may use a key, and its labels; each Region's key has its own. */
export function policyAndTagOperations(ring: KeyRing): Operations {
  return {
    GetKeyPolicy: (call) => ({ Policy: keyOf(ring, call).member.policy, PolicyName: 'default' }),
    PutKeyPolicy: (call) => putKeyPolicy(ring, call),
    ListResourceTags: (call) => listResourceTags(ring, call),
    TagResource: (call) => changeTags(ring, call, (tags) => ({ ...tags, ...tagsOf(call.input, 'TagKey', 'TagValue') })),
    UntagResource: (call) => {
      const gone = requiredTexts(call.input, 'TagKeys', 50);
      return changeTags(ring, call, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key))),
      );
    },
  };
}

function putKeyPolicy(ring: KeyRing, call: Call): object {
  const { family, member } = customerKeyOf(ring, call);
  optionalChoice(call.input, 'PolicyName', ['default']);
  const policy = requiredText(call.input, 'Policy', { max: 32_768 });
  try {
    JSON.parse(policy);
  } catch {
    throw new ServiceError('MalformedPolicyDocumentException', 'The key policy is no JSON.');
  }
  ring.change(withMember(family, { ...member, policy }));
  return {};
}

function changeTags(
  ring: KeyRing,
  call: Call,
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): object {
  const located = customerKeyOf(ring, call);
  refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
  ring.change(withMember(located.family, { ...located.member, tags: change(located.member.tags) }));
  return {};
}

function listResourceTags(ring: KeyRing, call: Call): object {
  const { member } = keyOf(ring, call);
  const limit = optionalNumber(call.input, 'Limit', { min: 1, max: 50 }) ?? 50;
  const tags = Object.entries(member.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { items, next } = page(tags, limit, optionalText(call.input, 'Marker'), invalidMarker);
  return { Tags: items, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}
