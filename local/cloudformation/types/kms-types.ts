import { isDeepStrictEqual } from 'node:util';
import type { Key, KeyChanges } from '../../kms/key';
import type { KmsService } from '../../kms/kms-service';
import { ServiceError } from '../../wire/service';
import type { PhysicalResource, Properties, ResourceType } from '../resource-type';
import {
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  requiredString,
  tagRecord,
} from './property-readers';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html */
export function kmsTypes(kms: KmsService): Record<string, ResourceType> {
  return {
    'AWS::KMS::Key': keyType(kms),
    'AWS::KMS::ReplicaKey': replicaKeyType(kms),
    'AWS::KMS::Alias': aliasType(kms),
  };
}

function keyType(kms: KmsService): ResourceType {
  return {
    properties: [
      'BypassPolicyLockoutSafetyCheck',
      'Description',
      'Enabled',
      'EnableKeyRotation',
      'KeyPolicy',
      'KeySpec',
      'KeyUsage',
      'MultiRegion',
      'Origin',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    ],
    attributes: ['Arn', 'KeyId'],
    checkUpdate: refuseChange('AWS::KMS::Key', ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin']),
    read: ({ region }, physicalId) => {
      const key = findKey(kms, region, physicalId);
      return key && readKey(key);
    },
    create: ({ place, properties }) => {
      const key = kms.createKey(place.region, {
        ...mutableProperties(properties),
        enableKeyRotation: optionalBoolean(properties, 'EnableKeyRotation'),
        keySpec: optionalString(properties, 'KeySpec'),
        keyUsage: optionalString(properties, 'KeyUsage') ?? 'ENCRYPT_DECRYPT',
        origin: optionalString(properties, 'Origin'),
        multiRegion: optionalBoolean(properties, 'MultiRegion'),
      });
      return keyResource(key);
    },
    update: ({ place, properties, physicalId }) => {
      const key = kms.key(place.region, physicalId);
      const { enabled, ...changes } = mutableProperties(properties);
      // KMS changes rotation only on enabled keys: enable first, and disable last.
      key.update(enabled ? { enabled } : {});
      key.update({ ...changes, enableKeyRotation: optionalBoolean(properties, 'EnableKeyRotation') ?? false });
      key.update({ enabled });
      return keyResource(key);
    },
    delete: deleteKey(kms),
  };
}

function replicaKeyType(kms: KmsService): ResourceType {
  return {
    properties: ['Description', 'Enabled', 'KeyPolicy', 'PendingWindowInDays', 'PrimaryKeyArn', 'Tags'],
    required: ['PrimaryKeyArn', 'KeyPolicy'],
    checkUpdate: refuseChange('AWS::KMS::ReplicaKey', ['PrimaryKeyArn']),
    attributes: ['Arn', 'KeyId'],
    create: ({ place, properties }) => {
      const primaryArn = requiredString(properties, 'PrimaryKeyArn');
      const primary = kms.key(primaryArn.split(':')[3] ?? '', primaryArn);
      const replica = primary.replicate(place.region);
      replica.update(mutableProperties(properties));
      return keyResource(replica);
    },
    update: ({ place, properties, physicalId }) => {
      const key = kms.key(place.region, physicalId);
      key.update(mutableProperties(properties));
      return keyResource(key);
    },
    delete: deleteKey(kms),
  };
}

function aliasType(kms: KmsService): ResourceType {
  return {
    properties: ['AliasName', 'TargetKeyId'],
    required: ['AliasName', 'TargetKeyId'],
    createOnly: ['AliasName'],
    attributes: [],
    find: ({ region }, properties) => {
      const name = requiredString(properties, 'AliasName');
      return findKey(kms, region, name) && { physicalId: name, attributes: {} };
    },
    create: ({ place, properties }) => {
      const name = requiredString(properties, 'AliasName');
      kms.createAlias(place.region, name, kms.key(place.region, requiredString(properties, 'TargetKeyId')).keyId);
      return { physicalId: name, attributes: {} };
    },
    update: ({ place, properties, physicalId }) => {
      kms.updateAlias(place.region, physicalId, kms.key(place.region, requiredString(properties, 'TargetKeyId')).keyId);
      return { physicalId, attributes: {} };
    },
    delete: ({ place, physicalId }) => {
      ignoreNotFound(() => {
        kms.deleteAlias(place.region, physicalId);
      });
    },
  };
}

/**
 * A key is never replaced: changing an immutable property fails.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
 */
function refuseChange(type: string, immutable: readonly string[]): ResourceType['checkUpdate'] {
  return (properties, before, physicalId) => {
    if (immutable.some((name) => !isDeepStrictEqual(properties[name], before[name]))) {
      throw new ServiceError(
        'NotUpdatable',
        `Resource of type '${type}' with identifier '${physicalId}' is not updatable with parameters provided.`,
      );
    }
  };
}

/** The properties that drift detection compares. */
function readKey({ regionalKey, kmsKey: { automaticRotation, keySpec, keyUsage } }: Key): Properties {
  return {
    Description: regionalKey.description,
    Enabled: regionalKey.enabled,
    EnableKeyRotation: automaticRotation.enabled,
    KeyPolicy: JSON.parse(regionalKey.policy) as unknown,
    KeySpec: keySpec,
    KeyUsage: keyUsage,
  };
}

/** `undefined` if the key does not exist or is pending deletion. */
function findKey(kms: KmsService, region: string, nameOrId: string): Key | undefined {
  try {
    const key = kms.key(region, nameOrId);
    return key.state.startsWith('Pending') && key.state !== 'PendingImport' ? undefined : key;
  } catch {
    return undefined;
  }
}

/** The mutable properties of a key, with KMS's defaults. */
function mutableProperties(properties: Properties): KeyChanges {
  return {
    description: optionalString(properties, 'Description') ?? '',
    enabled: optionalBoolean(properties, 'Enabled') ?? true,
    rotationPeriodInDays: optionalInteger(properties, 'RotationPeriodInDays'),
    policy: optionalObject(properties, 'KeyPolicy'),
    tags: tagRecord(properties),
  };
}

function deleteKey(kms: KmsService): ResourceType['delete'] {
  return ({ place, properties, physicalId }) => {
    ignoreNotFound(() => {
      const key = kms.key(place.region, physicalId);
      if (key.state !== 'PendingDeletion' && key.state !== 'PendingReplicaDeletion') {
        key.scheduleDeletion(optionalInteger(properties, 'PendingWindowInDays'));
      }
    });
  };
}

/** A resource that is already gone counts as deleted. */
function ignoreNotFound(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'NotFoundException')) {
      throw error;
    }
  }
}

function keyResource({ keyId, arn }: { readonly keyId: string; readonly arn: string }): PhysicalResource {
  return { physicalId: keyId, attributes: { Arn: arn, KeyId: keyId } };
}
