import { disableAutomaticRotation, enableAutomaticRotation } from './automatic-rotation';
import {
  type AutomaticRotation,
  DAY,
  type KmsKey,
  type KeyState,
  materialId,
  type RegionalKey,
  type RotationType,
  withMember,
} from './kms-key';
import { cancelDeletion, scheduleDeletion } from './key-deletion';
import { deleteMaterial, importMaterial, type ImportTerms } from './imported-material';
import type { KeyRing, Located } from './key-ring';
import { policyText } from './key-settings';
import { replicate, type ReplicaOptions } from './multi-region-operations';
import { nextMaterial } from './scheduled-transitions';

/** What can be changed of a key that is there. */
export interface KeyChanges {
  readonly description?: string;
  readonly enabled?: boolean;
  readonly enableKeyRotation?: boolean;
  readonly rotationPeriodInDays?: number;
  readonly policy?: string | object;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A rotation that has completed. */
export interface CompletedRotation {
  readonly type: RotationType;
  readonly completedAt: number;
  readonly materialId: string;
}

/** A key of one Region in the hands of tests, demo and CloudFormation: it asks the present, and does what no call can do. */
export class Key {
  public readonly arn: string;

  public constructor(
    private readonly ring: KeyRing,
    public readonly region: string,
    public readonly keyId: string,
  ) {
    this.arn = ring.arn(region, `key/${keyId}`);
  }

  public get state(): KeyState {
    return this.located().state;
  }

  /** Everything there is to know of the key and its replicas, even once it is deleted. */
  public get family(): KmsKey {
    return this.ring.family(this.keyId) ?? this.located().family;
  }

  public get member(): RegionalKey {
    return this.located().member;
  }

  /** Nothing for a key whose material has not been imported yet. */
  public get currentMaterialId(): string | undefined {
    return this.family.materials.at(-1)?.id;
  }

  /** The whole history, oldest first. */
  public get rotations(): CompletedRotation[] {
    return this.family.materials.flatMap(({ id, rotation }) => (rotation ? [{ ...rotation, materialId: id }] : []));
  }

  /** When each on-demand rotation was accepted, past ones added by a test not among them. A repeat that KMS swallowed is none. */
  public get acceptedRotations(): readonly number[] {
    return this.family.accepted;
  }

  /** Changes what CloudFormation may change of a key. */
  public update(changes: KeyChanges): void {
    const { description, enabled, policy, tags } = changes;
    this.changeMember({
      ...(description !== undefined && { description }),
      ...(enabled !== undefined && { enabled }),
      ...(policy !== undefined && { policy: policyText(policy) }),
      ...(tags !== undefined && { tags }),
    });
    this.updateAutomaticRotation(changes);
  }

  public scheduleDeletion(days?: number): void {
    this.change((family, member) => scheduleDeletion(family, member, days));
  }

  public cancelDeletion(): void {
    this.change(cancelDeletion);
  }

  public replicate(region: string, options: ReplicaOptions = {}): Key {
    replicate(this.ring, this.located(), region, options);
    return new Key(this.ring, region, this.keyId);
  }

  /** Imports material without wrapping it, and gives its ID. The bytes are made from `content`. */
  public importMaterial(content: string | Buffer, terms: ImportTerms = {}): string {
    const bytes = Buffer.from(materialId('', content), 'hex');
    const expirationModel = terms.validTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES';
    const { family, member } = this.located();
    const imported = importMaterial(family, member, bytes, { expirationModel, ...terms });
    this.ring.change(imported.family);
    return imported.material;
  }

  public deleteMaterial(material?: string): void {
    this.change((family, member) => deleteMaterial(family, member, material).family);
  }

  /** Sets when KMS rotates the key by itself next, the period being left as it is. */
  public setNextRotationDate(next: number): void {
    this.changeAutomaticRotation({ enabled: true, next });
  }

  /** Has KMS begin to rotate the key by itself now; it takes as long as any rotation. */
  public rotateAutomatically(): void {
    const takes = this.ring.rotationTime(this.arn);
    const completesAt = this.ring.now() + takes;
    this.change((family) => ({
      ...family,
      underway: [
        ...family.underway,
        { type: 'AUTOMATIC', startedAt: family.asOf, visibleUntil: completesAt, completesAt },
      ],
    }));
  }

  /** Gives the key a longer past, a rotation a day up to now. On-demand ones count towards the limit. */
  public addPastRotations(type: RotationType, count: number): void {
    for (let ago = count; ago > 0; ago--) {
      this.change((family) => {
        const rotation = { type, completedAt: family.asOf - ago * DAY };
        return { ...family, materials: [...family.materials, { id: nextMaterial(family), rotation }] };
      });
    }
  }

  /** Gives the key a policy that names another role only: IAM counts for nothing any more. */
  public stopDelegatingToIam(): void {
    const administrator = { AWS: `arn:aws:iam::${this.arn.split(':')[4] ?? ''}:role/KeyAdministrator` };
    const statement = { Effect: 'Allow', Principal: administrator, Action: 'kms:*', Resource: '*' };
    this.update({ policy: { Version: '2012-10-17', Statement: [statement] } });
  }

  private updateAutomaticRotation({ enableKeyRotation, rotationPeriodInDays }: KeyChanges): void {
    const { enabled, periodInDays } = this.family.automaticRotation;
    if (enableKeyRotation === false && enabled) {
      this.change(disableAutomaticRotation);
    }
    const wanted = enableKeyRotation ?? (rotationPeriodInDays !== undefined && enabled);
    const period = rotationPeriodInDays ?? (enabled ? periodInDays : undefined);
    if (wanted && !(enabled && period === periodInDays)) {
      this.change((family, member) =>
        enableAutomaticRotation(family, member, this.ring.rotationTime(this.arn), period),
      );
    }
  }

  private changeAutomaticRotation(changes: Partial<AutomaticRotation>): void {
    const takes = this.ring.rotationTime(this.arn);
    this.change((family) => ({ ...family, automaticRotation: { ...family.automaticRotation, takes, ...changes } }));
  }

  private changeMember(changes: Partial<RegionalKey>): void {
    this.change((family, member) => withMember(family, { ...member, ...changes }));
  }

  private change(change: (family: KmsKey, member: RegionalKey) => KmsKey): void {
    const { family, member } = this.located();
    this.ring.change(change(family, member));
  }

  private located(): Located {
    return this.ring.locate(this.region, this.keyId);
  }
}
