/** Keys, aliases, key stores and ciphertexts beyond what the recordings cover. */
import type { CreateKeyCommandInput, KeyMetadata, KMS } from '@aws-sdk/client-kms';
import { ACCOUNT, DAY, MINUTE, OTHER_REGION, refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let kms: KMS;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
});

afterAll(() => wire.stop());

async function create(
  input: CreateKeyCommandInput = {},
  client = kms,
): Promise<KeyMetadata & { KeyId: string; Arn: string }> {
  const { KeyMetadata } = await client.createKey(input);
  return { ...KeyMetadata, KeyId: KeyMetadata?.KeyId ?? '', Arn: KeyMetadata?.Arn ?? '' };
}

const describeKey = async (KeyId: string, client = kms): Promise<KeyMetadata | undefined> =>
  (await client.describeKey({ KeyId })).KeyMetadata;

describe('a new key', () => {
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

  test('needs a key store of its origin', async () => {
    const stored = { Origin: 'AWS_CLOUDHSM' } as const;
    expect(await refusal(create(stored))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(create({ ...stored, CustomKeyStoreId: 'cks-0' }))).toMatchObject({
      name: 'CustomKeyStoreNotFoundException',
    });
  });

  test('is listed in its Region only, in pages', async () => {
    const elsewhere = wire.kms('ap-southeast-2');
    const made = [await create({}, elsewhere), await create({}, elsewhere), await create({}, elsewhere)];
    const first = await elsewhere.listKeys({ Limit: 2 });
    const second = await elsewhere.listKeys({ Limit: 2, Marker: first.NextMarker });
    expect([...(first.Keys ?? []), ...(second.Keys ?? [])].map(({ KeyId }) => KeyId)).toEqual(
      made.map(({ KeyId }) => KeyId),
    );
    expect([first.Truncated, second.Truncated]).toEqual([true, false]);
  });
});

test('a key can be disabled, enabled, scheduled for deletion, kept, and finally deleted', async () => {
  const { KeyId, Arn } = await create();
  await kms.disableKey({ KeyId });
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
  await kms.enableKey({ KeyId });
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Enabled' });

  const DeletionDate = new Date(wire.clock.now() + 7 * DAY);
  const deletion = { KeyId: Arn, KeyState: 'PendingDeletion', PendingWindowInDays: 7, DeletionDate };
  expect(await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })).toMatchObject(deletion);
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate });
  await kms.cancelKeyDeletion({ KeyId });
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled' });

  await kms.scheduleKeyDeletion({ KeyId });
  wire.clock.pass(30 * DAY);
  expect(await refusal(describeKey(KeyId))).toEqual({
    name: 'NotFoundException',
    message: `Key '${Arn}' does not exist`,
  });
});

describe('a key cannot be addressed', () => {
  const absent = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

  test.each([
    [`arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`, 'InvalidArnException'],
    ['arn:aws:s3:::bucket', 'InvalidArnException'],
    [absent.replace(REGION, OTHER_REGION), 'NotFoundException'],
    [absent.replace(ACCOUNT, '111122223333'), 'AccessDeniedException'],
  ])('by %s', async (KeyId, name) => {
    const calls = [kms.rotateKeyOnDemand({ KeyId }), kms.getKeyRotationStatus({ KeyId })];
    expect(await Promise.all(calls.map(refusal))).toMatchObject([{ name }, { name }]);
  });
});

describe('an alias', () => {
  const AliasName = 'alias/mine';

  test('names a key for DescribeKey by name and by ARN, and can be moved and deleted', async () => {
    const [one, other] = [await create(), await create()];
    await kms.createAlias({ AliasName, TargetKeyId: one.KeyId });
    expect(await describeKey(AliasName)).toMatchObject({ Arn: one.Arn });

    await kms.updateAlias({ AliasName, TargetKeyId: other.Arn });
    expect(await describeKey(`arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName}`)).toMatchObject({ Arn: other.Arn });
    const aliasesOf = async ({ KeyId }: { KeyId: string }): Promise<(string | undefined)[]> =>
      ((await kms.listAliases({ KeyId })).Aliases ?? []).map((each) => each.AliasName);
    expect([await aliasesOf(one), await aliasesOf(other)]).toEqual([[], [AliasName]]);

    await kms.deleteAlias({ AliasName });
    expect(await refusal(describeKey(AliasName))).toMatchObject({ name: 'NotFoundException' });
  });

  test('belongs to one key at a time, and moves only to a key of the same type', async () => {
    const { KeyId } = await create();
    const hmac = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const toHmac = { AliasName: 'alias/taken', TargetKeyId: hmac.KeyId };
    await kms.createAlias({ ...toHmac, TargetKeyId: KeyId });
    expect(await refusal(kms.createAlias(toHmac))).toMatchObject({ name: 'AlreadyExistsException' });
    expect(await refusal(kms.updateAlias(toHmac))).toMatchObject({ name: 'ValidationException' });
  });

  test('of an AWS service creates an AWS managed key that cannot be changed', async () => {
    const described = await describeKey('alias/aws/ebs');
    expect(described).toMatchObject({ KeyManager: 'AWS' });
    expect(await describeKey('alias/aws/ebs')).toEqual(described);
    expect(await refusal(kms.disableKey({ KeyId: described?.KeyId }))).toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a multi-Region key', () => {
  test('is deleted after its replicas, and no longer rotates', async () => {
    const { KeyId } = await create({ MultiRegion: true });
    await kms.replicateKey({ KeyId, ReplicaRegion: OTHER_REGION });
    wire.clock.pass(MINUTE);
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 7,
    });
    expect(await refusal(kms.rotateKeyOnDemand({ KeyId }))).toMatchObject({ name: 'KMSInvalidStateException' });

    await wire.kms(OTHER_REGION).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    wire.clock.pass(8 * DAY);
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: 'PendingDeletion',
      DeletionDate: new Date(wire.clock.now() + 6 * DAY),
    });
    wire.clock.pass(6 * DAY);
    expect(await refusal(describeKey(KeyId))).toMatchObject({ name: 'NotFoundException' });
  });

  test('rotates in its new primary Region once UpdatePrimaryRegion is done', async () => {
    const { KeyId } = await create({ MultiRegion: true });
    await kms.replicateKey({ KeyId, ReplicaRegion: OTHER_REGION });
    wire.clock.pass(MINUTE);
    await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: OTHER_REGION });
    const elsewhere = wire.kms(OTHER_REGION);
    expect(await refusal(elsewhere.rotateKeyOnDemand({ KeyId }))).toMatchObject({ name: 'KMSInvalidStateException' });
    wire.clock.pass(MINUTE);
    expect(await refusal(kms.rotateKeyOnDemand({ KeyId }))).toMatchObject({ name: 'UnsupportedOperationException' });
    await elsewhere.rotateKeyOnDemand({ KeyId });
  });
});

test('a disconnected custom key store makes its keys unavailable', async () => {
  const { CustomKeyStoreId } = await kms.createCustomKeyStore({ CustomKeyStoreName: 'hsm' });
  await kms.connectCustomKeyStore({ CustomKeyStoreId });
  const { KeyId, CurrentKeyMaterialId } = await create({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
  expect(CurrentKeyMaterialId).toBeUndefined();
  await kms.disconnectCustomKeyStore({ CustomKeyStoreId });
  expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Unavailable', CustomKeyStoreId });
});

test('a ciphertext from before a rotation still decrypts, and shows its material', async () => {
  const EncryptionContext = { purpose: 'test', tenant: 'a' };
  const { KeyId, CurrentKeyMaterialId } = await create();
  const { CiphertextBlob, Plaintext } = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext });
  await kms.rotateKeyOnDemand({ KeyId });
  wire.clock.pass(DAY);

  const reordered = { tenant: 'a', purpose: 'test' };
  expect(await kms.decrypt({ CiphertextBlob, EncryptionContext: reordered })).toMatchObject({
    Plaintext,
    KeyMaterialId: CurrentKeyMaterialId,
  });
  expect((await describeKey(KeyId))?.CurrentKeyMaterialId).not.toBe(CurrentKeyMaterialId);
});

test('description and policy can be changed and read', async () => {
  const { KeyId } = await create({ Description: 'old' });
  await kms.updateKeyDescription({ KeyId, Description: 'new' });
  await kms.putKeyPolicy({ KeyId, Policy: '{"Statement":[]}' });
  expect((await describeKey(KeyId))?.Description).toBe('new');
  expect((await kms.getKeyPolicy({ KeyId })).Policy).toBe('{"Statement":[]}');
});

test('an unsupported operation is refused by name', async () => {
  expect(await refusal(kms.generateRandom({ NumberOfBytes: 1 }))).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('GenerateRandom') as string,
  });
});
