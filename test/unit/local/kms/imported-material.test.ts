/** Imported material beyond what the recordings cover. */
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import type { ImportKeyMaterialCommandInput, KMS, RotationsListEntry } from '@aws-sdk/client-kms';
import type { Key } from '../../../../local/kms/key';
import { MINUTE, OTHER_REGION, REGION, ServicesOnTheWire } from '../services-on-the-wire';

const ROTATION_TIME = 2 * MINUTE;
const LASTING = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

let wire: ServicesOnTheWire;
let kms: KMS;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
});

afterAll(() => wire.stop());

async function importMaterial(
  { keyId }: Key,
  material: Buffer,
  terms: Partial<ImportKeyMaterialCommandInput> = {},
): Promise<string | undefined> {
  const { ImportToken, PublicKey } = await kms.getParametersForImport({
    KeyId: keyId,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const publicKey = { key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' } as const;
  const EncryptedKeyMaterial = publicEncrypt(
    { ...publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    material,
  );
  const answer = await kms.importKeyMaterial({
    KeyId: keyId,
    ImportToken,
    EncryptedKeyMaterial,
    ...LASTING,
    ...terms,
  });
  return answer.KeyMaterialId;
}

const materials = async ({ keyId }: Key, client = kms): Promise<RotationsListEntry[]> =>
  (await client.listKeyRotations({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations ?? [];

const encrypt = async ({ keyId }: Key, text: string): Promise<Uint8Array | undefined> =>
  (await kms.encrypt({ KeyId: keyId, Plaintext: Buffer.from(text) })).CiphertextBlob;

const decrypt = async (CiphertextBlob: Uint8Array | undefined): Promise<string> =>
  Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext ?? []).toString();

test('after a rotation, the key decrypts ciphertexts of both materials', async () => {
  const key = wire.kmsService.createKey(REGION, { origin: 'EXTERNAL' });
  await importMaterial(key, randomBytes(32));
  const old = await encrypt(key, 'before');
  const pending = await importMaterial(key, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' });
  await kms.rotateKeyOnDemand({ KeyId: key.keyId });
  wire.clock.pass(ROTATION_TIME);

  expect(key.currentMaterialId).toBe(pending);
  expect(await decrypt(old)).toBe('before');
  expect(await decrypt(await encrypt(key, 'after'))).toBe('after');
});

test('pending material of a multi-Region key waits for every replica, and all keys share the history', async () => {
  const key = wire.kmsService.createKey(REGION, { origin: 'EXTERNAL', multiRegion: true });
  key.importMaterial('first');
  const replica = key.replicate(OTHER_REGION);
  wire.clock.pass(MINUTE);
  expect(replica.state).toBe('PendingImport');
  replica.importMaterial('first');
  expect(replica.state).toBe('Enabled');

  key.importMaterial('second', { importType: 'NEW_KEY_MATERIAL' });
  expect((await materials(key))[1]).toMatchObject({ KeyMaterialState: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' });
  replica.importMaterial('second');
  expect((await materials(key))[1]).toMatchObject({ KeyMaterialState: 'PENDING_ROTATION' });

  await kms.rotateKeyOnDemand({ KeyId: key.keyId });
  wire.clock.pass(ROTATION_TIME);
  expect((await materials(key, wire.kms(OTHER_REGION)))[1]).toMatchObject({
    KeyId: replica.arn,
    KeyMaterialState: 'CURRENT',
    RotationType: 'ON_DEMAND',
  });
});
