import { optionalText, requiredText, validationError } from '../wire/input';
import type { Call } from '../wire/service';
import type { AccountKeys, KeyInRegion } from './account-keys';
import { customerKeyOf, type Operations, refuseUnless } from './call-target';
import { alreadyExists, invalidState, unsupported } from './errors';
import { keyMetadata } from './key-metadata';
import { defaultPolicy } from './key-settings';
import { keyTags } from './key-tags';
import { isReplica, type KmsKey, type RegionalKey, withRegional } from './kms-key';

/** What a replica has of its own. */
export interface ReplicaOptions {
  readonly description?: string;
  readonly policy?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
}

/** Keys that share ID and material across Regions. https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
export function multiRegionOperations(accountKeys: AccountKeys): Operations {
  return {
    ReplicateKey: (call) => replicateKey(accountKeys, call),
    UpdatePrimaryRegion: (call) => updatePrimaryRegion(accountKeys, call),
  };
}

function replicateKey(accountKeys: AccountKeys, call: Call): object {
  const { input, accountId } = call;
  const region = requiredText(input, 'ReplicaRegion', { max: 32 });
  const description = optionalText(input, 'Description', { min: 0 });
  const options = { description, policy: optionalText(input, 'Policy'), tags: keyTags(input) };
  const replica = replicate(accountKeys, customerKeyOf(accountKeys, call), region, options);
  const tags = Object.entries(replica.regional.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  return {
    ReplicaKeyMetadata: keyMetadata(replica, accountId),
    ReplicaPolicy: replica.regional.policy,
    ...(tags.length > 0 && { ReplicaTags: tags }),
  };
}

/** Creates a replica. Imported material must be imported into it again; until then it is pending import. */
export function replicate(
  accountKeys: AccountKeys,
  primary: KeyInRegion,
  region: string,
  options: ReplicaOptions,
): KeyInRegion {
  const { key, regional } = primary;
  refuseReplication(primary, region);
  const arn = accountKeys.arn(region, `key/${key.keyId}`);
  const { description = '', policy = defaultPolicy(accountKeys.accountId), tags = {}, enabled = true } = options;
  const replica: RegionalKey = {
    region,
    arn,
    description,
    policy,
    tags,
    enabled,
    createdAt: key.asOf,
    creatingUntil: key.asOf + accountKeys.settings.replicationTime,
    updatingUntil: key.asOf,
    imports: {},
    disconnected: regional.disconnected,
  };
  accountKeys.change(withRegional(key, replica));
  return accountKeys.locate(region, key.keyId);
}

function refuseReplication(primary: KeyInRegion, region: string): void {
  const { key, regional } = primary;
  if (!key.multiRegion) {
    throw unsupported(`${regional.arn} is not a multi-region key.`);
  }
  if (key.regionalKeys[region] && region !== key.primaryRegion) {
    throw alreadyExists('You can create only one replica of each primary key in each AWS Region.');
  }
  if (isReplica(key, regional)) {
    throw unsupported(`${regional.arn} is not a multi-region primary key.`);
  }
  refuseUnless(primary, 'Enabled');
  if (region === key.primaryRegion) {
    throw validationError(`${region} cannot have a replica because it contains the primary.`);
  }
  if (!isRegion(region)) {
    throw validationError(
      `Region ${region} is not a valid Region or multi-Region keys are not supported in Region ${region}.`,
    );
  }
  if (partitionOf(region) !== partitionOf(key.primaryRegion)) {
    throw validationError('The replica key Region must be in the same AWS partition as the primary key Region.');
  }
}

function isRegion(region: string): boolean {
  return /^[a-z]{2}(-gov|-iso[a-z]?)?-(north|south|east|west|central|(north|south)(east|west))-\d$/.test(region);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region: string): string {
  return /^(cn|us-gov|us-iso[a-z]?|eu-iso[a-z]?)-/.exec(region)?.[1] ?? 'aws';
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html */
function updatePrimaryRegion(accountKeys: AccountKeys, call: Call): object {
  const located = customerKeyOf(accountKeys, call);
  const { key, regional } = located;
  const region = requiredText(call.input, 'PrimaryRegion', { max: 32 });
  if (!key.multiRegion) {
    throw unsupported(`${regional.arn} is not a multi-region key.`);
  }
  if (isReplica(key, regional)) {
    throw invalidState(`${regional.arn} is not a multi-Region primary key.`);
  }
  refuseUnless(located, 'Enabled');
  if (region === key.primaryRegion) {
    return {};
  }
  const successor = accountKeys.find(region, key.keyId);
  if (!successor) {
    throw validationError(`${key.keyId} does not have a replica key in the specified Region.`);
  }
  refuseUnless(successor, 'Enabled');
  const { replicationTime } = accountKeys.settings;
  const both = updating(updating(key, regional, replicationTime), successor.regional, replicationTime);
  accountKeys.change({ ...both, primaryRegion: region });
  return {};
}

function updating(key: KmsKey, regional: RegionalKey, replicationTime: number): KmsKey {
  return withRegional(key, { ...regional, updatingUntil: key.asOf + replicationTime });
}
