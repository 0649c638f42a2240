import { optionalText, requiredText, tagsOf, validationError } from '../wire/input';
import type { Call } from '../wire/service';
import { customerKeyOf, type Operations, refuseUnless } from './call-target';
import { alreadyExists, noSuchKey, unsupported, unsupportedReplica } from './errors';
import { isReplica, type KmsKey, type RegionalKey, withMember } from './kms-key';
import { keyMetadata } from './key-metadata';
import type { KeyRing, Located } from './key-ring';

/** What a replica has of its own. */
export interface ReplicaOptions {
  readonly description?: string;
  readonly policy?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
}

/** Keys that share ID and material across Regions. https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
export function multiRegionOperations(ring: KeyRing): Operations {
  return {
    ReplicateKey: (call) => replicateKey(ring, call),
    UpdatePrimaryRegion: (call) => updatePrimaryRegion(ring, call),
  };
}

function replicateKey(ring: KeyRing, call: Call): object {
  const { input, accountId } = call;
  const region = requiredText(input, 'ReplicaRegion', { max: 32 });
  const description = optionalText(input, 'Description', { min: 0 });
  const options = { description, policy: optionalText(input, 'Policy'), tags: tagsOf(input, 'TagKey', 'TagValue') };
  const replica = replicate(ring, customerKeyOf(ring, call), region, options);
  const tags = Object.entries(replica.member.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  return {
    ReplicaKeyMetadata: keyMetadata(replica, accountId),
    ReplicaPolicy: replica.member.policy,
    ReplicaTags: tags,
  };
}

/** Makes a replica. Imported material has to be imported into it again: until then it is pending import. */
export function replicate(ring: KeyRing, primary: Located, region: string, options: ReplicaOptions): Located {
  const { family, member } = primary;
  if (!family.multiRegion) {
    throw unsupported(`${member.arn} is not a multi-region key.`);
  }
  if (isReplica(family, member)) {
    throw unsupportedReplica(member.arn, 'ReplicateKey');
  }
  refuseUnless(primary, 'Enabled', 'Disabled', 'PendingImport');
  const arn = ring.arn(region, `key/${family.keyId}`);
  if (family.members[region]) {
    throw alreadyExists(`${arn} already exists.`);
  }
  const { description = '', policy = member.policy, tags = {}, enabled = true } = options;
  const own = {
    description,
    policy,
    tags,
    enabled,
    createdAt: family.asOf,
    creatingUntil: family.asOf + ring.knobs.replicationTime,
  };
  ring.change(
    withMember(family, { ...own, region, arn, updatingUntil: family.asOf, imports: {}, disconnected: false }),
  );
  return ring.locate(region, family.keyId);
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html */
function updatePrimaryRegion(ring: KeyRing, call: Call): object {
  const located = customerKeyOf(ring, call);
  const { family, member } = located;
  const region = requiredText(call.input, 'PrimaryRegion', { max: 32 });
  if (!family.multiRegion || isReplica(family, member)) {
    throw unsupported(`${member.arn} is not a multi-region primary key.`);
  }
  refuseUnless(located, 'Enabled', 'Disabled');
  const successor = family.members[region];
  if (!successor) {
    throw noSuchKey(ring.arn(region, `key/${family.keyId}`));
  }
  if (successor === member) {
    throw validationError(`${member.arn} is the primary key already.`);
  }
  ring.change({ ...updating(updating(family, member, ring), successor, ring), primaryRegion: region });
  return {};
}

function updating(family: KmsKey, member: RegionalKey, ring: KeyRing): KmsKey {
  return withMember(family, { ...member, updatingUntil: family.asOf + ring.knobs.replicationTime });
}
