import {
  constants,
  generateKeyPair,
  type KeyObject,
  type KeyPairKeyObjectResult,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  optionalChoice,
  optionalMoment,
  optionalText,
  requiredBytes,
  requiredText,
  validationError,
  wireMoment,
} from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import type { AccountKeys } from './account-keys';
import { customerKeyOf, type Operations } from './call-target';
import { invalidCiphertext, unsupported } from './errors';
import { deleteMaterial, importMaterial, refuseImport } from './imported-material';
import { DAY, isSymmetric } from './kms-key';

/** A result of GetParametersForImport, valid for one key and 24 hours. */
interface WrappingKey {
  readonly arn: string;
  readonly hash: string;
  readonly privateKey: KeyObject;
  readonly validTo: number;
}

const HASHES: Readonly<Record<string, string>> = { RSAES_OAEP_SHA_256: 'sha256', RSAES_OAEP_SHA_1: 'sha1' };

const BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };

type WrappingKeySpec = keyof typeof BITS;

/** Generated once per spec: that is slow, and nothing here is secret. */
const keyPairs = new Map<WrappingKeySpec, Promise<KeyPairKeyObjectResult>>();

function keyPair(spec: WrappingKeySpec): Promise<KeyPairKeyObjectResult> {
  const pair = keyPairs.get(spec) ?? promisify(generateKeyPair)('rsa', { modulusLength: BITS[spec] });
  keyPairs.set(spec, pair);
  return pair;
}

/** Symmetric encryption keys are AES-256. */
const SYMMETRIC_KEY_LENGTH = 32;

/** Imported key material. https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html */
export function importOperations(accountKeys: AccountKeys): Operations {
  const wrappingKeys = new Map<string, WrappingKey>();
  return {
    GetParametersForImport: (call) => getParametersForImport(accountKeys, wrappingKeys, call),
    ImportKeyMaterial: (call) => importKeyMaterial(accountKeys, wrappingKeys, call),
    DeleteImportedKeyMaterial: (call) => {
      const { key, regional } = customerKeyOf(accountKeys, call);
      const deleted = deleteMaterial(key, regional, optionalText(call.input, 'KeyMaterialId'));
      accountKeys.change(deleted.key);
      return { KeyId: regional.arn, KeyMaterialId: deleted.material };
    },
  };
}

async function getParametersForImport(
  accountKeys: AccountKeys,
  wrappingKeys: Map<string, WrappingKey>,
  call: Call,
): Promise<object> {
  const { key, regional } = customerKeyOf(accountKeys, call);
  refuseImport(key, regional);
  const algorithm = requiredText(call.input, 'WrappingAlgorithm');
  const spec = optionalChoice(call.input, 'WrappingKeySpec', ['RSA_2048', 'RSA_3072', 'RSA_4096']) ?? 'RSA_2048';
  const hash = HASHES[algorithm];
  if (hash === undefined) {
    throw isSymmetric(key)
      ? validationError(
          `Wrapping algorithm ${algorithm} and wrapping key spec ${spec} cannot be used to import a ${key.keySpec} key.`,
        )
      : unsupported(`The local AWS does not wrap key material with ${algorithm}.`);
  }
  const { publicKey, privateKey } = await keyPair(spec);
  const token = randomBytes(64).toString('base64');
  const validTo = accountKeys.now() + DAY;
  wrappingKeys.set(token, { arn: regional.arn, hash, privateKey, validTo });
  return {
    KeyId: regional.arn,
    ImportToken: token,
    PublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ParametersValidTo: wireMoment(validTo),
  };
}

function importKeyMaterial(accountKeys: AccountKeys, wrappingKeys: Map<string, WrappingKey>, call: Call): object {
  const { input } = call;
  const { key, regional } = customerKeyOf(accountKeys, call);
  refuseImport(key, regional);
  const wrappingKey = wrappingKeys.get(requiredText(input, 'ImportToken'));
  if (wrappingKey?.arn !== regional.arn) {
    throw new ServiceError('InvalidImportTokenException', '');
  }
  if (wrappingKey.validTo <= accountKeys.now()) {
    throw new ServiceError('ExpiredImportTokenException', '');
  }
  const content = unwrap(requiredBytes(input, 'EncryptedKeyMaterial'), wrappingKey);
  if (isSymmetric(key) && content.length !== SYMMETRIC_KEY_LENGTH) {
    throw invalidCiphertext();
  }
  const imported = importMaterial(key, regional, content, {
    importType: optionalChoice(input, 'ImportType', ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']),
    expirationModel: optionalChoice(input, 'ExpirationModel', ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']),
    validTo: optionalMoment(input, 'ValidTo'),
    description: optionalText(input, 'KeyMaterialDescription', { max: 256 }),
    materialId: optionalText(input, 'KeyMaterialId'),
  });
  accountKeys.change(imported.key);
  return { KeyId: regional.arn, KeyMaterialId: imported.material };
}

function unwrap(wrapped: Buffer, { privateKey, hash }: WrappingKey): Buffer {
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, wrapped);
  } catch {
    throw invalidCiphertext();
  }
}
