import type { KeyMetadata } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import { type Failure, budgetReserved, ineligible } from './failures';
import { type KeyState, onDemandRotations } from './key-state';

/**
 * Why a key cannot be rotated on demand, if it cannot. KMS itself would answer some of these calls with an empty message,
 * and would accept a rotation to expired material, which puts the key out of service.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 *
 * @param until When the rotation is over at the latest; milliseconds since the epoch.
 */
export function ineligibility(keyArn: string, key: KeyState, until: number): Failure | undefined {
  return kindRefused(keyArn, key.metadata) ?? stateRefused(keyArn, key.metadata) ?? materialRefused(keyArn, key, until);
}

/** What a key is made for, and what never changes. */
function kindRefused(keyArn: string, metadata: KeyMetadata): Failure | undefined {
  const refuse = (code: string, why: string, wayOut: string) => ineligible(code, keyArn, why, wayOut);
  if (metadata.KeyManager === 'AWS') {
    return refuse('AwsManagedKey', 'it is an AWS managed key, which AWS alone rotates', 'Use a customer managed key.');
  }
  if (metadata.KeySpec !== 'SYMMETRIC_DEFAULT') {
    return refuse(
      'KeySpec',
      `its key spec is ${metadata.KeySpec ?? 'unknown'}, and KMS rotates SYMMETRIC_DEFAULT only`,
      'Replace the key by a new one, and point its users (an alias, say) to that.',
    );
  }
  if (metadata.KeyUsage !== 'ENCRYPT_DECRYPT') {
    return refuse('KeyUsage', `its key usage is ${metadata.KeyUsage ?? 'unknown'}, and KMS rotates ENCRYPT_DECRYPT only`, 'Replace the key by a new one.');
  }
  if (metadata.CustomKeyStoreId !== undefined || (metadata.Origin !== 'AWS_KMS' && metadata.Origin !== 'EXTERNAL')) {
    return refuse(
      'CustomKeyStore',
      `its material is in a custom key store (origin ${metadata.Origin ?? 'unknown'})`,
      'Replace the key by a new one of that store, and point its alias to it.',
    );
  }
  const multiRegion = metadata.MultiRegionConfiguration;
  if (multiRegion?.MultiRegionKeyType === 'REPLICA') {
    const primary = multiRegion.PrimaryKey;
    return refuse(
      'ReplicaKey',
      'it is a replica of a multi-Region key, and replicas follow their primary',
      `Rotate the primary, ${primary?.Arn ?? 'unknown'} in ${primary?.Region ?? 'an unknown Region'}.`,
    );
  }
  return undefined;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function stateRefused(keyArn: string, { KeyState: state, DeletionDate }: KeyMetadata): Failure | undefined {
  const refuse = (why: string, wayOut: string) => ineligible(`KeyState${state ?? 'Unknown'}`, keyArn, why, wayOut);
  switch (state) {
    case 'Enabled':
      return undefined;
    case 'Disabled':
      return refuse('it is disabled', 'Enable it (aws kms enable-key), then deploy again with the same rotation token.');
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return refuse(
        `it is scheduled for deletion${DeletionDate ? ` on ${DeletionDate.toISOString()}` : ''}`,
        'Cancel the deletion (aws kms cancel-key-deletion) and enable the key, or remove this rotation.',
      );
    case 'PendingImport':
      return refuse('its key material has not been imported, or has expired', 'Import it (aws kms import-key-material), then deploy again with the same rotation token.');
    default:
      return refuse(`its state is ${state ?? 'unknown'}`, 'Deploy again with the same rotation token when it is Enabled (aws kms describe-key).');
  }
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html#rotate-imported-key-material */
function materialRefused(keyArn: string, { metadata, pendingMaterial }: KeyState, until: number): Failure | undefined {
  if (metadata.Origin !== 'EXTERNAL') return undefined;
  const refuse = (code: string, why: string, wayOut: string) =>
    ineligible(code, keyArn, why, `${wayOut} Then deploy again with the same rotation token.`);
  const importNew = 'aws kms import-key-material --import-type NEW_KEY_MATERIAL';
  if (pendingMaterial === undefined) {
    return refuse('NoPendingMaterial', 'its key material is imported, and no new material is pending rotation', `Import new material (${importNew}).`);
  }
  if (pendingMaterial.KeyMaterialState !== 'PENDING_ROTATION') {
    return refuse(
      'PendingInReplicas',
      `its new key material ${pendingMaterial.KeyMaterialId ?? ''} has not been imported for every replica of the multi-Region key`,
      'Import the same material into each replica (aws kms import-key-material in its Region).',
    );
  }
  if (pendingMaterial.ImportState !== 'IMPORTED') {
    return refuse(
      'PendingMaterialNotImported',
      `its new key material ${pendingMaterial.KeyMaterialId ?? ''} is not imported any more`,
      'Import it again (aws kms import-key-material --import-type EXISTING_KEY_MATERIAL).',
    );
  }
  const { ValidTo } = pendingMaterial;
  if (ValidTo !== undefined && ValidTo.getTime() <= until) {
    return refuse(
      'PendingMaterialExpires',
      `its new key material ${pendingMaterial.KeyMaterialId ?? ''} expires at ${ValidTo.toISOString()}, before the rotation is sure to be over, and would take the key out of service`,
      'Import it again with a later expiry (aws kms import-key-material --import-type EXISTING_KEY_MATERIAL --valid-to …).',
    );
  }
  return undefined;
}

/**
 * Why the rotations that a key has left may not be spent on this one, if so. With nothing in reserve our count never
 * refuses: KMS's own limit stands above it.
 *
 * @param knownRotations How many the ledger records, where KMS's history may lag behind.
 */
export function budgetRefused(keyArn: string, key: KeyState, knownRotations: number, reserved: number): Failure | undefined {
  const used = Math.max(onDemandRotations(key).length + (key.rotating ? 1 : 0), knownRotations);
  return reserved > 0 && ROTATIONS_PER_KEY - used - 1 < reserved
    ? budgetReserved(keyArn, used, ROTATIONS_PER_KEY, reserved)
    : undefined;
}
