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

/** Material permanently associated with a key. The first one has no rotation. */
export interface Material {
  readonly id: string;
  readonly rotation?: { readonly type: RotationType; readonly completedAt: number };
}

/** A rotation that has begun: the material changes when it ends. */
export interface Underway {
  readonly type: RotationType;
  readonly startedAt: number;
  /** Until then GetKeyRotationStatus shows it and KMS swallows a repeat. */
  readonly visibleUntil: number;
  readonly completesAt: number;
}

/** An import of material in a Region. After `validTo` it cannot be used there, though KMS still reports it as imported. */
export interface MaterialImport {
  readonly validTo?: number;
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
  /** Without a date, the primary key waits for its replicas to be deleted. */
  readonly deletion?: { readonly windowInDays: number; readonly date?: number };
  readonly imports: Readonly<Record<string, MaterialImport>>;
  /** Whether its custom key store is disconnected. */
  readonly disconnected: boolean;
}

export interface AutomaticRotation {
  readonly enabled: boolean;
  readonly periodInDays: number;
  readonly next: number;
  /** In milliseconds. */
  readonly rotationTime: number;
}

/**
 * A key with all its replicas, at one moment: what they share, and what each has for itself.
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
  readonly regionalKeys: Readonly<Record<string, RegionalKey>>;
  /** Oldest first: the last one is current. */
  readonly materials: readonly Material[];
  /** Imported, and waiting for a rotation. */
  readonly pendingMaterial?: string;
  /** By material ID. They outlive the deletion of the material. */
  readonly materialDescriptions: Readonly<Record<string, string>>;
  readonly automaticRotation: AutomaticRotation;
  readonly underway: readonly Underway[];
  /** When each on-demand rotation was accepted, without swallowed repeats. */
  readonly accepted: readonly number[];
}

export const DAY = 24 * 60 * 60 * 1000;

export function materialId(keyId: string, content: string | Buffer): string {
  return createHash('sha256').update(`${keyId}/`).update(content).digest('hex');
}

/** Returns the key with its part in one Region replaced. */
export function withRegional(key: KmsKey, regional: RegionalKey): KmsKey {
  return { ...key, regionalKeys: { ...key.regionalKeys, [regional.region]: regional } };
}

export function isReplica(key: KmsKey, regional: RegionalKey): boolean {
  return key.multiRegion && regional.region !== key.primaryRegion;
}

export function isSymmetric(key: KmsKey): boolean {
  return key.keySpec === 'SYMMETRIC_DEFAULT';
}

export function isInCustomKeyStore(key: KmsKey): boolean {
  return key.origin === 'AWS_CLOUDHSM' || key.origin === 'EXTERNAL_KEY_STORE';
}

/** Whether all of the key's materials can be used: losing an old one takes the key out of service, too. */
function isComplete(key: KmsKey, regional: RegionalKey): boolean {
  return key.materials.length > 0 && key.materials.every(({ id }) => isUsable(key, regional.imports[id]));
}

function isUsable({ asOf }: KmsKey, imported: MaterialImport | undefined): boolean {
  return imported !== undefined && (imported.validTo ?? Infinity) > asOf;
}

export function keyState(key: KmsKey, regional: RegionalKey): KeyState {
  if (regional.deletion) {
    return regional.deletion.date === undefined ? 'PendingReplicaDeletion' : 'PendingDeletion';
  }
  if (regional.creatingUntil > key.asOf) {
    return 'Creating';
  }
  if (regional.updatingUntil > key.asOf) {
    return 'Updating';
  }
  if (regional.disconnected) {
    return 'Unavailable';
  }
  if (key.origin === 'EXTERNAL' && !isComplete(key, regional)) {
    return 'PendingImport';
  }
  return regional.enabled ? 'Enabled' : 'Disabled';
}

/** The on-demand rotations that count towards the key's limit: those completed and those underway. */
export function onDemandRotations(key: KmsKey): number {
  const completed = key.materials.filter(({ rotation }) => rotation?.type === 'ON_DEMAND').length;
  return completed + key.underway.filter(({ type }) => type === 'ON_DEMAND').length;
}
