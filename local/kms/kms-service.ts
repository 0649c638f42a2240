import { randomUUID } from 'node:crypto';
import type { AuthorizationRequest, Call, Environment, Service } from '../wire/service';
import { AccountKeys, type KeyInRegion } from './account-keys';
import { aliasOperations, createAlias, deleteAlias, updateAlias } from './alias-operations';
import { cryptographicOperations, keyIdOfCiphertext } from './cryptographic-operations';
import { importOperations } from './import-operations';
import { Key, type KeyChanges } from './key';
import { keyMetadata } from './key-metadata';
import { keyOperations } from './key-operations';
import { type KeyOptions, keySettings } from './key-settings';
import { KEY_SPECS, usagesOf } from './key-specs';
import { KeyStores } from './key-stores';
import type { Origin, RotationType } from './kms-key';
import { multiRegionOperations } from './multi-region-operations';
import { policyAndTagOperations } from './policy-and-tag-operations';
import { rotationOperations } from './rotation-operations';
import { defaultSettings, type SimulationSettings } from './simulation-settings';

/** Usage and key store are optional: `createKey` picks fitting ones. */
export type NewKey = KeyOptions & KeyChanges & { readonly keyId?: string };

/** A rotation that has completed, as CloudTrail records it. */
export interface RotationEvent {
  readonly type: RotationType;
  readonly completedAt: number;
  readonly keyArn: string;
  readonly keyOrigin: Origin;
  readonly currentKeyMaterialId: string;
  readonly previousKeyMaterialId: string | undefined;
}

const MANAGED_ALIAS = /^alias\/aws\/(acm|backup|dynamodb|ebs|kinesis|lambda|rds|s3|secretsmanager|sns|sqs|ssm)$/;
const PROTECTED_BY_MANAGED_KEY: Partial<Record<string, string>> = {
  'alias/aws/ebs': 'EBS volumes',
  'alias/aws/s3': 'S3 objects',
  'alias/aws/sqs': 'SQS messages',
};

/**
 * KMS as in its documentation and in recorded responses. A key's state follows from past calls and the clock; nothing runs in the
 * background, so a simulated clock can drive it, too.
 */
export class KmsService {
  public readonly settings: SimulationSettings;
  public readonly keyStores: KeyStores;
  public readonly service: Service;
  private readonly accountKeys: AccountKeys;

  /** `rotationTime` is in seconds. */
  public constructor(
    private readonly environment: Environment,
    rotationTime = 2,
  ) {
    this.settings = defaultSettings(rotationTime * 1000);
    const accountKeys = new AccountKeys(environment, this.settings);
    this.accountKeys = accountKeys;
    this.keyStores = new KeyStores(accountKeys);
    const operations = {
      ...keyOperations(accountKeys, {
        create: (region, options) => this.make(region, options),
        ensureManagedKey: (region, alias) => {
          this.ensureManagedKey(region, alias);
        },
      }),
      ...rotationOperations(accountKeys),
      ...aliasOperations(accountKeys),
      ...policyAndTagOperations(accountKeys),
      ...multiRegionOperations(accountKeys),
      ...importOperations(accountKeys),
      ...cryptographicOperations(accountKeys),
      ...this.keyStores.operations,
    };
    this.service = { name: 'kms', protocol: 'json', operations, authorization: (call) => this.authorization(call) };
  }

  public createKey(region: string, options: NewKey = {}): Key {
    const keySpec = KEY_SPECS.find((spec) => spec === options.keySpec) ?? 'SYMMETRIC_DEFAULT';
    const { origin } = options;
    const inKeyStore = origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';
    const located = this.make(region, {
      ...options,
      keyUsage: options.keyUsage ?? usagesOf(keySpec)[0],
      customKeyStoreId:
        options.customKeyStoreId ?? (inKeyStore ? this.keyStores.create(region, origin, 'implied', true) : undefined),
    });
    const key = new Key(this.accountKeys, region, located.key.keyId);
    key.update({ enableKeyRotation: options.enableKeyRotation, rotationPeriodInDays: options.rotationPeriodInDays });
    return key;
  }

  /** Creates the AWS managed key of a service such as `ebs`, with its alias. */
  public createManagedKey(region: string, serviceName: string): Key {
    this.ensureManagedKey(region, `alias/aws/${serviceName}`);
    return new Key(this.accountKeys, region, this.accountKeys.keyIdOrAlias(region, `alias/aws/${serviceName}`));
  }

  /** By ID, ARN, alias name or alias ARN. Throws KMS's NotFoundException. */
  public key(region: string, identifier: string): Key {
    const { key } = this.accountKeys.locate(region, this.accountKeys.keyIdOrAlias(region, identifier));
    return new Key(this.accountKeys, region, key.keyId);
  }

  public keys(region: string): Key[] {
    return this.accountKeys.list(region).map(({ key }) => new Key(this.accountKeys, region, key.keyId));
  }

  /** All completed rotations of the keys that exist in a Region. */
  public completedRotations(region: string): RotationEvent[] {
    return this.accountKeys.list(region).flatMap(({ key, regional }) =>
      key.materials.flatMap(({ id, rotation }, index) =>
        rotation
          ? {
              ...rotation,
              keyArn: regional.arn,
              keyOrigin: key.origin,
              currentKeyMaterialId: id,
              previousKeyMaterialId: key.materials[index - 1]?.id,
            }
          : [],
      ),
    );
  }

  /** The result of DescribeKey without lag. */
  public describe(arn: string): object {
    const { region, keyId } = this.key(arn.split(':')[3] ?? '', arn);
    return keyMetadata(this.accountKeys.locate(region, keyId), this.environment.accountId);
  }

  public createAlias(region: string, name: string, keyId: string): void {
    createAlias(this.accountKeys, region, name, keyId);
  }

  public updateAlias(region: string, name: string, keyId: string): void {
    updateAlias(this.accountKeys, region, name, keyId);
  }

  public deleteAlias(region: string, name: string): void {
    deleteAlias(this.accountKeys, region, name);
  }

  /** The key policy, for IAM; undefined if there is no such key. */
  public policyOf(resourceArn: string): string | undefined {
    const [, region, keyId] = /^arn:aws:kms:([^:]+):\d+:key\/(.+)$/.exec(resourceArn) ?? [];
    return region === undefined || keyId === undefined
      ? undefined
      : this.accountKeys.find(region, keyId)?.regional.policy;
  }

  private make(region: string, options: NewKey): KeyInRegion {
    const settings = keySettings(options, this.environment.accountId);
    const { customKeyStoreId, multiRegion, origin } = settings.key;
    if (customKeyStoreId !== undefined) {
      this.keyStores.check(region, customKeyStoreId, origin);
    }
    const keyId = options.keyId ?? (multiRegion ? `mrk-${randomUUID().replaceAll('-', '')}` : randomUUID());
    return this.accountKeys.create(region, keyId, settings);
  }

  private ensureManagedKey(region: string, alias: string): void {
    if (MANAGED_ALIAS.test(alias) && !this.accountKeys.aliasesOf(region).some(({ name }) => name === alias)) {
      const protects = PROTECTED_BY_MANAGED_KEY[alias] ?? `data (${alias})`;
      const description = `Default key that protects my ${protects} when no other key is defined`;
      this.accountKeys.setAlias(region, alias, this.make(region, { manager: 'AWS', description }).key.keyId);
    }
  }

  /** A call on a key that does not exist needs no permission: the operation itself refuses it. */
  private authorization({ operation, region, input }: Call): AuthorizationRequest[] {
    const action = `kms:${operation}`;
    const identifier = input.KeyId ?? input.TargetKeyId ?? keyIdOfCiphertext(input.CiphertextBlob);
    if (typeof identifier !== 'string') {
      return [{ action, resourceArn: '*' }];
    }
    const resourceArn = this.arnOf(region, identifier);
    return resourceArn === undefined ? [] : [{ action, resourceArn }];
  }

  private arnOf(region: string, identifier: string): string | undefined {
    try {
      return this.key(region, identifier).arn;
    } catch {
      return undefined;
    }
  }
}
