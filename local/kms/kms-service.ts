import { randomUUID } from 'node:crypto';
import type { Call, Environment, Service } from '../wire/service';
import { aliasOperations, createAlias, deleteAlias, updateAlias } from './alias-operations';
import { cryptographicOperations, keyIdOfCiphertext } from './cryptographic-operations';
import { importOperations } from './import-operations';
import { Key, type KeyChanges } from './key';
import { keyMetadata } from './key-metadata';
import { keyOperations } from './key-operations';
import { KeyRing, type SimulationSettings, type Located } from './key-ring';
import { type KeyOptions, keySettings } from './key-settings';
import { KEY_SPECS, usagesOf } from './key-specs';
import { KeyStores } from './key-stores';
import { multiRegionOperations } from './multi-region-operations';
import { policyAndTagOperations } from './policy-and-tag-operations';
import { rotationOperations } from './rotation-operations';

/** In code, a usage or a key store that is not said is found. */
export type NewKey = KeyOptions & KeyChanges & { readonly keyId?: string };

const MANAGED_ALIAS = /^alias\/aws\/(acm|backup|dynamodb|ebs|kinesis|lambda|rds|s3|secretsmanager|sns|sqs|ssm)$/;

/**
 * KMS as its documentation and recorded answers show it. What a key is at any moment follows from what has been done to it
 * and from the clock: nothing runs in the background, so a simulated clock can drive it as well.
 */
export class KmsService {
  public readonly knobs: SimulationSettings;
  public readonly keyStores: KeyStores;
  public readonly service: Service;
  private readonly ring: KeyRing;

  /** `rotationTime` is in seconds. */
  public constructor(
    private readonly environment: Environment,
    rotationTime = 2,
  ) {
    this.knobs = {
      rotationTime: rotationTime * 1000,
      startDateVisibleFor: undefined,
      readLag: 0,
      rotationLimit: 25,
      replicationTime: 1000,
    };
    const ring = new KeyRing(environment, this.knobs);
    this.ring = ring;
    this.keyStores = new KeyStores(ring);
    const operations = {
      ...keyOperations(ring, {
        create: (region, options) => this.make(region, options),
        ensureManagedKey: (region, alias) => {
          this.ensureManagedKey(region, alias);
        },
      }),
      ...rotationOperations(ring),
      ...aliasOperations(ring),
      ...policyAndTagOperations(ring),
      ...multiRegionOperations(ring),
      ...importOperations(ring),
      ...cryptographicOperations(ring),
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
    const key = new Key(this.ring, region, located.family.keyId);
    key.update({ enableKeyRotation: options.enableKeyRotation, rotationPeriodInDays: options.rotationPeriodInDays });
    return key;
  }

  /** The key of an AWS service, such as `ebs`, with its alias. */
  public createManagedKey(region: string, serviceName: string): Key {
    this.ensureManagedKey(region, `alias/aws/${serviceName}`);
    return new Key(this.ring, region, this.ring.keyIdOrAlias(region, `alias/aws/${serviceName}`));
  }

  /** By ID, ARN, alias name or alias ARN; what is not there is KMS's own NotFoundException. */
  public key(region: string, identifier: string): Key {
    const { family } = this.ring.locate(region, this.ring.keyIdOrAlias(region, identifier));
    return new Key(this.ring, region, family.keyId);
  }

  public keys(region: string): Key[] {
    return this.ring.list(region).map(({ family }) => new Key(this.ring, region, family.keyId));
  }

  /** What DescribeKey tells at this moment, whatever the lag. */
  public describe(arn: string): object {
    const { region, keyId } = this.key(arn.split(':')[3] ?? '', arn);
    return keyMetadata(this.ring.locate(region, keyId), this.environment.accountId);
  }

  public scheduleKeyDeletion(region: string, keyId: string, days?: number): void {
    this.key(region, keyId).scheduleDeletion(days);
  }

  public createAlias(region: string, name: string, keyId: string): void {
    createAlias(this.ring, region, name, keyId);
  }

  public updateAlias(region: string, name: string, keyId: string): void {
    updateAlias(this.ring, region, name, keyId);
  }

  public deleteAlias(region: string, name: string): void {
    deleteAlias(this.ring, region, name);
  }

  /** The key policy, for IAM to heed; nothing where there is no such key. */
  public policyOf(resourceArn: string): string | undefined {
    const [, region, keyId] = /^arn:aws:kms:([^:]+):\d+:key\/(.+)$/.exec(resourceArn) ?? [];
    return region === undefined || keyId === undefined ? undefined : this.ring.find(region, keyId)?.member.policy;
  }

  private make(region: string, options: NewKey): Located {
    const settings = keySettings(options, this.environment.accountId);
    const { customKeyStoreId, multiRegion, origin } = settings.family;
    if (customKeyStoreId !== undefined) {
      this.keyStores.check(region, customKeyStoreId, origin);
    }
    const keyId = options.keyId ?? (multiRegion ? `mrk-${randomUUID().replaceAll('-', '')}` : randomUUID());
    return this.ring.create(region, keyId, settings);
  }

  private ensureManagedKey(region: string, alias: string): void {
    if (MANAGED_ALIAS.test(alias) && !this.ring.aliasesOf(region).some(({ name }) => name === alias)) {
      const description = `Default key that protects my data when no other key is defined (${alias})`;
      this.ring.setAlias(region, alias, this.make(region, { manager: 'AWS', description }).family.keyId);
    }
  }

  /** A call on a key that is not there, or not well named, asks no permission: it is told so by the operation. */
  private authorization({ operation, region, input }: Call): ReturnType<NonNullable<Service['authorization']>> {
    const action = `kms:${operation}`;
    const identifier = input.KeyId ?? input.TargetKeyId ?? keyIdOfCiphertext(input.CiphertextBlob);
    if (typeof identifier !== 'string') {
      return { action, resourceArn: '*' };
    }
    const arn = this.arnOf(region, identifier);
    return arn === undefined ? undefined : { action, resourceArn: arn };
  }

  private arnOf(region: string, identifier: string): string | undefined {
    try {
      return this.key(region, identifier).arn;
    } catch {
      return undefined;
    }
  }
}
