import { unsupported } from './errors';
import { optionalChoice, validationError } from '../wire/input';
import type { KmsKey, RegionalKey, Origin } from './kms-key';
import { KEY_SPECS, KEY_USAGES, type KeySpec, type KeyUsage, usagesOf } from './key-specs';

/** Options of a new key; the defaults are KMS's. */
export interface KeyOptions {
  readonly description?: string;
  readonly keySpec?: string;
  readonly keyUsage?: string;
  readonly origin?: string;
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
  readonly multiRegion?: boolean;
  readonly manager?: 'AWS' | 'CUSTOMER';
  readonly enabled?: boolean;
  /** A policy document or its JSON. The default delegates to IAM. */
  readonly policy?: string | object;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The options that all replicas share, and those that each key has of its own. */
export interface KeySettings {
  readonly key: Pick<
    KmsKey,
    'manager' | 'keySpec' | 'keyUsage' | 'origin' | 'customKeyStoreId' | 'xksKeyId' | 'multiRegion'
  >;
  readonly regional: Pick<RegionalKey, 'description' | 'enabled' | 'policy' | 'tags'>;
  readonly automaticRotation: { readonly enabled: boolean; readonly periodInDays: number };
}

export const ORIGINS: readonly Origin[] = ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'];

export const DEFAULT_ROTATION_PERIOD = 365;

/** Checks the options of a new key. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html */
export function keySettings(options: KeyOptions, accountId: string): KeySettings {
  const { keySpec, keyUsage, origin } = readKind(options);
  const inKeyStore = origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';
  if (inKeyStore && (keySpec !== 'SYMMETRIC_DEFAULT' || options.multiRegion === true)) {
    throw unsupported('A custom key store holds only symmetric encryption keys of a single Region.');
  }
  if (inKeyStore !== (options.customKeyStoreId !== undefined)) {
    throw validationError(`Origin ${origin} ${inKeyStore ? 'needs' : 'does not go with'} a CustomKeyStoreId.`);
  }
  const { customKeyStoreId, xksKeyId, multiRegion = false, manager = 'CUSTOMER' } = options;
  return {
    key: { manager, keySpec, keyUsage, origin, multiRegion, ...(inKeyStore && { customKeyStoreId, xksKeyId }) },
    regional: {
      description: options.description ?? '',
      enabled: options.enabled ?? true,
      policy: policyText(options.policy ?? defaultPolicy(accountId)),
      tags: options.tags ?? {},
    },
    // KMS reports new AWS managed keys as not rotating, too.
    automaticRotation: { enabled: false, periodInDays: DEFAULT_ROTATION_PERIOD },
  };
}

function readKind(options: KeyOptions): { keySpec: KeySpec; keyUsage: KeyUsage; origin: Origin } {
  const named = { KeySpec: options.keySpec, KeyUsage: options.keyUsage, Origin: options.origin };
  const keySpec = optionalChoice(named, 'KeySpec', KEY_SPECS) ?? 'SYMMETRIC_DEFAULT';
  const keyUsage = optionalChoice(named, 'KeyUsage', KEY_USAGES) ?? 'ENCRYPT_DECRYPT';
  if (options.keyUsage === undefined && keySpec !== 'SYMMETRIC_DEFAULT') {
    throw validationError('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  }
  if (!usagesOf(keySpec).includes(keyUsage)) {
    throw validationError(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
  }
  return { keySpec, keyUsage, origin: optionalChoice(named, 'Origin', ORIGINS) ?? 'AWS_KMS' };
}

export function policyText(policy: string | object): string {
  return typeof policy === 'string' ? policy : JSON.stringify(policy);
}

/** As KMS writes it. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
export function defaultPolicy(accountId: string): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;
}
