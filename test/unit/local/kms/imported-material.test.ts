import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  type RotationsListEntry,
} from '@aws-sdk/client-kms';
import type { Key } from '../../../../local/kms/key';
import { DAY, ServicesOnTheWire, MINUTE, OTHER_REGION, refusal, REGION } from '../services-on-the-wire';

const ROTATION_TIME = 2 * MINUTE;
const LASTING = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const NEW = { ...LASTING, ImportType: 'NEW_KEY_MATERIAL' } as const;

let wire: ServicesOnTheWire;
let kms: KMSClient;
let key: Key;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
  key = wire.kmsService.createKey(REGION, { origin: 'EXTERNAL' });
});

afterEach(() => wire.stop());

async function importMaterial(
  material: Buffer,
  terms: Partial<ImportKeyMaterialCommandInput>,
): Promise<string | undefined> {
  const parameters = {
    KeyId: key.keyId,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  } as const;
  const { ImportToken, PublicKey } = await kms.send(new GetParametersForImportCommand(parameters));
  const publicKey = { key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' } as const;
  const EncryptedKeyMaterial = publicEncrypt(
    { ...publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    material,
  );
  const answer = await kms.send(
    new ImportKeyMaterialCommand({ KeyId: key.keyId, ImportToken, EncryptedKeyMaterial, ...terms }),
  );
  expect(answer.KeyId).toBe(key.arn);
  return answer.KeyMaterialId;
}

const materials = async (client = kms): Promise<RotationsListEntry[]> =>
  (await client.send(new ListKeyRotationsCommand({ KeyId: key.keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })))
    .Rotations ?? [];

const rotate = (): Promise<unknown> => kms.send(new RotateKeyOnDemandCommand({ KeyId: key.keyId }));

const encrypt = async (text: string): Promise<Uint8Array | undefined> =>
  (await kms.send(new EncryptCommand({ KeyId: key.keyId, Plaintext: Buffer.from(text) }))).CiphertextBlob;

const decrypt = async (CiphertextBlob: Uint8Array | undefined): Promise<string> =>
  Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []).toString();

test('material is wrapped, imported, pending, and brought in by a rotation; both decrypt what they encrypted', async () => {
  const first = await importMaterial(randomBytes(32), LASTING);
  expect(key.state).toBe('Enabled');
  const old = await encrypt('before');
  const second = await importMaterial(randomBytes(32), { ...NEW, KeyMaterialDescription: 'spring' });
  expect(await materials()).toEqual([
    { KeyId: key.arn, KeyMaterialId: first, KeyMaterialState: 'CURRENT', ImportState: 'IMPORTED', ...LASTING },
    {
      KeyId: key.arn,
      KeyMaterialId: second,
      KeyMaterialState: 'PENDING_ROTATION',
      ImportState: 'IMPORTED',
      KeyMaterialDescription: 'spring',
      ...LASTING,
    },
  ]);

  await rotate();
  wire.clock.pass(ROTATION_TIME);
  expect(await materials()).toMatchObject([
    { KeyMaterialState: 'NON_CURRENT' },
    { KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' },
  ]);
  expect(await decrypt(old)).toBe('before');
  expect(await decrypt(await encrypt('after'))).toBe('after');
});

test('expired pending material is rotated in, and takes the key out of service', async () => {
  const bytes = randomBytes(32);
  await importMaterial(randomBytes(32), LASTING);
  const old = await encrypt('before');
  await importMaterial(bytes, { ImportType: 'NEW_KEY_MATERIAL', ValidTo: new Date(wire.clock.now() + MINUTE) });
  wire.clock.pass(MINUTE);
  expect((await materials())[1]).toMatchObject({ KeyMaterialState: 'PENDING_ROTATION', ImportState: 'IMPORTED' });
  expect(key.state).toBe('Enabled');

  await rotate();
  wire.clock.pass(ROTATION_TIME);
  expect(key.state).toBe('PendingImport');
  const refused = { name: 'KMSInvalidStateException', message: `${key.arn} is pending import.` };
  expect(await refusal(encrypt('x'))).toEqual(refused);
  expect(await refusal(decrypt(old))).toEqual(refused);

  await importMaterial(bytes, LASTING);
  expect(key.state).toBe('Enabled');
  expect(await decrypt(old)).toBe('before');
});

test('DescribeKey tells when the first material expires', async () => {
  const ValidTo = new Date(wire.clock.now() + DAY);
  await importMaterial(randomBytes(32), { ValidTo });
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: key.keyId }));
  expect(KeyMetadata).toMatchObject({ Origin: 'EXTERNAL', ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
});

test('deleted material: the current one leaves the key pending import, a pending one is gone', async () => {
  await importMaterial(randomBytes(32), LASTING);
  const pending = await importMaterial(randomBytes(32), NEW);
  await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.keyId, KeyMaterialId: pending }));
  expect(key.state).toBe('Enabled');
  expect(await materials()).toHaveLength(1);

  await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.keyId }));
  expect(key.state).toBe('PendingImport');
  expect(await materials()).toMatchObject([{ KeyMaterialState: 'CURRENT', ImportState: 'PENDING_IMPORT' }]);
});

test('of a multi-Region key: pending material waits for every replica, and they share the history', async () => {
  key = wire.kmsService.createKey(REGION, { origin: 'EXTERNAL', multiRegion: true });
  key.importMaterial('first');
  const replica = key.replicate(OTHER_REGION);
  wire.clock.pass(MINUTE);
  expect(replica.state).toBe('PendingImport');
  replica.importMaterial('first');
  expect(replica.state).toBe('Enabled');

  key.importMaterial('second', { importType: 'NEW_KEY_MATERIAL' });
  expect((await materials())[1]).toMatchObject({ KeyMaterialState: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' });
  replica.importMaterial('second');
  expect((await materials())[1]).toMatchObject({ KeyMaterialState: 'PENDING_ROTATION' });

  await rotate();
  wire.clock.pass(ROTATION_TIME);
  expect((await materials(wire.kms(OTHER_REGION)))[1]).toMatchObject({
    KeyId: replica.arn,
    KeyMaterialState: 'CURRENT',
    RotationType: 'ON_DEMAND',
  });
});

describe('refuses', () => {
  test('other material where the same is expected, and known material as new', async () => {
    const bytes = randomBytes(32);
    await importMaterial(bytes, LASTING);
    expect(await refusal(importMaterial(randomBytes(32), LASTING))).toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    expect(await refusal(importMaterial(bytes, NEW))).toMatchObject({ name: 'IncorrectKeyMaterialException' });
  });

  test('a second pending material', async () => {
    await importMaterial(randomBytes(32), LASTING);
    await importMaterial(randomBytes(32), NEW);
    expect(await refusal(importMaterial(randomBytes(32), NEW))).toMatchObject({ name: 'KMSInvalidStateException' });
  });

  test.each([
    ['no expiry where one is due', {}],
    ['an expiry that has passed', { ValidTo: new Date('2026-01-01') }],
    ['an expiry of what does not expire', { ...LASTING, ValidTo: new Date('2026-12-31') }],
  ])('%s', async (_, terms) => {
    expect(await refusal(importMaterial(randomBytes(32), terms))).toMatchObject({ name: 'ValidationException' });
  });

  test('a token of its own invention, and material into a key that KMS makes material for', async () => {
    const input = { KeyId: key.keyId, ImportToken: randomBytes(8), EncryptedKeyMaterial: randomBytes(8) };
    expect(await refusal(kms.send(new ImportKeyMaterialCommand(input)))).toMatchObject({
      name: 'InvalidImportTokenException',
    });
    const { keyId } = wire.kmsService.createKey(REGION);
    expect(await refusal(kms.send(new ImportKeyMaterialCommand({ ...input, KeyId: keyId })))).toMatchObject({
      name: 'UnsupportedOperationException',
    });
  });
});
