import { wireMoment } from '../wire/input';
import { isImported, type KmsKey, type Material, type RegionalKey } from './kms-key';
import { rotationInProgress } from './on-demand-rotation';
import type { Located } from './key-ring';

/**
 * The entries of ListKeyRotations, oldest first: completed rotations, and on request the first material and the one that
 * waits for a rotation. https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
 */
export function rotationEntries({ family, member }: Located, all: boolean): object[] {
  const current = family.materials.at(-1);
  const entries = family.materials
    .filter(({ rotation }) => all || rotation)
    .map((material) => entry(family, member, material, material === current ? 'CURRENT' : 'NON_CURRENT'));
  const { pendingMaterial } = family;
  if (!all || pendingMaterial === undefined) {
    return entries;
  }
  return [...entries, entry(family, member, { id: pendingMaterial }, pendingState(family, pendingMaterial))];
}

function entry(family: KmsKey, member: RegionalKey, { id, rotation }: Material, state: string): object {
  return {
    KeyId: member.arn,
    KeyMaterialId: id,
    KeyMaterialState: state,
    ...(family.origin === 'EXTERNAL' && importOf(family, member, id)),
    ...(rotation && { RotationDate: wireMoment(rotation.completedAt), RotationType: rotation.type }),
  };
}

function importOf(family: KmsKey, member: RegionalKey, material: string): object {
  const { validTo, description } = member.imports[material] ?? {};
  return {
    ImportState: isImported(family, member, material) ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(member.imports[material] && {
      ExpirationModel: validTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
      ValidTo: wireMoment(validTo),
      KeyMaterialDescription: description,
    }),
  };
}

function pendingState(family: KmsKey, material: string): string {
  const everywhere = Object.values(family.members).every(({ imports }) => imports[material]);
  return everywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
}

/**
 * What GetKeyRotationStatus tells. A key that waits for its deletion is not rotated automatically.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
 */
export function rotationStatus({ family, member }: Located): object {
  const { enabled, periodInDays, next } = family.automaticRotation;
  const scheduled = enabled && !member.deletion;
  const inProgress = rotationInProgress(family);
  return {
    KeyId: member.arn,
    KeyRotationEnabled: scheduled,
    ...(scheduled && { RotationPeriodInDays: periodInDays, NextRotationDate: wireMoment(next) }),
    ...(inProgress && { OnDemandRotationStartDate: wireMoment(inProgress.startedAt) }),
  };
}
