import type { Key } from '../../../../../local/kms/key';
import { ACCOUNT, OTHER_REGION, REGION, type ServicesOnTheWire } from '../../services-on-the-wire';
import {
  after,
  begun,
  created,
  type KmsRow,
  later,
  localStack,
  nothing,
  primary,
  refused,
  refusedKey,
  replica,
  replicated,
  rotated,
  row,
  stackd,
  type Subject,
} from './subjects';

const replicate =
  (ReplicaRegion: string): KmsRow['call'] =>
  (world, { keyId, region }) =>
    world.kms(region).replicateKey({ KeyId: keyId, ReplicaRegion });
const promote =
  (PrimaryRegion: string): KmsRow['call'] =>
  (world, { keyId, region }) =>
    world.kms(region).updatePrimaryRegion({ KeyId: keyId, PrimaryRegion });
const describe: KmsRow['call'] = async (world, { keyId, region }) => {
  const { KeyMetadata } = await world.kms(region).describeKey({ KeyId: keyId });
  const { Enabled, KeyState, CurrentKeyMaterialId, MultiRegionConfiguration } = KeyMetadata ?? {};
  return { Enabled, KeyState, CurrentKeyMaterialId, MultiRegionConfiguration };
};
const status: KmsRow['call'] = (world, { keyId, region }) => world.kms(region).getKeyRotationStatus({ KeyId: keyId });
const tag: KmsRow['call'] = (world, { keyId, region }) =>
  world.kms(region).tagResource({ KeyId: keyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] });
const untag: KmsRow['call'] = (world, { keyId, region }) =>
  world.kms(region).untagResource({ KeyId: keyId, TagKeys: ['a'] });

const call = (subject: Subject, made: KmsRow['call']): Subject => after(subject, (key, world) => made(world, key));
const disabledKey = (subject: Subject): Subject =>
  after(subject, (key) => {
    key.update({ enabled: false });
  });
const scheduled = (subject: Subject): Subject =>
  after(subject, (key) => {
    key.scheduleDeletion(7);
  });
/** A primary key after a change to its replica. */
const withReplica = (change: (key: Key) => void): Subject =>
  after(replicated(primary), ({ keyId }, { kmsService }) => {
    change(kmsService.key(OTHER_REGION, keyId));
  });

const waitsForReplicas = scheduled(replicated(primary));
const replicating = after(primary, (key) => key.replicate(OTHER_REGION));
const creatingReplica: Subject = async (world) => world.kmsService.key(OTHER_REGION, (await replicating(world)).keyId);
const promoted = call(replicated(primary), promote(OTHER_REGION));

const arnIn = (region: string, { keyId }: Key): string => `arn:aws:kms:${region}:${ACCOUNT}:key/${keyId}`;
const configuration = (key: Key, type: 'PRIMARY' | 'REPLICA', primaryRegion = REGION): object => {
  const replicaRegion = primaryRegion === REGION ? OTHER_REGION : REGION;
  return {
    MultiRegionKeyType: type,
    PrimaryKey: { Arn: arnIn(primaryRegion, key), Region: primaryRegion },
    ReplicaKeys: [{ Arn: arnIn(replicaRegion, key), Region: replicaRegion }],
  };
};
const DEFAULT_POLICY = `{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "arn:aws:iam::${ACCOUNT}:root"\n    },\n    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}`;

const replicaMetadata = (key: Key, { clock }: ServicesOnTheWire): object => ({
  AWSAccountId: ACCOUNT,
  KeyId: key.keyId,
  Arn: arnIn(OTHER_REGION, key),
  CreationDate: new Date(clock.now()),
  Enabled: false,
  Description: '',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Creating',
  Origin: 'AWS_KMS',
  KeyManager: 'CUSTOMER',
  CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
  KeySpec: 'SYMMETRIC_DEFAULT',
  EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
  MultiRegion: true,
  MultiRegionConfiguration: configuration(key, 'REPLICA'),
});

const aliasRefused = refused('InvalidArnException', 'Key Aliases are not supported for this operation.');
const onlyOne = refused(
  'AlreadyExistsException',
  'You can create only one replica of each primary key in each AWS Region.',
);
const notForReplicas = (operation: string): KmsRow['answer'] =>
  refusedKey('UnsupportedOperationException', ` is a multi-region replica key which is not valid for ${operation}.`);

export const multiRegionRows: readonly KmsRow[] = [
  row(
    'DescribeKey',
    'a primary key without replicas',
    primary,
    describe,
    (key) => ({
      Enabled: true,
      KeyState: 'Enabled',
      CurrentKeyMaterialId: key.currentMaterialId,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'PRIMARY',
        PrimaryKey: { Arn: key.arn, Region: REGION },
        ReplicaKeys: [],
      },
    }),
    stackd('multi_region', 'primary_initial'),
  ),
  row(
    'ReplicateKey',
    'into its own Region',
    primary,
    replicate(REGION),
    refused('ValidationException', `${REGION} cannot have a replica because it contains the primary.`),
    stackd('multi_region', 'replicate_region_us-east-1'),
  ),
  row(
    'ReplicateKey',
    'into another partition',
    primary,
    replicate('cn-north-1'),
    refused(
      'ValidationException',
      'The replica key Region must be in the same AWS partition as the primary key Region.',
    ),
    stackd('multi_region', 'replicate_region_cn-north-1'),
  ),
  row(
    'ReplicateKey',
    'into an invalid Region',
    primary,
    replicate('us-invalid-1'),
    refused(
      'ValidationException',
      'Region us-invalid-1 is not a valid Region or multi-Region keys are not supported in Region us-invalid-1.',
    ),
    stackd('multi_region', 'replicate_region_us-invalid-1'),
  ),
  row(
    'ReplicateKey',
    'into another Region',
    primary,
    replicate(OTHER_REGION),
    (key, world) => ({ ReplicaKeyMetadata: replicaMetadata(key, world), ReplicaPolicy: DEFAULT_POLICY }),
    stackd('multi_region', 'replicate_west'),
  ),
  row(
    'ReplicateKey',
    'into a Region that has a replica',
    replicated(primary),
    replicate(OTHER_REGION),
    onlyOne,
    stackd('multi_region', 'replicate_existing'),
  ),
  row(
    'ReplicateKey',
    'into a Region whose replica is pending deletion',
    withReplica((key) => {
      key.scheduleDeletion(7);
    }),
    replicate(OTHER_REGION),
    onlyOne,
    stackd('multi_region', 'replicate_deleting_replica'),
  ),
  row(
    'ReplicateKey',
    'a replica',
    replica(primary),
    replicate('us-west-2'),
    refusedKey('UnsupportedOperationException', ' is not a multi-region primary key.'),
    localStack('test_replicate_replica_key_should_fail'),
  ),
  row(
    'ReplicateKey',
    'a disabled primary key',
    disabledKey(primary),
    replicate(OTHER_REGION),
    refusedKey('DisabledException', ' is disabled.'),
    stackd('multi_region', 'replicate_disabled_primary'),
  ),
  row(
    'ReplicateKey',
    'a key without material',
    created({ multiRegion: true, origin: 'EXTERNAL' }),
    replicate(OTHER_REGION),
    refusedKey('KMSInvalidStateException', ' is pending import.'),
    stackd('imports_multi_region', 'replicate_pending_import'),
  ),
  row(
    'ReplicateKey',
    'an alias',
    primary,
    (world) => world.kms().replicateKey({ KeyId: 'alias/mine', ReplicaRegion: OTHER_REGION }),
    aliasRefused,
    stackd('multi_region', 'alias_replicate-key'),
  ),
  row(
    'DescribeKey',
    'a replica being created',
    creatingReplica,
    describe,
    (key) => ({ Enabled: false, KeyState: 'Creating', MultiRegionConfiguration: configuration(key, 'REPLICA') }),
    stackd('multi_region', 'replica_initial'),
  ),
  row(
    'DescribeKey',
    'a replica',
    replica(primary),
    describe,
    (key) => ({
      Enabled: true,
      KeyState: 'Enabled',
      CurrentKeyMaterialId: key.currentMaterialId,
      MultiRegionConfiguration: configuration(key, 'REPLICA'),
    }),
    stackd('multi_region', 'replica_ready_poll'),
  ),
  row(
    'GetKeyPolicy',
    'a replica',
    replica(primary),
    (world, { keyId, region }) => world.kms(region).getKeyPolicy({ KeyId: keyId }),
    () => ({ Policy: DEFAULT_POLICY, PolicyName: 'default' }),
    stackd('multi_region', 'replica_policy'),
  ),
  row(
    'ListResourceTags',
    'a replica',
    replica(created({ multiRegion: true, tags: { a: 'b' } })),
    (world, { keyId, region }) => world.kms(region).listResourceTags({ KeyId: keyId }),
    () => ({ Tags: [], Truncated: false }),
    stackd('multi_region', 'replica_tags'),
  ),
  row(
    'GetKeyRotationStatus',
    'a replica of a key that rotates automatically',
    replica(created({ multiRegion: true, enableKeyRotation: true, rotationPeriodInDays: 90 })),
    status,
    (key) => ({
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(key.kmsKey.automaticRotation.next),
    }),
    stackd('multi_region', 'replica_rotation'),
  ),
  row(
    'EnableKeyRotation',
    'a replica',
    replica(primary),
    (world, { keyId, region }) => world.kms(region).enableKeyRotation({ KeyId: keyId }),
    notForReplicas('EnableKeyRotation'),
    stackd('multi_region', 'replica_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'a replica',
    replica(primary),
    (world, { keyId, region }) => world.kms(region).disableKeyRotation({ KeyId: keyId }),
    notForReplicas('DisableKeyRotation'),
    stackd('multi_region', 'replica_disable-key-rotation'),
  ),
  row(
    'RotateKeyOnDemand',
    'a replica',
    replica(primary),
    (world, { keyId, region }) => world.kms(region).rotateKeyOnDemand({ KeyId: keyId }),
    notForReplicas('RotateKeyOnDemand'),
    stackd('multi_region', 'replica_rotate-key-on-demand'),
  ),
  row(
    'DescribeKey',
    'a replica whose primary key was rotated',
    async (world) => {
      const { keyId } = await rotated(replicated(primary))(world);
      return world.kmsService.key(OTHER_REGION, keyId);
    },
    describe,
    (key) => ({
      Enabled: true,
      KeyState: 'Enabled',
      CurrentKeyMaterialId: key.rotations[0]?.materialId,
      MultiRegionConfiguration: configuration(key, 'REPLICA'),
    }),
    stackd('multi_region', 'replica_rotation_sync_poll'),
  ),
  row(
    'Decrypt',
    'a ciphertext of the primary key, by the primary key’s ARN in the replica’s Region',
    replicated(primary),
    async (world, { keyId, arn }) => {
      const { CiphertextBlob } = await world.kms().encrypt({ KeyId: keyId, Plaintext: Buffer.from('x') });
      return world.kms(OTHER_REGION).decrypt({ CiphertextBlob, KeyId: arn });
    },
    refused(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
    stackd('multi_region', 'decrypt_replica_primary_arn'),
  ),
  row(
    'Decrypt',
    'a ciphertext of the primary key, by a replica while the primary key is disabled',
    replicated(primary),
    async (world, key) => {
      const { CiphertextBlob } = await world.kms().encrypt({ KeyId: key.keyId, Plaintext: Buffer.from('x') });
      key.update({ enabled: false });
      return world.kms(OTHER_REGION).decrypt({ CiphertextBlob });
    },
    (key) => ({
      KeyId: arnIn(OTHER_REGION, key),
      Plaintext: new Uint8Array(Buffer.from('x')),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      KeyMaterialId: key.currentMaterialId,
    }),
    stackd('multi_region', 'decrypt_replica_primary_disabled'),
  ),
  row(
    'UpdatePrimaryRegion',
    'the current primary Region',
    replicated(primary),
    promote(REGION),
    nothing,
    stackd('multi_region', 'update_primary_same'),
  ),
  row(
    'UpdatePrimaryRegion',
    'a Region without a replica',
    replicated(primary),
    promote('us-west-2'),
    refused('ValidationException', ({ keyId }) => `${keyId} does not have a replica key in the specified Region.`),
    stackd('multi_region', 'update_primary_missing'),
  ),
  row(
    'UpdatePrimaryRegion',
    'called on a replica',
    replica(primary),
    promote(OTHER_REGION),
    refusedKey('KMSInvalidStateException', ' is not a multi-Region primary key.'),
    stackd('multi_region', 'update_from_replica'),
  ),
  row(
    'UpdatePrimaryRegion',
    'an alias',
    primary,
    (world) => world.kms().updatePrimaryRegion({ KeyId: 'alias/mine', PrimaryRegion: OTHER_REGION }),
    aliasRefused,
    stackd('multi_region', 'alias_update-primary-region'),
  ),
  row(
    'UpdatePrimaryRegion',
    'a replica’s Region',
    replicated(primary),
    promote(OTHER_REGION),
    nothing,
    stackd('multi_region', 'promote_replica'),
  ),
  row(
    'UpdatePrimaryRegion',
    'the primary key is disabled',
    disabledKey(replicated(primary)),
    promote(OTHER_REGION),
    refusedKey('DisabledException', ' is disabled.'),
    stackd('multi_region', 'promote_disabled_primary'),
  ),
  row(
    'UpdatePrimaryRegion',
    'the replica is disabled',
    withReplica((key) => {
      key.update({ enabled: false });
    }),
    promote(OTHER_REGION),
    refused('DisabledException', (key) => `${arnIn(OTHER_REGION, key)} is disabled.`),
    stackd('multi_region', 'promote_disabled_replica'),
  ),
  row(
    'UpdatePrimaryRegion',
    'the replica is pending deletion',
    withReplica((key) => {
      key.scheduleDeletion(7);
    }),
    promote(OTHER_REGION),
    refused('KMSInvalidStateException', (key) => `${arnIn(OTHER_REGION, key)} is pending deletion.`),
    stackd('multi_region', 'promote_deleting_replica'),
  ),
  row(
    'DescribeKey',
    'the former primary key, right after the change',
    promoted,
    describe,
    (key) => ({
      Enabled: false,
      KeyState: 'Updating',
      CurrentKeyMaterialId: key.currentMaterialId,
      MultiRegionConfiguration: configuration(key, 'REPLICA', OTHER_REGION),
    }),
    stackd('multi_region', 'former_primary_updating'),
  ),
  row(
    'DescribeKey',
    'the former primary key, later',
    later(promoted, 1),
    describe,
    (key) => ({
      Enabled: true,
      KeyState: 'Enabled',
      CurrentKeyMaterialId: key.currentMaterialId,
      MultiRegionConfiguration: configuration(key, 'REPLICA', OTHER_REGION),
    }),
    stackd('multi_region', 'former_primary_final'),
  ),
  row(
    'ScheduleKeyDeletion',
    'a primary key with a replica',
    replicated(primary),
    (world, { keyId }) => world.kms().scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: 7 }),
    ({ arn }) => ({ KeyId: arn, KeyState: 'PendingReplicaDeletion', PendingWindowInDays: 7 }),
    stackd('multi_region', 'delete_primary_with_replica'),
  ),
  row(
    'GetKeyRotationStatus',
    'a primary key that waits for its replicas still shows automatic rotation',
    scheduled(replicated(created({ multiRegion: true, enableKeyRotation: true, rotationPeriodInDays: 90 }))),
    status,
    (key) => ({
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(key.kmsKey.automaticRotation.next),
    }),
    stackd('multi_region', 'deleting_rotation_us-west-2'),
  ),
  row(
    'GetKeyRotationStatus',
    'a replica that is pending deletion no longer shows automatic rotation',
    scheduled(replica(created({ multiRegion: true, enableKeyRotation: true, rotationPeriodInDays: 90 }))),
    status,
    ({ arn }) => ({ KeyId: arn, KeyRotationEnabled: false }),
    stackd('multi_region', 'deleting_rotation_us-east-1'),
  ),
  row(
    'TagResource',
    'a primary key that waits for its replicas',
    waitsForReplicas,
    tag,
    refusedKey('KMSInvalidStateException', ' is pending replica deletion.'),
    stackd('multi_region', 'tag_deleting_us-west-2'),
  ),
  row(
    'UntagResource',
    'a primary key that waits for its replicas',
    waitsForReplicas,
    untag,
    refusedKey('KMSInvalidStateException', ' is pending replica deletion.'),
    stackd('multi_region', 'untag_deleting_us-west-2'),
  ),
  row(
    'TagResource',
    'a replica that is pending deletion',
    scheduled(replica(primary)),
    tag,
    refusedKey('KMSInvalidStateException', ' is pending deletion.'),
    stackd('multi_region', 'tag_deleting_us-east-1'),
  ),
  row(
    'PutKeyPolicy',
    'a replica that is pending deletion',
    scheduled(replica(primary)),
    (world, { keyId, region }) => world.kms(region).putKeyPolicy({ KeyId: keyId, Policy: '{}' }),
    nothing,
    stackd('multi_region', 'put_deleting_policy_us-east-1'),
  ),
  row(
    'RotateKeyOnDemand',
    'new material that no replica has',
    after(
      replicated(after(created({ multiRegion: true, origin: 'EXTERNAL' }), (key) => key.importMaterial('first'))),
      (key) => key.importMaterial('second', { importType: 'NEW_KEY_MATERIAL' }),
    ),
    (world, { keyId }) => world.kms().rotateKeyOnDemand({ KeyId: keyId }),
    refused(
      'KMSInvalidStateException',
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
    ),
    stackd('imports_multi_region', 'rotate_before_replica_import'),
  ),
  row(
    'GetKeyRotationStatus',
    'a primary key whose rotation is in progress',
    begun(replicated(primary)),
    status,
    ({ arn }, { clock }) => ({
      KeyId: arn,
      KeyRotationEnabled: false,
      OnDemandRotationStartDate: new Date(clock.now()),
    }),
    stackd('multi_region', 'rotation_complete_poll'),
  ),
];
