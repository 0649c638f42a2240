import { constants, publicEncrypt } from 'node:crypto';
import type { ImportKeyMaterialCommandInput } from '@aws-sdk/client-kms';
import type { Key } from '../../../../../local/kms/key';
import { materialId } from '../../../../../local/kms/kms-key';
import { DAY, MINUTE, type ServicesOnTheWire } from '../../services-on-the-wire';
import {
  after,
  begun,
  hmac,
  imported,
  type KmsRow,
  later,
  localStack,
  pendingImport,
  pendingRotation,
  refused,
  refusedKey,
  rotated,
  row,
  stackd,
  type Subject,
  symmetric,
} from './subjects';

type Terms = Partial<ImportKeyMaterialCommandInput>;

const LASTING = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const NEW = { ...LASTING, ImportType: 'NEW_KEY_MATERIAL' } as const;
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;

/** The same bytes as from `Key.importMaterial`. */
const bytesOf = (material: string): Buffer => Buffer.from(materialId('', material), 'hex');
const idOf = ({ keyId }: Key, material: string): string => materialId(keyId, bytesOf(material));

async function importing(
  { region, keyId: KeyId }: Key,
  world: ServicesOnTheWire,
  bytes: Buffer,
  terms: Terms,
): Promise<object> {
  const kms = world.kms(region);
  const { ImportToken, PublicKey } = await kms.getParametersForImport({ KeyId, ...WRAPPING });
  const publicKey = { key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' } as const;
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const EncryptedKeyMaterial = publicEncrypt({ ...publicKey, ...padding }, bytes);
  return kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...terms });
}

const importMaterial =
  (material: string, terms: Terms | ((key: Key, world: ServicesOnTheWire) => Terms)): KmsRow['call'] =>
  (world, key) =>
    importing(key, world, bytesOf(material), typeof terms === 'function' ? terms(key, world) : terms);

const expiring =
  (milliseconds: number) =>
  (_: Key, { clock }: ServicesOnTheWire): Terms => ({ ValidTo: new Date(clock.now() + milliseconds) });

const done =
  (material: string): KmsRow['answer'] =>
  (key) => ({ KeyId: key.arn, KeyMaterialId: idOf(key, material) });

const describe: KmsRow['call'] = async (world, { keyId, region }) => {
  const { KeyMetadata } = await world.kms(region).describeKey({ KeyId: keyId });
  const { Enabled, KeyState, ExpirationModel, ValidTo, CurrentKeyMaterialId } = KeyMetadata ?? {};
  return { Enabled, KeyState, ExpirationModel, ValidTo, CurrentKeyMaterialId };
};
const list: KmsRow['call'] = (world, { keyId, region }) =>
  world.kms(region).listKeyRotations({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
const remove =
  (material?: string): KmsRow['call'] =>
  (world, key) =>
    world.kms(key.region).deleteImportedKeyMaterial({
      KeyId: key.keyId,
      ...(material !== undefined && { KeyMaterialId: idOf(key, material) }),
    });
const rotate: KmsRow['call'] = (world, { keyId }) => world.kms().rotateKeyOnDemand({ KeyId: keyId });
const encrypt: KmsRow['call'] = (world, { keyId }) =>
  world.kms().encrypt({ KeyId: keyId, Plaintext: Buffer.from('x') });
const parameters =
  (WrappingAlgorithm: 'RSAES_PKCS1_V1_5' | 'RSA_AES_KEY_WRAP_SHA_256' | 'RSAES_OAEP_SHA_256'): KmsRow['call'] =>
  (world, { keyId }) =>
    world.kms().getParametersForImport({ KeyId: keyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' });

const call = (subject: Subject, made: KmsRow['call']): Subject => after(subject, (key, world) => made(world, key));

const expiringPending = call(
  imported,
  importMaterial('second', (key, world) => ({ ImportType: 'NEW_KEY_MATERIAL', ...expiring(MINUTE)(key, world) })),
);
const expiredPending = later(expiringPending, 2);
const expiredCurrent = later(call(imported, importMaterial('first', expiring(MINUTE))), 2);
const rotatedImport = rotated(pendingRotation);

const entry = (key: Key, material: string, state: string, more: object = LASTING): object => ({
  KeyId: key.arn,
  KeyMaterialId: idOf(key, material),
  KeyMaterialState: state,
  ImportState: 'IMPORTED',
  ...more,
});
const expired = ({ clock }: ServicesOnTheWire, minutesAgo: number): object => ({
  ExpirationModel: 'KEY_MATERIAL_EXPIRES',
  ValidTo: new Date(clock.now() - minutesAgo * MINUTE),
});
const missing = { ImportState: 'PENDING_IMPORT' };
const onDemand = ({ rotations }: Key): object => ({
  RotationDate: new Date(rotations[0]?.completedAt ?? 0),
  RotationType: 'ON_DEMAND',
});
const history =
  (...entries: readonly ((key: Key, world: ServicesOnTheWire) => object)[]): KmsRow['answer'] =>
  (key, world) => ({ Rotations: entries.map((each) => each(key, world)), Truncated: false });

const outOfService =
  (material: string): KmsRow['answer'] =>
  (key) => ({ Enabled: false, KeyState: 'PendingImport', CurrentKeyMaterialId: idOf(key, material) });
const inService =
  (material: string): KmsRow['answer'] =>
  (key) => ({ Enabled: true, KeyState: 'Enabled', ...LASTING, CurrentKeyMaterialId: idOf(key, material) });

const isPendingImport = refusedKey('KMSInvalidStateException', ' is pending import.');
const originRefused = (origin: string): KmsRow['answer'] =>
  refusedKey('UnsupportedOperationException', ` origin is ${origin} which is not valid for this operation.`);
const wrappingRefused = (algorithm: string): KmsRow['answer'] =>
  refused(
    'ValidationException',
    `Wrapping algorithm ${algorithm} and wrapping key spec RSA_2048 cannot be used to import a SYMMETRIC_DEFAULT key.`,
  );
const unexpected = (expected: (key: Key) => string): KmsRow['answer'] =>
  refused(
    'IncorrectKeyMaterialException',
    (key) => `Imported key material does not have the expected identifier (${expected(key)}).`,
  );
const associated = (material: string): KmsRow['answer'] =>
  refused(
    'IncorrectKeyMaterialException',
    (key) =>
      `Key material (id: ${idOf(key, material)}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`,
  );
const ZEROS = '0'.repeat(64);

export const importRows: readonly KmsRow[] = [
  row(
    'ListKeyRotations',
    'a key without material',
    pendingImport,
    list,
    history(),
    stackd('imports', 'symmetric_empty_history'),
  ),
  row(
    'DescribeKey',
    'a key without material',
    pendingImport,
    describe,
    () => ({ Enabled: false, KeyState: 'PendingImport' }),
    stackd('imports', 'symmetric_create'),
  ),
  row(
    'DeleteImportedKeyMaterial',
    'a key without material',
    pendingImport,
    remove(),
    ({ arn }) => ({ KeyId: arn }),
    stackd('imports', 'symmetric_delete_empty'),
  ),
  row(
    'EnableKey',
    'a key without material',
    pendingImport,
    (world, { keyId }) => world.kms().enableKey({ KeyId: keyId }),
    isPendingImport,
    stackd('imports', 'pending_enable-key'),
  ),
  row(
    'DisableKey',
    'a key without material',
    pendingImport,
    (world, { keyId }) => world.kms().disableKey({ KeyId: keyId }),
    isPendingImport,
    stackd('imports', 'pending_disable-key'),
  ),
  row(
    'EnableKeyRotation',
    'a key without material',
    pendingImport,
    (world, { keyId }) => world.kms().enableKeyRotation({ KeyId: keyId }),
    originRefused('EXTERNAL'),
    stackd('imports', 'pending_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'a key with imported material',
    imported,
    (world, { keyId }) => world.kms().disableKeyRotation({ KeyId: keyId }),
    originRefused('EXTERNAL'),
    stackd('imports', 'imported_disable-key-rotation'),
  ),
  row(
    'Encrypt',
    'a key without material',
    pendingImport,
    encrypt,
    isPendingImport,
    localStack('test_import_key_symmetric'),
  ),
  row(
    'GetParametersForImport',
    'a wrapping algorithm without OAEP',
    pendingImport,
    parameters('RSAES_PKCS1_V1_5'),
    wrappingRefused('RSAES_PKCS1_V1_5'),
    stackd('imports', 'deprecated_wrapping'),
  ),
  row(
    'GetParametersForImport',
    'a wrapping algorithm for asymmetric keys',
    pendingImport,
    parameters('RSA_AES_KEY_WRAP_SHA_256'),
    wrappingRefused('RSA_AES_KEY_WRAP_SHA_256'),
    stackd('imports', 'symmetric_hybrid_wrapping'),
  ),
  row(
    'GetParametersForImport',
    'a key with material generated by KMS',
    symmetric,
    parameters('RSAES_OAEP_SHA_256'),
    originRefused('AWS_KMS'),
    stackd('imports_edges', 'parameters_generated'),
  ),
  row(
    'GetParametersForImport',
    'an HMAC key with material generated by KMS',
    hmac,
    parameters('RSAES_OAEP_SHA_256'),
    originRefused('AWS_KMS'),
    localStack('test_get_parameters_for_import_raises_for_non_external_kms_keys'),
  ),
  row(
    'ImportKeyMaterial',
    'no ValidTo',
    pendingImport,
    importMaterial('first', {}),
    refused('ValidationException', 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'),
    stackd('imports', 'missing_valid_to'),
  ),
  row(
    'ImportKeyMaterial',
    'a ValidTo in the past',
    pendingImport,
    importMaterial('first', expiring(-MINUTE)),
    refused('ValidationException', 'ValidTo must be in the future'),
    stackd('imports', 'expired_valid_to'),
  ),
  row(
    'ImportKeyMaterial',
    'a ValidTo in more than a year',
    pendingImport,
    importMaterial('first', expiring(366 * DAY)),
    refused('ValidationException', 'ValidTo must be less than 365 days in the future'),
    stackd('imports', 'excessive_valid_to'),
  ),
  row(
    'ImportKeyMaterial',
    'a ValidTo for material that does not expire',
    imported,
    importMaterial('first', (key, world) => ({ ...LASTING, ...expiring(MINUTE)(key, world) })),
    refused(
      'ValidationException',
      'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    ),
    stackd('imports', 'no_expiry_with_valid_to'),
  ),
  row(
    'ImportKeyMaterial',
    'too few bytes',
    pendingImport,
    (world, key) => importing(key, world, Buffer.alloc(16), LASTING),
    refused('InvalidCiphertextException'),
    stackd('imports', 'short_material'),
  ),
  row(
    'ImportKeyMaterial',
    'an invalid import token',
    pendingImport,
    (world, { keyId }) =>
      world.kms().importKeyMaterial({
        KeyId: keyId,
        ImportToken: Buffer.from('invented'),
        EncryptedKeyMaterial: Buffer.from('x'),
        ...LASTING,
      }),
    refused('InvalidImportTokenException'),
    stackd('imports_edges', 'token_corrupt'),
  ),
  row(
    'ImportKeyMaterial',
    'bytes that were not wrapped',
    pendingImport,
    async (world, { keyId: KeyId }) => {
      const { ImportToken } = await world.kms().getParametersForImport({ KeyId, ...WRAPPING });
      return world.kms().importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial: Buffer.alloc(256), ...LASTING });
    },
    refused('InvalidCiphertextException'),
    stackd('imports_edges', 'ciphertext_corrupt'),
  ),
  row(
    'ImportKeyMaterial',
    'the first material',
    pendingImport,
    importMaterial('first', { ...LASTING, KeyMaterialDescription: 'first material' }),
    done('first'),
    stackd('imports', 'initial_import_old_token'),
  ),
  row(
    'DescribeKey',
    'the first material was imported',
    imported,
    describe,
    inService('first'),
    stackd('imports', 'initial_metadata'),
  ),
  row(
    'ListKeyRotations',
    'the first material was imported, with a description',
    call(pendingImport, importMaterial('first', { ...LASTING, KeyMaterialDescription: 'first material' })),
    list,
    history((key) => entry(key, 'first', 'CURRENT', { ...LASTING, KeyMaterialDescription: 'first material' })),
    stackd('imports', 'initial_history'),
  ),
  row(
    'ImportKeyMaterial',
    'the same material again',
    imported,
    importMaterial('first', LASTING),
    done('first'),
    stackd('imports', 'new_token_existing_material'),
  ),
  row(
    'ImportKeyMaterial',
    'other material, not as new',
    imported,
    importMaterial('other', LASTING),
    unexpected((key) => idOf(key, 'first')),
    stackd('imports', 'wrong_existing_material'),
  ),
  row(
    'ImportKeyMaterial',
    'the same material, as new',
    imported,
    importMaterial('first', NEW),
    associated('first'),
    stackd('imports', 'new_same_material'),
  ),
  row(
    'ImportKeyMaterial',
    'the same material with another ID',
    imported,
    importMaterial('first', { ...LASTING, KeyMaterialId: ZEROS }),
    unexpected(() => ZEROS),
    stackd('imports', 'existing_wrong_identifier'),
  ),
  row(
    'ImportKeyMaterial',
    'new material with an ID',
    imported,
    importMaterial('second', (key) => ({ ...NEW, KeyMaterialId: idOf(key, 'first') })),
    refused('ValidationException', 'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.'),
    stackd('imports', 'new_with_identifier'),
  ),
  row(
    'ImportKeyMaterial',
    'new material',
    imported,
    importMaterial('second', NEW),
    done('second'),
    stackd('imports', 'new_second_material'),
  ),
  row(
    'ListKeyRotations',
    'new material is pending',
    pendingRotation,
    list,
    history(
      (key) => entry(key, 'first', 'CURRENT'),
      (key) => entry(key, 'second', 'PENDING_ROTATION'),
    ),
    stackd('imports', 'pending_rotation_history'),
  ),
  row(
    'ImportKeyMaterial',
    'new material while other material is pending',
    pendingRotation,
    importMaterial('third', NEW),
    refused(
      'KMSInvalidStateException',
      (key) =>
        `New key material (id: ${idOf(key, 'third')}) cannot be imported into KMS key ${key.arn}, because another key material (id: ${idOf(key, 'second')}) is pending rotation.`,
    ),
    stackd('imports', 'third_while_pending'),
  ),
  row(
    'DeleteImportedKeyMaterial',
    'pending material',
    pendingRotation,
    remove('second'),
    done('second'),
    stackd('imports', 'delete_pending_rotation'),
  ),
  row(
    'ListKeyRotations',
    'pending material was deleted',
    call(pendingRotation, remove('second')),
    list,
    history((key) => entry(key, 'first', 'CURRENT')),
    stackd('imports', 'after_delete_pending_history'),
  ),
  row(
    'ListKeyRotations',
    'new material became current',
    rotatedImport,
    list,
    history(
      (key) => entry(key, 'first', 'NON_CURRENT'),
      (key) => entry(key, 'second', 'CURRENT', { ...LASTING, ...onDemand(key) }),
    ),
    stackd('imports', 'rotation_complete_poll'),
  ),
  row(
    'DescribeKey',
    'material from before the rotation was deleted',
    call(rotatedImport, remove('first')),
    describe,
    outOfService('second'),
    stackd('imports', 'missing_noncurrent_metadata'),
  ),
  row(
    'ListKeyRotations',
    'material from before the rotation was deleted',
    call(rotatedImport, remove('first')),
    list,
    history(
      (key) => entry(key, 'first', 'NON_CURRENT', missing),
      (key) => entry(key, 'second', 'CURRENT', { ...LASTING, ...onDemand(key) }),
    ),
    stackd('imports', 'missing_noncurrent_history'),
  ),
  row(
    'Encrypt',
    'material from before the rotation was deleted',
    call(rotatedImport, remove('first')),
    encrypt,
    isPendingImport,
    stackd('imports', 'missing_noncurrent_encrypt'),
  ),
  row(
    'DescribeKey',
    'material was imported again into a disabled key',
    call(
      after(imported, (key) => {
        key.update({ enabled: false });
      }),
      importMaterial('first', LASTING),
    ),
    describe,
    inService('first'),
    stackd('imports', 'reimport_disabled', 'after_disabled_import'),
  ),
  row(
    'DescribeKey',
    'material that expires',
    call(imported, importMaterial('first', expiring(MINUTE))),
    describe,
    (key, { clock }) => ({
      Enabled: true,
      KeyState: 'Enabled',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(clock.now() + MINUTE),
      CurrentKeyMaterialId: idOf(key, 'first'),
    }),
    stackd('imports', 'material_expiry_poll'),
  ),
  row(
    'DescribeKey',
    'a ValidTo with a fraction of a second',
    call(imported, importMaterial('first', expiring(MINUTE + 955))),
    describe,
    (key, { clock }) => ({
      Enabled: true,
      KeyState: 'Enabled',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(clock.now() + MINUTE),
      CurrentKeyMaterialId: idOf(key, 'first'),
    }),
    stackd('imports', 'set_short_expiry', 'material_expiry_poll'),
  ),
  row(
    'DescribeKey',
    'the current material has expired',
    expiredCurrent,
    describe,
    outOfService('first'),
    stackd('imports', 'material_expiry_poll'),
  ),
  row(
    'ListKeyRotations',
    'the current material has expired: it stays IMPORTED',
    expiredCurrent,
    list,
    history((key, world) => entry(key, 'first', 'CURRENT', expired(world, 1))),
    stackd('imports', 'expired_history'),
  ),
  row(
    'ImportKeyMaterial',
    'the expired current material',
    expiredCurrent,
    importMaterial('first', LASTING),
    done('first'),
    stackd('imports', 'reimport_expired_current'),
  ),
  row(
    'DeleteImportedKeyMaterial',
    'the current material',
    imported,
    remove(),
    done('first'),
    stackd('imports', 'delete_current'),
  ),
  row(
    'DeleteImportedKeyMaterial',
    'the current material, already deleted',
    call(imported, remove()),
    remove(),
    done('first'),
    stackd('imports', 'delete_current_again'),
  ),
  row(
    'DeleteImportedKeyMaterial',
    'a material that the key never had',
    imported,
    (world, { keyId }) => world.kms().deleteImportedKeyMaterial({ KeyId: keyId, KeyMaterialId: ZEROS }),
    refused(
      'ValidationException',
      ({ arn }) => `Key material (id: ${ZEROS}) has never been imported into KMS key ${arn}.`,
    ),
    stackd('imports', 'delete_unknown_id'),
  ),
  row(
    'DescribeKey',
    'a key without material whose deletion was canceled',
    after(call(imported, remove()), (key) => {
      key.scheduleDeletion();
      key.cancelDeletion();
    }),
    describe,
    outOfService('first'),
    stackd('imports', 'after_cancel_missing_material'),
  ),
  row(
    'DescribeKey',
    'pending material has expired',
    expiredPending,
    describe,
    inService('first'),
    stackd('imports_edges', 'pending_expired_metadata'),
  ),
  row(
    'ListKeyRotations',
    'pending material has expired: it stays IMPORTED',
    expiredPending,
    list,
    history(
      (key) => entry(key, 'first', 'CURRENT'),
      (key, world) => entry(key, 'second', 'PENDING_ROTATION', expired(world, 1)),
    ),
    stackd('imports_edges', 'pending_expired_history'),
  ),
  row(
    'ListKeyRotations',
    'pending material expired 15 minutes ago: it stays IMPORTED',
    later(expiredPending, 14),
    list,
    history(
      (key) => entry(key, 'first', 'CURRENT'),
      (key, world) => entry(key, 'second', 'PENDING_ROTATION', expired(world, 15)),
    ),
    stackd('imports_expiry', 'expiry_history_poll'),
  ),
  row(
    'ImportKeyMaterial',
    'expired pending material, as new',
    expiredPending,
    importMaterial('second', NEW),
    associated('second'),
    stackd('imports_edges', 'pending_after_expiry_new'),
  ),
  row(
    'RotateKeyOnDemand',
    'pending material has expired',
    expiredPending,
    rotate,
    ({ arn }) => ({ KeyId: arn }),
    stackd('imports_rotation_expiry', 'rotate_expired_pending'),
  ),
  row(
    'DescribeKey',
    'expired material became current',
    rotated(expiredPending),
    describe,
    outOfService('second'),
    stackd('imports_rotation_expiry', 'after_expired_rotation_metadata'),
  ),
  row(
    'ListKeyRotations',
    'expired material became current',
    rotated(expiredPending),
    list,
    history(
      (key) => entry(key, 'first', 'NON_CURRENT'),
      (key, world) => entry(key, 'second', 'CURRENT', { ...expired(world, 4), ...onDemand(key) }),
    ),
    stackd('imports_rotation_expiry', 'after_expired_rotation_history'),
  ),
  row(
    'Encrypt',
    'expired material became current',
    rotated(expiredPending),
    encrypt,
    isPendingImport,
    stackd('imports_rotation_expiry', 'encrypt_after_expired_rotation'),
  ),
  row(
    'Decrypt',
    'an older ciphertext, after expired material became current',
    expiredPending,
    async (world, { keyId, region }) => {
      const { CiphertextBlob } = await world.kms(region).encrypt({ KeyId: keyId, Plaintext: Buffer.from('x') });
      await world.kms(region).rotateKeyOnDemand({ KeyId: keyId });
      world.clock.pass(3 * MINUTE);
      return world.kms(region).decrypt({ CiphertextBlob });
    },
    isPendingImport,
    stackd('imports_rotation_expiry', 'decrypt_initial_after_expired_rotation'),
  ),
  row(
    'DescribeKey',
    'expired material became current, and was imported again',
    call(rotated(expiredPending), importMaterial('second', LASTING)),
    describe,
    inService('second'),
    stackd('imports_rotation_expiry', 'restore_expired_pending', 'after_restore_metadata'),
  ),
  row(
    'ListKeyRotations',
    'pending material was deleted while its rotation was in progress',
    later(call(begun(pendingRotation), remove('second')), 3),
    list,
    history((key) => entry(key, 'first', 'CURRENT')),
    stackd('imports_rotation_expiry', 'delete_pending_during_rotation', 'after_pending_delete_history'),
  ),
  row(
    'ListKeyRotations',
    'pending material was replaced while its rotation was in progress',
    later(call(call(begun(pendingRotation), remove('second')), importMaterial('third', NEW)), 3),
    list,
    history(
      (key) => entry(key, 'first', 'NON_CURRENT'),
      (key) => entry(key, 'third', 'CURRENT', { ...LASTING, ...onDemand(key) }),
    ),
    stackd('imports_rotation_replacement', 'third_import_without_rotate', 'after_first_request_history'),
  ),
];
