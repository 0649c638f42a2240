import { validationError } from '../wire/input';
import { ServiceError } from '../wire/service';
import { invalidState, unsupportedOrigin, wrongState } from './errors';
import {
  DAY,
  isReplica,
  isSymmetric,
  type KmsKey,
  keyState,
  materialId,
  type RegionalKey,
  withRegional,
} from './kms-key';

export type ImportType = 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL';
export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';

/** Parameters of an import besides the bytes. */
export interface ImportTerms {
  readonly importType?: ImportType;
  readonly expirationModel?: ExpirationModel;
  /** In milliseconds; KMS keeps whole seconds. */
  readonly validTo?: number;
  readonly description?: string;
  readonly materialId?: string;
}

const LONGEST_VALIDITY = 365 * DAY;

export interface Imported {
  readonly key: KmsKey;
  /** The material's ID. */
  readonly material: string;
}

/**
 * Imports material into a key in one Region. A key's first material is current immediately; later material waits for RotateKeyOnDemand.
 * Reimporting expired or deleted material restores the key, and any import enables it.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
 */
export function importMaterial(key: KmsKey, regional: RegionalKey, content: Buffer, terms: ImportTerms): Imported {
  refuseImport(key, regional);
  checkTerms(key, regional, terms);
  const material = materialId(key.keyId, content);
  const associated = associate(key, regional, material, terms);
  const { validTo, description } = terms;
  const imported = validTo === undefined ? {} : { validTo: Math.floor(validTo / 1000) * 1000 };
  const imports = { ...regional.imports, [material]: imported };
  const descriptions =
    description === undefined ? key.materialDescriptions : { ...key.materialDescriptions, [material]: description };
  return {
    key: {
      ...withRegional(associated, { ...regional, imports, enabled: true }),
      materialDescriptions: descriptions,
    },
    material,
  };
}

/** Refuses keys that cannot import material, at all or in their current state. */
export function refuseImport(key: KmsKey, regional: RegionalKey): void {
  const state = keyState(key, regional);
  if (key.origin !== 'EXTERNAL') {
    throw unsupportedOrigin(regional.arn, key.origin);
  }
  if (state !== 'Enabled' && state !== 'Disabled' && state !== 'PendingImport') {
    throw wrongState(regional.arn, state);
  }
}

function checkTerms(key: KmsKey, regional: RegionalKey, terms: ImportTerms): void {
  const { expirationModel = 'KEY_MATERIAL_EXPIRES', validTo } = terms;
  if (expirationModel === 'KEY_MATERIAL_EXPIRES' && validTo === undefined) {
    throw validationError('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
  }
  if (expirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE' && validTo !== undefined) {
    throw validationError('A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
  }
  if (validTo !== undefined && validTo <= key.asOf) {
    throw validationError('ValidTo must be in the future');
  }
  if (validTo !== undefined && validTo > key.asOf + LONGEST_VALIDITY) {
    throw validationError('ValidTo must be less than 365 days in the future');
  }
  if (isReplica(key, regional) && terms.description !== undefined) {
    throw validationError('Key material description can only be specified on primary Multi-Region keys');
  }
  if (isReplica(key, regional) && terms.importType === 'NEW_KEY_MATERIAL') {
    throw validationError('Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys');
  }
}

function associate(key: KmsKey, regional: RegionalKey, material: string, terms: ImportTerms): KmsKey {
  const isFirst = key.materials.length === 0;
  const known = key.pendingMaterial === material || key.materials.some(({ id }) => id === material);
  if (!isFirst && terms.importType !== 'NEW_KEY_MATERIAL') {
    if (!known || (terms.materialId ?? material) !== material) {
      throw unexpectedMaterial(terms.materialId ?? key.materials.at(-1)?.id);
    }
    return key;
  }
  if (terms.materialId !== undefined) {
    throw validationError('Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.');
  }
  if (known) {
    throw incorrectMaterial(
      `Key material (id: ${material}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${regional.arn}.`,
    );
  }
  if (isFirst) {
    return { ...key, materials: [{ id: material }] };
  }
  if (!isSymmetric(key)) {
    throw unexpectedMaterial(key.materials.at(-1)?.id);
  }
  if (key.pendingMaterial !== undefined) {
    throw invalidState(
      `New key material (id: ${material}) cannot be imported into KMS key ${regional.arn}, because another key material (id: ${key.pendingMaterial}) is pending rotation.`,
    );
  }
  return { ...key, pendingMaterial: material };
}

/**
 * Deleting material that the key has used makes the key pending import. Pending material deleted in the primary Region is gone
 * everywhere. Deleting again succeeds.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
 */
export function deleteMaterial(
  key: KmsKey,
  regional: RegionalKey,
  material = key.materials.at(-1)?.id,
): { readonly key: KmsKey; readonly material: string | undefined } {
  if (key.origin !== 'EXTERNAL') {
    throw unsupportedOrigin(regional.arn, key.origin);
  }
  if (material === undefined) {
    return { key, material };
  }
  if (key.pendingMaterial !== material && !key.materials.some(({ id }) => id === material)) {
    throw validationError(`Key material (id: ${material}) has never been imported into KMS key ${regional.arn}.`);
  }
  if (key.pendingMaterial === material && !isReplica(key, regional)) {
    const everywhere = Object.values(key.regionalKeys).map((each) => [each.region, without(each, material)] as const);
    return { key: { ...key, pendingMaterial: undefined, regionalKeys: Object.fromEntries(everywhere) }, material };
  }
  return { key: withRegional(key, without(regional, material)), material };
}

function without(regional: RegionalKey, material: string): RegionalKey {
  const imports = Object.fromEntries(Object.entries(regional.imports).filter(([id]) => id !== material));
  return { ...regional, imports };
}

function unexpectedMaterial(expected = ''): ServiceError {
  return incorrectMaterial(`Imported key material does not have the expected identifier (${expected}).`);
}

function incorrectMaterial(message: string): ServiceError {
  return new ServiceError('IncorrectKeyMaterialException', message);
}
