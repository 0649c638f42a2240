import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  optionalChoice,
  optionalNumber,
  optionalText,
  requiredBytes,
  requiredText,
  validationError,
} from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import { type Operations, MAX_KEY_ID_LENGTH } from './call-target';
import { invalidCiphertext, invalidKeyUsage, unsupported, wrongState } from './errors';
import { isSymmetric, type KmsKey } from './kms-key';
import type { AccountKeys, KeyInRegion } from './account-keys';

/** The unencrypted part of a ciphertext. */
interface Header {
  readonly keyId: string;
  readonly material: string;
}

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * Encryption with symmetric keys. A ciphertext names its key and material, so it can still be decrypted after a rotation.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
 */
export function cryptographicOperations(accountKeys: AccountKeys): Operations {
  return {
    Encrypt: (call) => {
      const plaintext = requiredBytes(call.input, 'Plaintext', { max: 4096 });
      const located = usableKey(accountKeys, call);
      const ciphertext = encrypt(located.key, plaintext, contextOf(call));
      return { CiphertextBlob: ciphertext, KeyId: located.regional.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    },
    Decrypt: (call) => decrypt(accountKeys, call),
    GenerateDataKey: (call) => {
      const { key, regional } = usableKey(accountKeys, call);
      const dataKey = randomBytes(dataKeyLength(call));
      const answer = { KeyId: regional.arn, KeyMaterialId: key.materials.at(-1)?.id };
      return {
        ...answer,
        Plaintext: dataKey.toString('base64'),
        CiphertextBlob: encrypt(key, dataKey, contextOf(call)),
      };
    },
  };
}

function usableKey(accountKeys: AccountKeys, call: Call): KeyInRegion {
  const identifier = requiredText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  return usable(accountKeys.locate(call.region, accountKeys.keyIdOrAlias(call.region, identifier)), call.operation);
}

/** A key still works while its primary Region changes. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function usable(located: KeyInRegion, operation: string): KeyInRegion {
  if (located.state !== 'Enabled' && !(located.state === 'Updating' && located.regional.enabled)) {
    throw wrongState(located.regional.arn, located.state);
  }
  if (located.key.keyUsage !== 'ENCRYPT_DECRYPT') {
    throw invalidKeyUsage(located.regional.arn, located.key.keyUsage, operation);
  }
  if (!isSymmetric(located.key)) {
    throw unsupported(
      `The local AWS encrypts with symmetric keys only, and ${located.regional.arn} is ${located.key.keySpec}.`,
    );
  }
  return located;
}

function dataKeyLength({ input }: Call): number {
  const spec = optionalChoice(input, 'KeySpec', ['AES_128', 'AES_256']);
  const bytes = optionalNumber(input, 'NumberOfBytes', { min: 1, max: 1024 });
  if ((spec === undefined) === (bytes === undefined)) {
    throw validationError('Please specify either number of bytes or key spec.');
  }
  return bytes ?? (spec === 'AES_128' ? 16 : 32);
}

/** The encryption context in a canonical order, as additional authenticated data. */
function contextOf({ input }: Call): string {
  const context = typeof input.EncryptionContext === 'object' ? input.EncryptionContext : undefined;
  return JSON.stringify(Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function encrypt(key: KmsKey, plaintext: Buffer, context: string): string {
  const material = key.materials.at(-1)?.id ?? '';
  const header = Buffer.from(JSON.stringify({ keyId: key.keyId, material } satisfies Header));
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', keyBytes(material), nonce).setAAD(Buffer.from(context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from([header.length]), header, nonce, cipher.getAuthTag(), encrypted]).toString(
    'base64',
  );
}

function decrypt(accountKeys: AccountKeys, call: Call): object {
  const blob = requiredBytes(call.input, 'CiphertextBlob');
  const { header, rest } = readHeader(blob);
  const found = accountKeys.find(call.region, header.keyId);
  if (!found) {
    throw invalidCiphertext();
  }
  const expected = optionalText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  if (expected !== undefined && !identifies(accountKeys, call.region, expected, header.keyId)) {
    throw new ServiceError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  }
  const { regional } = usable(found, call.operation);
  const plaintext = open(rest, header.material, contextOf(call)).toString('base64');
  return {
    KeyId: regional.arn,
    Plaintext: plaintext,
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    KeyMaterialId: header.material,
  };
}

/** An ARN of the same key in another Region does not count. */
function identifies(accountKeys: AccountKeys, region: string, identifier: string, keyId: string): boolean {
  const otherRegion = identifier.startsWith('arn:') && identifier.split(':')[3] !== region;
  return !otherRegion && accountKeys.keyIdOrAlias(region, identifier) === keyId;
}

/** The key that a ciphertext was made under. */
export function keyIdOfCiphertext(ciphertext: unknown): string | undefined {
  try {
    return typeof ciphertext === 'string' ? readHeader(Buffer.from(ciphertext, 'base64')).header.keyId : undefined;
  } catch {
    return undefined;
  }
}

function readHeader(blob: Buffer): { header: Header; rest: Buffer } {
  const end = 1 + (blob[0] ?? 0);
  try {
    return { header: JSON.parse(blob.subarray(1, end).toString('utf8')) as Header, rest: blob.subarray(end) };
  } catch {
    throw invalidCiphertext();
  }
}

function open(sealed: Buffer, material: string, context: string): Buffer {
  const nonce = sealed.subarray(0, NONCE_LENGTH);
  const tag = sealed.subarray(NONCE_LENGTH, NONCE_LENGTH + TAG_LENGTH);
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyBytes(material), nonce)
      .setAAD(Buffer.from(context))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_LENGTH + TAG_LENGTH)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

/** Derived from the material's ID, since nothing here is secret. */
function keyBytes(material: string): Buffer {
  return createHash('sha256').update(material).digest();
}
