import type { KeyMetadata } from '@aws-sdk/client-kms';
import type { KeyState } from '../../lambda/key-state';
import { member } from '../../lambda/member';
import type { Resource } from './cloud-assembly';
import { Unresolved } from './unresolved';

/** The ID or ARN of a key that the deployment creates. */
export class NewKey extends Unresolved {
  public constructor(
    public readonly stack: string,
    public readonly logicalId: string,
    public readonly resource: Resource,
  ) {
    super(`the deployment makes the key ${logicalId}`);
  }
}

/** A new key right after its creation. */
export function newKeyState({ resource: { Type, Properties } }: NewKey, now: number): KeyState {
  const property = (name: string): unknown => member(Properties, name);
  const text = (name: string, otherwise: string): string => {
    const value = property(name);
    return typeof value === 'string' ? value : otherwise;
  };
  const Origin = text('Origin', 'AWS_KMS');
  const isDisabled = property('Enabled') === false || property('Enabled') === 'false';
  const isReplica = Type === 'AWS::KMS::ReplicaKey';
  const metadata = {
    KeyId: undefined,
    KeyManager: 'CUSTOMER',
    KeySpec: text('KeySpec', 'SYMMETRIC_DEFAULT'),
    KeyUsage: text('KeyUsage', 'ENCRYPT_DECRYPT'),
    KeyState: Origin === 'EXTERNAL' ? 'PendingImport' : isDisabled ? 'Disabled' : 'Enabled',
    Origin,
    MultiRegion: isReplica || property('MultiRegion') === true,
    MultiRegionConfiguration: isReplica ? { MultiRegionKeyType: 'REPLICA' } : undefined,
    CurrentKeyMaterialId: '0'.repeat(64),
  } as unknown as KeyMetadata;
  return {
    metadata,
    seenAt: now,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations: [],
    pendingMaterial: undefined,
  };
}
