import type { KeyState } from '../lambda/key-state';
import type { KeyView } from './region-reader';

/** What `status` and `evidence` show of every key. */
export interface KeyFacts {
  readonly region: string;
  readonly keyId: string;
  readonly keyArn: string;
  readonly aliases: readonly string[];
  readonly kind: string | undefined;
  readonly state: string | undefined;
}

export function factsOf({ region, keyId, keyArn, aliases, key, isGone }: KeyView): KeyFacts {
  const state = isGone ? 'Gone' : key?.metadata.KeyState;
  return { region, keyId, keyArn, aliases, kind: key && kindOf(key), state };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
export function isMultiRegionId(keyId: string): boolean {
  return keyId.startsWith('mrk-');
}

function kindOf({ metadata }: KeyState): string {
  const { KeyManager, KeySpec = 'unknown', CustomKeyStoreId, Origin, MultiRegionConfiguration: regions } = metadata;
  if (KeyManager === 'AWS') return 'AWS managed';
  if (KeySpec !== 'SYMMETRIC_DEFAULT') return KeySpec;
  if (CustomKeyStoreId !== undefined) return 'custom key store';
  const imported = Origin === 'EXTERNAL' ? ', imported' : '';
  switch (regions?.MultiRegionKeyType) {
    case 'PRIMARY':
      return `primary of ${(regions.ReplicaKeys ?? []).length + 1} Regions${imported}`;
    case 'REPLICA':
      return `replica of ${regions.PrimaryKey?.Region ?? 'another Region'}${imported}`;
    default:
      return `symmetric${imported}`;
  }
}
