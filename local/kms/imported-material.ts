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
  type MaterialImport,
  type RegionalKey,
  withMember,
} from './kms-key';

export type ImportType = 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL';
export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';

/** What is said of the material beside its bytes. */
export interface ImportTerms {
  readonly importType?: ImportType;
  readonly expirationModel?: ExpirationModel;
  readonly validTo?: number;
  readonly description?: string;
  readonly materialId?: string;
}

const OTHER_MATERIAL =
  'The key material in the request is not the same key material that was previously imported into this KMS key.';

const LONGEST_VALIDITY = 365 * DAY;

/** Gives the family with the material, and the ID of the material. */
export interface Imported {
  readonly family: KmsKey;
  readonly material: string;
}

/**
 * Imports material into a key of one Region. The first material of a key is current at once; later new material waits for
 * RotateKeyOnDemand. Importing what an expiry or a deletion took away brings the key back into service.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
 */
export function importMaterial(family: KmsKey, member: RegionalKey, content: Buffer, terms: ImportTerms): Imported {
  refuseImport(family, member);
  checkTerms(family, terms);
  const material = materialId(family.keyId, content);
  const associated = associate(family, member, material, terms);
  const before = member.imports[material];
  const description = terms.description ?? before?.description;
  const imported: MaterialImport = {
    ...(terms.validTo !== undefined && { validTo: terms.validTo }),
    ...(description !== undefined && { description }),
  };
  const imports = { ...member.imports, [material]: imported };
  // https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html: the import enables the key.
  const enabled = keyState(family, member) === 'PendingImport' ? true : member.enabled;
  return { family: withMember(associated, { ...member, imports, enabled }), material };
}

/** Refuses keys that material cannot be imported into, or not now. */
export function refuseImport(family: KmsKey, member: RegionalKey): void {
  const state = keyState(family, member);
  if (family.origin !== 'EXTERNAL') {
    throw unsupportedOrigin(member.arn, family.origin);
  }
  if (state !== 'Enabled' && state !== 'Disabled' && state !== 'PendingImport') {
    throw wrongState(member.arn, state);
  }
}

function checkTerms(family: KmsKey, { expirationModel = 'KEY_MATERIAL_EXPIRES', validTo }: ImportTerms): void {
  if ((expirationModel === 'KEY_MATERIAL_EXPIRES') !== (validTo !== undefined)) {
    throw validationError(
      `ExpirationModel ${expirationModel} ${validTo === undefined ? 'needs' : 'does not go with'} a ValidTo.`,
    );
  }
  if (validTo !== undefined && (validTo <= family.asOf || validTo > family.asOf + LONGEST_VALIDITY)) {
    throw validationError('ValidTo must be in the future, at most 365 days from now.');
  }
}

function associate(family: KmsKey, member: RegionalKey, material: string, terms: ImportTerms): KmsKey {
  const isFirst = family.materials.length === 0;
  const importType = terms.importType ?? (isFirst ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL');
  const known = family.pendingMaterial === material || family.materials.some(({ id }) => id === material);
  if (importType === 'EXISTING_KEY_MATERIAL' || isReplica(family, member)) {
    if (!known || (terms.materialId ?? material) !== material) {
      throw incorrectMaterial(OTHER_MATERIAL);
    }
    return family;
  }
  if (terms.materialId !== undefined) {
    throw validationError('KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.');
  }
  if (known) {
    throw incorrectMaterial('The key material in the request is already associated with this KMS key.');
  }
  if (isFirst) {
    return { ...family, materials: [{ id: material }] };
  }
  if (!isSymmetric(family)) {
    throw incorrectMaterial(OTHER_MATERIAL);
  }
  if (family.pendingMaterial !== undefined) {
    throw invalidState(`${member.arn} already has key material pending rotation.`);
  }
  return { ...family, pendingMaterial: material };
}

/**
 * Without material that the key has used, the key is pending import. Pending material is not yet the key's: deleted in the
 * primary Region it is gone altogether. https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
 */
export function deleteMaterial(family: KmsKey, member: RegionalKey, material = family.materials.at(-1)?.id): Imported {
  if (family.origin !== 'EXTERNAL') {
    throw unsupportedOrigin(member.arn, family.origin);
  }
  const known = family.pendingMaterial === material || family.materials.some(({ id }) => id === material);
  if (material === undefined || !known) {
    throw new ServiceError('NotFoundException', `Key material ${material ?? ''} of ${member.arn} does not exist.`);
  }
  if (family.pendingMaterial === material && !isReplica(family, member)) {
    const members = Object.values(family.members).map((each) => [each.region, withoutImport(each, material)] as const);
    return { family: { ...family, pendingMaterial: undefined, members: Object.fromEntries(members) }, material };
  }
  return { family: withMember(family, withoutImport(member, material)), material };
}

function withoutImport(member: RegionalKey, material: string): RegionalKey {
  return { ...member, imports: Object.fromEntries(Object.entries(member.imports).filter(([id]) => id !== material)) };
}

function incorrectMaterial(message: string): ServiceError {
  return new ServiceError('IncorrectKeyMaterialException', message);
}
