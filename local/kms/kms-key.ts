import { createHash } from 'node:crypto';
import type { KeySpec, KeyUsage } from './key-specs';

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
export type KeyState =
  | 'Creating'
  | 'Disabled'
  | 'Enabled'
  | 'PendingDeletion'
  | 'PendingImport'
  | 'PendingReplicaDeletion'
  | 'Unavailable'
  | 'Updating';

export type Origin = 'AWS_KMS' | 'EXTERNAL' | 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

/** Key material that belongs to a key for good. The one that began the key's life has no rotation. */
export interface Material {
  readonly id: string;
  readonly rotation?: { readonly type: RotationType; readonly completedAt: number };
}

/** A rotation that has begun: the material changes when it ends. */
export interface Underway {
  readonly type: RotationType;
  readonly startedAt: number;
  /** Until when GetKeyRotationStatus tells it and KMS swallows a repeat. */
  readonly visibleUntil: number;
  readonly completesAt: number;
}

/** That a material was imported in a Region. Past `validTo` KMS has deleted it there. */
export interface MaterialImport {
  readonly validTo?: number;
  readonly description?: string;
}

/** A key in one Region. */
export interface RegionalKey {
  readonly region: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly creatingUntil: number;
  readonly updatingUntil: number;
  readonly description: string;
  readonly enabled: boolean;
  readonly policy: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Without a date: the primary key waits for its replicas to go first. */
  readonly deletion?: { readonly windowInDays: number; readonly date?: number };
  readonly imports: Readonly<Record<string, MaterialImport>>;
  /** Its custom key store is not connected. */
  readonly disconnected: boolean;
}

export interface AutomaticRotation {
  readonly enabled: boolean;
  readonly periodInDays: number;
  readonly next: number;
  /** How long one takes, in milliseconds. */
  readonly takes: number;
}

/**
 * A key with all its replicas, at one moment: what they share, and each for itself. A single-Region key is a family of one.
 * https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
export interface KmsKey {
  readonly asOf: number;
  readonly keyId: string;
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: Origin;
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
  readonly multiRegion: boolean;
  readonly primaryRegion: string;
  /** By Region. */
  readonly members: Readonly<Record<string, RegionalKey>>;
  /** Oldest first: the last one is current. */
  readonly materials: readonly Material[];
  /** Imported, and waiting for a rotation to bring it in. */
  readonly pendingMaterial?: string;
  readonly automaticRotation: AutomaticRotation;
  readonly underway: readonly Underway[];
  /** When each on-demand rotation was accepted; a repeat that KMS swallows is none. */
  readonly accepted: readonly number[];
}

export const DAY = 24 * 60 * 60 * 1000;

export function materialId(keyId: string, content: string | Buffer): string {
  return createHash('sha256').update(`${keyId}/`).update(content).digest('hex');
}

/** Gives the family with one member changed. */
export function withMember(family: KmsKey, member: RegionalKey): KmsKey {
  return { ...family, members: { ...family.members, [member.region]: member } };
}

export function isReplica(family: KmsKey, member: RegionalKey): boolean {
  return family.multiRegion && member.region !== family.primaryRegion;
}

export function isSymmetric(family: KmsKey): boolean {
  return family.keySpec === 'SYMMETRIC_DEFAULT';
}

export function isInCustomKeyStore(family: KmsKey): boolean {
  return family.origin === 'AWS_CLOUDHSM' || family.origin === 'EXTERNAL_KEY_STORE';
}

export function isImported(family: KmsKey, member: RegionalKey, material: string): boolean {
  const imported = member.imports[material];
  return imported !== undefined && (imported.validTo ?? Infinity) > family.asOf;
}

/** Whether every material that the key has had is there: the loss of an old one takes the key out of service as well. */
function isComplete(family: KmsKey, member: RegionalKey): boolean {
  return family.materials.length > 0 && family.materials.every(({ id }) => isImported(family, member, id));
}

export function keyState(family: KmsKey, member: RegionalKey): KeyState {
  if (member.deletion) {
    return member.deletion.date === undefined ? 'PendingReplicaDeletion' : 'PendingDeletion';
  }
  if (member.creatingUntil > family.asOf) {
    return 'Creating';
  }
  if (member.updatingUntil > family.asOf) {
    return 'Updating';
  }
  if (member.disconnected) {
    return 'Unavailable';
  }
  if (family.origin === 'EXTERNAL' && !isComplete(family, member)) {
    return 'PendingImport';
  }
  return member.enabled ? 'Enabled' : 'Disabled';
}

/** The on-demand rotations that count towards the key's limit: those completed and those underway. */
export function onDemandRotations(family: KmsKey): number {
  const completed = family.materials.filter(({ rotation }) => rotation?.type === 'ON_DEMAND').length;
  return completed + family.underway.filter(({ type }) => type === 'ON_DEMAND').length;
}
