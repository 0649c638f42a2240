import { constants, generateKeyPair, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { optionalChoice, optionalMoment, optionalText, requiredBytes, requiredText, wireMoment } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import { customerKeyOf, type Operations } from './call-target';
import { unsupported } from './errors';
import { DAY, isSymmetric } from './kms-key';
import type { KeyRing } from './key-ring';
import { deleteMaterial, importMaterial, refuseImport } from './imported-material';

/** What GetParametersForImport gave out: it serves one key, for 24 hours. */
interface WrappingKey {
  readonly arn: string;
  readonly hash: string;
  readonly privateKey: KeyObject;
  readonly validTo: number;
}

const HASHES: Readonly<Record<string, string>> = { RSAES_OAEP_SHA_256: 'sha256', RSAES_OAEP_SHA_1: 'sha1' };

const BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };

/** Of AES-256, which symmetric encryption keys are. */
const SYMMETRIC_KEY_LENGTH = 32;

/** Key material of one's own. https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html */
export function importOperations(ring: KeyRing): Operations {
  const wrappingKeys = new Map<string, WrappingKey>();
  return {
    GetParametersForImport: (call) => getParametersForImport(ring, wrappingKeys, call),
    ImportKeyMaterial: (call) => importKeyMaterial(ring, wrappingKeys, call),
    DeleteImportedKeyMaterial: (call) => {
      const { family, member } = customerKeyOf(ring, call);
      const deleted = deleteMaterial(family, member, optionalText(call.input, 'KeyMaterialId'));
      ring.change(deleted.family);
      return { KeyId: member.arn, KeyMaterialId: deleted.material };
    },
  };
}

async function getParametersForImport(
  ring: KeyRing,
  wrappingKeys: Map<string, WrappingKey>,
  call: Call,
): Promise<object> {
  const { family, member } = customerKeyOf(ring, call);
  refuseImport(family, member);
  const algorithm = requiredText(call.input, 'WrappingAlgorithm');
  const spec = optionalChoice(call.input, 'WrappingKeySpec', ['RSA_2048', 'RSA_3072', 'RSA_4096']) ?? 'RSA_2048';
  const hash = HASHES[algorithm];
  if (hash === undefined) {
    throw unsupported(
      `The local AWS wraps key material with ${Object.keys(HASHES).join(' or ')} only, not with ${algorithm}.`,
    );
  }
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: BITS[spec] });
  const token = randomBytes(64).toString('base64');
  const validTo = ring.now() + DAY;
  wrappingKeys.set(token, { arn: member.arn, hash, privateKey, validTo });
  return {
    KeyId: member.arn,
    ImportToken: token,
    PublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ParametersValidTo: wireMoment(validTo),
  };
}

function importKeyMaterial(ring: KeyRing, wrappingKeys: Map<string, WrappingKey>, call: Call): object {
  const { input } = call;
  const { family, member } = customerKeyOf(ring, call);
  refuseImport(family, member);
  const wrappingKey = wrappingKeys.get(requiredText(input, 'ImportToken'));
  if (wrappingKey?.arn !== member.arn) {
    throw new ServiceError('InvalidImportTokenException', '');
  }
  if (wrappingKey.validTo <= ring.now()) {
    throw new ServiceError('ExpiredImportTokenException', '');
  }
  const content = unwrap(requiredBytes(input, 'EncryptedKeyMaterial'), wrappingKey);
  if (isSymmetric(family) && content.length !== SYMMETRIC_KEY_LENGTH) {
    throw new ServiceError(
      'IncorrectKeyMaterialException',
      `Key material of ${content.length} bytes; a symmetric encryption key has 32.`,
    );
  }
  const imported = importMaterial(family, member, content, {
    importType: optionalChoice(input, 'ImportType', ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']),
    expirationModel: optionalChoice(input, 'ExpirationModel', ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']),
    validTo: optionalMoment(input, 'ValidTo'),
    description: optionalText(input, 'KeyMaterialDescription', { max: 256 }),
    materialId: optionalText(input, 'KeyMaterialId'),
  });
  ring.change(imported.family);
  return { KeyId: member.arn, KeyMaterialId: imported.material };
}

function unwrap(wrapped: Buffer, { privateKey, hash }: WrappingKey): Buffer {
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, wrapped);
  } catch {
    throw new ServiceError('InvalidCiphertextException', '');
  }
}
