import { wireMoment } from '../wire/input';
import { isInCustomKeyStore, isReplica, isSymmetric, type KmsKey, type RegionalKey } from './kms-key';
import type { Located } from './key-ring';
import { describeAlgorithms } from './key-specs';

/** What DescribeKey tells of a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html */
export function keyMetadata({ family, member, state }: Located, accountId: string): object {
  return {
    AWSAccountId: accountId,
    KeyId: family.keyId,
    Arn: member.arn,
    CreationDate: wireMoment(member.createdAt),
    Enabled: state === 'Enabled',
    Description: member.description,
    KeyUsage: family.keyUsage,
    KeyState: state,
    Origin: family.origin,
    KeyManager: family.manager,
    CustomerMasterKeySpec: family.keySpec,
    KeySpec: family.keySpec,
    ...describeAlgorithms(family.keySpec, family.keyUsage),
    MultiRegion: family.multiRegion,
    ...(family.multiRegion && { MultiRegionConfiguration: multiRegionConfiguration(family, member) }),
    ...describeDeletion(member),
    ...describeKeyStore(family),
    ...(family.origin === 'EXTERNAL' && state !== 'PendingImport' && describeExpiry(family, member)),
    ...(isSymmetric(family) && !isInCustomKeyStore(family) && { CurrentKeyMaterialId: family.materials.at(-1)?.id }),
  };
}

function multiRegionConfiguration(family: KmsKey, member: RegionalKey): object {
  const key = ({ arn, region }: RegionalKey): object => ({ Arn: arn, Region: region });
  const primary = family.members[family.primaryRegion];
  const replicas = Object.values(family.members).filter((other) => isReplica(family, other));
  return {
    MultiRegionKeyType: isReplica(family, member) ? 'REPLICA' : 'PRIMARY',
    PrimaryKey: primary && key(primary),
    ReplicaKeys: replicas.map(key),
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

/** The earliest expiry of any material that is the key's for good. */
function describeExpiry(family: KmsKey, member: RegionalKey): object {
  const expiries = family.materials.flatMap(({ id }) => member.imports[id]?.validTo ?? []);
  return expiries.length === 0
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: wireMoment(Math.min(...expiries)) };
}
