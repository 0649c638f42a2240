import { wireMoment } from '../wire/input';
import { isInCustomKeyStore, isReplica, isSymmetric, type KmsKey, type RegionalKey } from './kms-key';
import type { KeyInRegion } from './account-keys';
import { describeAlgorithms } from './key-specs';

/** The result of DescribeKey. https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html */
export function keyMetadata({ key, regional, state }: KeyInRegion, accountId: string): object {
  return {
    AWSAccountId: accountId,
    KeyId: key.keyId,
    Arn: regional.arn,
    CreationDate: wireMoment(regional.createdAt),
    Enabled: state === 'Enabled',
    Description: regional.description,
    KeyUsage: key.keyUsage,
    KeyState: state,
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...describeAlgorithms(key.keySpec, key.keyUsage),
    MultiRegion: key.multiRegion,
    ...(key.multiRegion && { MultiRegionConfiguration: multiRegionConfiguration(key, regional) }),
    ...describeDeletion(regional),
    ...describeKeyStore(key),
    ...(key.origin === 'EXTERNAL' && state !== 'PendingImport' && describeExpiry(key, regional)),
    ...(isSymmetric(key) &&
      !isInCustomKeyStore(key) &&
      state !== 'Creating' && { CurrentKeyMaterialId: key.materials.at(-1)?.id }),
  };
}

function multiRegionConfiguration(key: KmsKey, regional: RegionalKey): object {
  const reference = ({ arn, region }: RegionalKey): object => ({ Arn: arn, Region: region });
  const primary = key.regionalKeys[key.primaryRegion];
  const replicas = Object.values(key.regionalKeys).filter((other) => isReplica(key, other));
  return {
    MultiRegionKeyType: isReplica(key, regional) ? 'REPLICA' : 'PRIMARY',
    PrimaryKey: primary && reference(primary),
    ReplicaKeys: replicas.map(reference),
  };
}

function describeDeletion({ deletion }: RegionalKey): object {
  if (!deletion) {
    return {};
  }
  return deletion.date === undefined
    ? { PendingDeletionWindowInDays: deletion.windowInDays }
    : { DeletionDate: wireMoment(deletion.date) };
}

function describeKeyStore({ origin, customKeyStoreId, xksKeyId }: KmsKey): object {
  switch (origin) {
    case 'AWS_CLOUDHSM':
      return { CustomKeyStoreId: customKeyStoreId, CloudHsmClusterId: 'cluster-1a23b4cdefg' };
    case 'EXTERNAL_KEY_STORE':
      return { CustomKeyStoreId: customKeyStoreId, XksKeyConfiguration: { Id: xksKeyId } };
    default:
      return {};
  }
}

/** The earliest expiry of any permanently associated material. */
function describeExpiry(key: KmsKey, regional: RegionalKey): object {
  const expiries = key.materials.flatMap(({ id }) => regional.imports[id]?.validTo ?? []);
  return expiries.length === 0
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: wireMoment(Math.min(...expiries)) };
}
