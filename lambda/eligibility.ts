import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import { type Failure, budgetReserved, ineligible } from './failures';
import { type KeyState, onDemandRotations } from './key-state';

const SAME_TOKEN = 'then deploy again with the same rotation token.';
/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys-manually.html */
const BY_HAND =
  'Make a new key and point its users to that (an alias can move: aws kms update-alias), or remove this rotation.';

/**
 * Why a key cannot be rotated on demand, if it cannot: the first row of the table in docs/eligibility.md that applies. KMS itself
 * would answer some of these calls with an empty message, and would accept a rotation to expired material, which puts the key
 * out of service.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 *
 * @param until When the rotation is over at the latest; milliseconds since the epoch.
 */
export function ineligibility(keyArn: string, key: KeyState, until: number): Failure | undefined {
  return (
    unfitKind(keyArn, key.metadata) ??
    replicaRefused(keyArn, key.metadata) ??
    stateRefused(keyArn, key.metadata) ??
    materialRefused(keyArn, key, until)
  );
}

/** Why no key of this kind can ever be rotated on demand, if so. */
export function unfitKind(
  keyArn: string,
  { KeyManager, KeySpec, KeyUsage, CustomKeyStoreId, Origin }: KeyMetadata,
): Failure | undefined {
  if (KeyManager === 'AWS') {
    return ineligible(
      'AwsManagedKey',
      keyArn,
      'it is an AWS managed key, which AWS alone rotates',
      'Use a customer managed key.',
    );
  }
  if (KeySpec !== 'SYMMETRIC_DEFAULT') {
    return ineligible(
      'KeySpec',
      keyArn,
      `its key spec is ${KeySpec ?? 'unknown'}, and KMS rotates SYMMETRIC_DEFAULT only`,
      BY_HAND,
    );
  }
  if (KeyUsage !== 'ENCRYPT_DECRYPT') {
    return ineligible(
      'KeyUsage',
      keyArn,
      `its key usage is ${KeyUsage ?? 'unknown'}, and KMS rotates ENCRYPT_DECRYPT only`,
      BY_HAND,
    );
  }
  if (CustomKeyStoreId !== undefined || (Origin !== 'AWS_KMS' && Origin !== 'EXTERNAL')) {
    return ineligible(
      'CustomKeyStore',
      keyArn,
      `it is in a custom key store (origin ${Origin ?? 'unknown'}), and KMS rotates no key there`,
      BY_HAND,
    );
  }
  return undefined;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
function replicaRefused(keyArn: string, { MultiRegionConfiguration }: KeyMetadata): Failure | undefined {
  if (MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA') {
    const { Arn = 'unknown', Region = 'an unknown Region' } = MultiRegionConfiguration.PrimaryKey ?? {};
    const wayOut = `Pass the primary to this rotation: ${Arn} in ${Region}.`;
    return ineligible(
      'ReplicaKey',
      keyArn,
      'it is a replica of a multi-Region key, and replicas follow their primary',
      wayOut,
    );
  }
  return undefined;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function stateRefused(keyArn: string, { KeyState: state, DeletionDate }: KeyMetadata): Failure | undefined {
  switch (state) {
    case 'Enabled':
      return undefined;
    case 'Disabled':
      return ineligible(
        'KeyDisabled',
        keyArn,
        'it is disabled',
        `Enable it (${command('enable-key', keyArn)}), ${SAME_TOKEN}`,
      );
    case 'PendingDeletion':
    case 'PendingReplicaDeletion': {
      const when = DeletionDate ? ` on ${DeletionDate.toISOString()}` : '';
      const wayOut = `Cancel the deletion and enable it (${command('cancel-key-deletion', keyArn)}, the same with enable-key), ${SAME_TOKEN} Or remove this rotation.`;
      return ineligible('KeyPendingDeletion', keyArn, `it is scheduled for deletion${when}`, wayOut);
    }
    case 'PendingImport':
      return ineligible(
        'KeyPendingImport',
        keyArn,
        'key material that it needs has not been imported, has expired or has been deleted',
        `See which (${command('list-key-rotations', keyArn)} --include-key-material ALL_KEY_MATERIAL), import it (${importCommand(keyArn)}), ${SAME_TOKEN}`,
      );
    default: {
      const wayOut = `Wait until it is Enabled (${command('describe-key', keyArn)}), ${SAME_TOKEN}`;
      return ineligible('KeyNotReady', keyArn, `its state is ${state ?? 'unknown'}`, wayOut);
    }
  }
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html#rotate-imported-key-material */
function materialRefused(keyArn: string, { metadata, pendingMaterial }: KeyState, until: number): Failure | undefined {
  if (metadata.Origin !== 'EXTERNAL') return undefined;
  if (pendingMaterial === undefined) {
    return ineligible(
      'NoPendingMaterial',
      keyArn,
      'its key material is imported, and no new material is waiting to be rotated in',
      `Import new material (${importCommand(keyArn, '--import-type NEW_KEY_MATERIAL')}), ${SAME_TOKEN}`,
    );
  }
  return pendingRefused(keyArn, pendingMaterial, metadata, until);
}

function pendingRefused(
  keyArn: string,
  pending: RotationsListEntry,
  metadata: KeyMetadata,
  until: number,
): Failure | undefined {
  const { KeyMaterialId = 'unknown', KeyMaterialState, ImportState, ValidTo } = pending;
  const name = `its new key material ${KeyMaterialId}`;
  const again = importCommand(keyArn, `--import-type EXISTING_KEY_MATERIAL --key-material-id ${KeyMaterialId}`);
  if (KeyMaterialState !== 'PENDING_ROTATION') {
    const replicas = metadata.MultiRegionConfiguration?.ReplicaKeys?.map(({ Arn = 'unknown' }) => Arn).join(', ') ?? '';
    return ineligible(
      'PendingInPrimaryOnly',
      keyArn,
      `${name} is not imported into every replica (${replicas})`,
      `Import the same material into each that lacks it, by its ARN and Region (${again}), ${SAME_TOKEN}`,
    );
  }
  if (ImportState !== 'IMPORTED') {
    const why = `${name} is not imported: it has expired or has been deleted`;
    return ineligible(
      'PendingMaterialNotImported',
      keyArn,
      why,
      `Import the same material again (${again}), ${SAME_TOKEN}`,
    );
  }
  if (ValidTo !== undefined && ValidTo.getTime() <= until) {
    return ineligible(
      'PendingMaterialExpires',
      keyArn,
      `${name} is valid until ${ValidTo.toISOString()} only, when the rotation may not be over yet, and an expired one would put the key out of service`,
      `Import the same material again with a later end or none (${again}), ${SAME_TOKEN}`,
    );
  }
  return undefined;
}

/** A command that can be pasted into a shell. */
function command(name: string, keyArn: string): string {
  return `aws kms ${name} --region ${keyArn.split(':')[3] ?? ''} --key-id ${keyArn}`;
}

/** The import token goes with a wrapping key that KMS gives with it. */
function importCommand(keyArn: string, terms?: string): string {
  const files =
    '--import-token fileb://token --encrypted-key-material fileb://material --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE';
  return `${command('import-key-material', keyArn)} ${terms === undefined ? '' : `${terms} `}${files}, after aws kms get-parameters-for-import`;
}

/**
 * Why the rotations that a key has left may not be spent on this one, if so. With nothing in reserve our count never
 * refuses: KMS's own limit stands above it.
 *
 * @param knownRotations How many the ledger records, where KMS's history may lag behind.
 */
export function budgetRefused(
  keyArn: string,
  key: KeyState,
  knownRotations: number,
  reserved: number,
): Failure | undefined {
  const used = Math.max(onDemandRotations(key).length + (key.rotating ? 1 : 0), knownRotations);
  return reserved > 0 && ROTATIONS_PER_KEY - used - 1 < reserved
    ? budgetReserved(keyArn, used, ROTATIONS_PER_KEY, reserved)
    : undefined;
}
