import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  type KeyMetadata,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { ACCOUNT, DAY, ServicesOnTheWire, MINUTE, OTHER_REGION, refusal, REGION } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let kms: KMSClient;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
});

afterEach(() => wire.stop());

async function create(input: CreateKeyCommandInput = {}): Promise<KeyMetadata & { KeyId: string; Arn: string }> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  return { ...KeyMetadata, KeyId: KeyMetadata?.KeyId ?? '', Arn: KeyMetadata?.Arn ?? '' };
}

const describeKey = async (KeyId: string, client = kms): Promise<KeyMetadata | undefined> =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

describe('a new key', () => {
  test('is described as KMS does it', async () => {
    const { KeyId } = await create({ Description: 'mine' });
    expect(await describeKey(KeyId)).toEqual({
      AWSAccountId: ACCOUNT,
      KeyId,
      Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`,
      CreationDate: new Date(wire.clock.now()),
      Enabled: true,
      Description: 'mine',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test.each<[CreateKeyCommandInput, Partial<KeyMetadata>]>([
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, { MacAlgorithms: ['HMAC_SHA_256'] }],
    [
      { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
      { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] },
    ],
    [{ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' }, { SigningAlgorithms: ['ECDSA_SHA_384'] }],
    [{ KeySpec: 'ECC_NIST_P521', KeyUsage: 'KEY_AGREEMENT' }, { KeyAgreementAlgorithms: ['ECDH'] }],
  ])('of %j has no material that rotates', async (input, expected) => {
    const described = await create(input);
    expect(described).toMatchObject({ ...input, ...expected });
    expect(described.CurrentKeyMaterialId).toBeUndefined();
  });

  test.each<[CreateKeyCommandInput, string, string]>([
    [
      { KeySpec: 'RSA_2048' },
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' },
      'ValidationException',
      'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256',
    ],
    [{ Origin: 'AWS_CLOUDHSM' }, 'ValidationException', 'Origin AWS_CLOUDHSM needs a CustomKeyStoreId.'],
    [{ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-0' }, 'CustomKeyStoreNotFoundException', 'cks-0 does not exist.'],
  ])('cannot be made of %j', async (input, name, message) => {
    expect(await refusal(create(input))).toEqual({ name, message });
  });

  test('is listed in its Region only, in pages', async () => {
    const made = [(await create()).KeyId, (await create()).KeyId, (await create()).KeyId];
    const first = await kms.send(new ListKeysCommand({ Limit: 2 }));
    const second = await kms.send(new ListKeysCommand({ Limit: 2, Marker: first.NextMarker }));
    expect([...(first.Keys ?? []), ...(second.Keys ?? [])].map(({ KeyId }) => KeyId)).toEqual(made);
    expect([first.Truncated, second.Truncated]).toEqual([true, false]);
    expect((await wire.kms(OTHER_REGION).send(new ListKeysCommand({}))).Keys).toEqual([]);
  });
});

test('a key is disabled, enabled, scheduled for deletion, spared, and in the end deleted', async () => {
  const { KeyId, Arn } = await create();
  await kms.send(new DisableKeyCommand({ KeyId }));
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
  await kms.send(new EnableKeyCommand({ KeyId }));
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Enabled' });

  const DeletionDate = new Date(wire.clock.now() + 7 * DAY);
  expect(await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))).toMatchObject({
    KeyId: Arn,
    KeyState: 'PendingDeletion',
    PendingWindowInDays: 7,
    DeletionDate,
  });
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate });
  expect(await refusal(kms.send(new EnableKeyCommand({ KeyId })))).toEqual({
    name: 'KMSInvalidStateException',
    message: `${Arn} is pending deletion.`,
  });
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled' });

  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  wire.clock.pass(30 * DAY);
  expect(await refusal(describeKey(KeyId))).toEqual({
    name: 'NotFoundException',
    message: `Key '${Arn}' does not exist`,
  });
});

describe('an alias', () => {
  const AliasName = 'alias/mine';

  test('names a key for DescribeKey, by name and by ARN, moves, and goes', async () => {
    const [one, other] = [await create(), await create()];
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: one.KeyId }));
    expect(await describeKey(AliasName)).toMatchObject({ Arn: one.Arn });

    await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: other.Arn }));
    expect(await describeKey(`arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName}`)).toMatchObject({ Arn: other.Arn });
    expect((await kms.send(new ListAliasesCommand({ KeyId: other.KeyId }))).Aliases).toMatchObject([
      { AliasName, TargetKeyId: other.KeyId },
    ]);
    expect((await kms.send(new ListAliasesCommand({ KeyId: one.KeyId }))).Aliases).toEqual([]);

    await kms.send(new DeleteAliasCommand({ AliasName }));
    expect(await refusal(describeKey(AliasName))).toEqual({
      name: 'NotFoundException',
      message: `Alias arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName} is not found.`,
    });
  });

  test('is one key’s at a time, and moves only to its like', async () => {
    const { KeyId } = await create();
    const hmac = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    expect(await refusal(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: hmac.KeyId })))).toMatchObject({
      name: 'AlreadyExistsException',
    });
    expect(await refusal(kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: hmac.KeyId })))).toMatchObject({
      name: 'ValidationException',
    });
  });

  test('of an AWS service brings an AWS managed key that nobody changes', async () => {
    const described = await describeKey('alias/aws/ebs');
    expect(described).toMatchObject({ KeyManager: 'AWS' });
    expect(await describeKey('alias/aws/ebs')).toEqual(described);
    expect(await refusal(kms.send(new DisableKeyCommand({ KeyId: described?.KeyId })))).toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('a multi-Region key', () => {
  test('shares ID, material and rotations with its replica, which waits with nothing', async () => {
    const { KeyId, Arn } = await create({ MultiRegion: true });
    expect(KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    const { ReplicaKeyMetadata: made } = await kms.send(
      new ReplicateKeyCommand({ KeyId, ReplicaRegion: OTHER_REGION }),
    );
    expect(made).toMatchObject({ KeyId, KeyState: 'Creating' });
    wire.clock.pass(MINUTE);
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    wire.clock.pass(10 * MINUTE);

    const primary = await describeKey(KeyId);
    const replica = await describeKey(KeyId, wire.kms(OTHER_REGION));
    const MultiRegionConfiguration = {
      PrimaryKey: { Arn, Region: REGION },
      ReplicaKeys: [{ Arn: made?.Arn, Region: OTHER_REGION }],
    };
    expect(primary).toMatchObject({
      MultiRegionConfiguration: { ...MultiRegionConfiguration, MultiRegionKeyType: 'PRIMARY' },
    });
    expect(replica).toMatchObject({
      MultiRegionConfiguration: { ...MultiRegionConfiguration, MultiRegionKeyType: 'REPLICA' },
    });
    expect(replica?.CurrentKeyMaterialId).toBe(primary?.CurrentKeyMaterialId);
    expect(wire.kmsService.key(OTHER_REGION, KeyId).rotations).toHaveLength(1);
  });

  test('is deleted after its replicas', async () => {
    const { KeyId } = await create({ MultiRegion: true });
    await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: OTHER_REGION }));
    wire.clock.pass(MINUTE);
    const { DeletionDate } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(DeletionDate).toBeUndefined();
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 7,
    });

    await wire.kms(OTHER_REGION).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    wire.clock.pass(8 * DAY);
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: 'PendingDeletion',
      DeletionDate: new Date(wire.clock.now() + 6 * DAY),
    });
    wire.clock.pass(6 * DAY);
    expect(await refusal(describeKey(KeyId))).toMatchObject({ name: 'NotFoundException' });
  });

  test('has another primary after UpdatePrimaryRegion, and is Updating for a while', async () => {
    const { KeyId, Arn } = await create({ MultiRegion: true });
    await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: OTHER_REGION }));
    wire.clock.pass(MINUTE);
    await kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: OTHER_REGION }));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Updating' });
    expect(await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })))).toMatchObject({
      name: 'KMSInvalidStateException',
    });
    wire.clock.pass(MINUTE);
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: 'Enabled',
      MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' },
    });
    expect(await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })))).toEqual({
      name: 'UnsupportedOperationException',
      message: `${Arn} is a multi-region replica key which is not valid for RotateKeyOnDemand.`,
    });
  });
});

test('a custom key store that is disconnected makes its keys unavailable', async () => {
  const { CustomKeyStoreId } = await kms.send(new CreateCustomKeyStoreCommand({ CustomKeyStoreName: 'hsm' }));
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  const { KeyId, CurrentKeyMaterialId } = await create({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
  expect(CurrentKeyMaterialId).toBeUndefined();
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Unavailable', CustomKeyStoreId });
});

describe('encryption', () => {
  const EncryptionContext = { purpose: 'test', tenant: 'a' };

  test('from before a rotation still decrypts, and tells its material', async () => {
    const { KeyId, CurrentKeyMaterialId } = await create();
    const { CiphertextBlob, Plaintext } = await kms.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
    );
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    wire.clock.pass(DAY);

    const decrypted = await kms.send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { tenant: 'a', purpose: 'test' } }),
    );
    expect(decrypted).toMatchObject({ Plaintext, KeyMaterialId: CurrentKeyMaterialId });
    expect((await describeKey(KeyId))?.CurrentKeyMaterialId).not.toBe(CurrentKeyMaterialId);
  });

  test('is refused with another context, by another key, and by a disabled one', async () => {
    const { KeyId, Arn } = await create();
    const other = await create();
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext }),
    );
    expect(await refusal(kms.send(new DecryptCommand({ CiphertextBlob })))).toEqual({
      name: 'InvalidCiphertextException',
      message: '',
    });
    expect(
      await refusal(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other.KeyId }))),
    ).toMatchObject({
      name: 'IncorrectKeyException',
    });
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await refusal(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })))).toEqual({
      name: 'DisabledException',
      message: `${Arn} is disabled.`,
    });
  });
});

test('description, policy and tags can be changed and read', async () => {
  const { KeyId } = await create({ Tags: [{ TagKey: 'a', TagValue: '1' }] });
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }));
  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] }));
  await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }));
  expect(JSON.parse((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? '')).toMatchObject({
    Id: 'key-default-1',
  });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: '{"Statement":[]}' }));

  expect((await describeKey(KeyId))?.Description).toBe('new');
  expect((await kms.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([{ TagKey: 'b', TagValue: '2' }]);
  expect((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe('{"Statement":[]}');
});

test.each<CreateKeyCommandInput>([{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, { Origin: 'EXTERNAL' }])(
  'automatic rotation is not for a key of %j',
  async (input) => {
    const { KeyId } = await create(input);
    expect(await refusal(kms.send(new EnableKeyRotationCommand({ KeyId })))).toMatchObject({
      name: 'UnsupportedOperationException',
    });
  },
);

test('an operation that is not played is refused by name', async () => {
  const refused = await refusal(kms.send(new GenerateRandomCommand({ NumberOfBytes: 1 })));
  expect(refused).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('GenerateRandom') as string,
  });
});
