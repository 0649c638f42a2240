import { disableAutomaticRotation, enableAutomaticRotation } from './automatic-rotation';
import {
  type AutomaticRotation,
  DAY,
  type KmsKey,
  type KeyState,
  materialId,
  type RegionalKey,
  type RotationType,
  withRegional,
} from './kms-key';
import { deleteMaterial, importMaterial, type ImportTerms } from './imported-material';
import type { AccountKeys, KeyInRegion } from './account-keys';
import { policyText } from './key-settings';
import { replicate, type ReplicaOptions } from './multi-region-operations';
import { cancelDeletion, nextMaterial, scheduleDeletion } from './scheduled-transitions';

/** Changes to an existing key. */
export interface KeyChanges {
  readonly description?: string;
  readonly enabled?: boolean;
  readonly enableKeyRotation?: boolean;
  readonly rotationPeriodInDays?: number;
  readonly policy?: string | object;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface CompletedRotation {
  readonly type: RotationType;
  readonly completedAt: number;
  readonly materialId: string;
}

/** A key in one Region for tests, demo and CloudFormation. Reads without lag, and can do what no API call can. */
export class Key {
  public readonly arn: string;

  public constructor(
    private readonly accountKeys: AccountKeys,
    public readonly region: string,
    public readonly keyId: string,
  ) {
    this.arn = accountKeys.arn(region, `key/${keyId}`);
  }

  public get state(): KeyState {
    return this.located().state;
  }

  /** The full state of the key and its replicas, even after deletion. */
  public get kmsKey(): KmsKey {
    return this.accountKeys.key(this.keyId) ?? this.located().key;
  }

  public get regionalKey(): RegionalKey {
    return this.located().regional;
  }

  /** Undefined for a key whose material has not been imported yet. */
  public get currentMaterialId(): string | undefined {
    return this.kmsKey.materials.at(-1)?.id;
  }

  /** The whole history, oldest first. */
  public get rotations(): CompletedRotation[] {
    return this.kmsKey.materials.flatMap(({ id, rotation }) => (rotation ? [{ ...rotation, materialId: id }] : []));
  }

  /** When each on-demand rotation was accepted. Excludes swallowed repeats and past rotations added by tests. */
  public get acceptedRotations(): readonly number[] {
    return this.kmsKey.accepted;
  }

  /** Applies changes that CloudFormation can make. */
  public update(changes: KeyChanges): void {
    const { description, enabled, policy, tags } = changes;
    this.changeRegional({
      ...(description !== undefined && { description }),
      ...(enabled !== undefined && { enabled }),
      ...(policy !== undefined && { policy: policyText(policy) }),
      ...(tags !== undefined && { tags }),
    });
    this.updateAutomaticRotation(changes);
  }

  public scheduleDeletion(days?: number): void {
    this.change((key, regional) => scheduleDeletion(key, regional, days));
  }

  public cancelDeletion(): void {
    this.change(cancelDeletion);
  }

  public replicate(region: string, options: ReplicaOptions = {}): Key {
    replicate(this.accountKeys, this.located(), region, options);
    return new Key(this.accountKeys, region, this.keyId);
  }

  /** Imports material without wrapping it, and returns its ID. The bytes are made from `content`. */
  public importMaterial(content: string | Buffer, terms: ImportTerms = {}): string {
    const bytes = Buffer.from(materialId('', content), 'hex');
    const expirationModel = terms.validTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES';
    const { key, regional } = this.located();
    const imported = importMaterial(key, regional, bytes, { expirationModel, ...terms });
    this.accountKeys.change(imported.key);
    return imported.material;
  }

  public deleteMaterial(material?: string): void {
    this.change((key, regional) => deleteMaterial(key, regional, material).key);
  }

  /** Enables automatic rotation and sets its next date, but leaves the period as it is. */
  public setNextRotationDate(next: number): void {
    this.changeAutomaticRotation({ enabled: true, next });
  }

  /** Starts an automatic rotation now. */
  public rotateAutomatically(): void {
    const completesAt = this.accountKeys.now() + this.accountKeys.rotationTime(this.arn);
    this.change((key) => ({
      ...key,
      underway: [...key.underway, { type: 'AUTOMATIC', startedAt: key.asOf, visibleUntil: completesAt, completesAt }],
    }));
  }

  /** Adds a past rotation for each of the last `count` days. On-demand ones count towards the limit. */
  public addPastRotations(type: RotationType, count: number): void {
    for (let ago = count; ago > 0; ago--) {
      this.change((key) => {
        const rotation = { type, completedAt: key.asOf - ago * DAY };
        return { ...key, materials: [...key.materials, { id: nextMaterial(key), rotation }] };
      });
    }
  }

  /** Sets a key policy that names only another role, so that IAM policies no longer count. */
  public stopDelegatingToIam(): void {
    const administrator = { AWS: `arn:aws:iam::${this.arn.split(':')[4] ?? ''}:role/KeyAdministrator` };
    const statement = { Effect: 'Allow', Principal: administrator, Action: 'kms:*', Resource: '*' };
    this.update({ policy: { Version: '2012-10-17', Statement: [statement] } });
  }

  private updateAutomaticRotation({ enableKeyRotation, rotationPeriodInDays }: KeyChanges): void {
    const { enabled } = this.kmsKey.automaticRotation;
    if (enableKeyRotation === false && enabled) {
      this.change(disableAutomaticRotation);
    }
    if (enableKeyRotation ?? (rotationPeriodInDays !== undefined && enabled)) {
      const rotationTime = this.accountKeys.rotationTime(this.arn);
      this.change((key, regional) => enableAutomaticRotation(key, regional, rotationTime, rotationPeriodInDays));
    }
  }

  private changeAutomaticRotation(changes: Partial<AutomaticRotation>): void {
    const rotationTime = this.accountKeys.rotationTime(this.arn);
    this.change((key) => ({ ...key, automaticRotation: { ...key.automaticRotation, rotationTime, ...changes } }));
  }

  private changeRegional(changes: Partial<RegionalKey>): void {
    this.change((key, regional) => withRegional(key, { ...regional, ...changes }));
  }

  private change(change: (key: KmsKey, regional: RegionalKey) => KmsKey): void {
    const { key, regional } = this.located();
    this.accountKeys.change(change(key, regional));
  }

  private located(): KeyInRegion {
    return this.accountKeys.locate(this.region, this.keyId);
  }
}
