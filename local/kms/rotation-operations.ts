import { optionalChoice, optionalNumber, optionalText, page, validationError, wireMoment } from '../wire/input';
import type { Call } from '../wire/service';
import type { AccountKeys, KeyInRegion } from './account-keys';
import { disableAutomaticRotation, enableAutomaticRotation } from './automatic-rotation';
import { customerKeyOf, keyOf, type Operations } from './call-target';
import { invalidMarker, unsupportedOrigin } from './errors';
import { isInCustomKeyStore, isSymmetric, type KmsKey, type Material } from './kms-key';
import { rotateOnDemand, rotationInProgress } from './on-demand-rotation';

/** On-demand and automatic rotation of key material, and reading its status and history. */
export function rotationOperations(accountKeys: AccountKeys): Operations {
  const { settings } = accountKeys;
  return {
    RotateKeyOnDemand: (call) => {
      const { key, regional } = customerKeyOf(accountKeys, call);
      const { startDateVisibleFor, rotationLimit } = settings;
      const rotationTime = accountKeys.rotationTime(regional.arn);
      accountKeys.change(rotateOnDemand(key, regional, { rotationTime, startDateVisibleFor, rotationLimit }));
      return { KeyId: regional.arn };
    },
    GetKeyRotationStatus: (call) => rotationStatus(readKey(accountKeys, call), settings.clockSkew),
    ListKeyRotations: (call) => listKeyRotations(accountKeys, call),
    EnableKeyRotation: (call) => {
      const { key, regional } = customerKeyOf(accountKeys, call);
      const period = optionalNumber(call.input, 'RotationPeriodInDays', { min: 90, max: 2560 });
      accountKeys.change(enableAutomaticRotation(key, regional, accountKeys.rotationTime(regional.arn), period));
      return {};
    },
    DisableKeyRotation: (call) => {
      const { key, regional } = customerKeyOf(accountKeys, call);
      accountKeys.change(disableAutomaticRotation(key, regional));
      return {};
    },
  };
}

/**
 * The key as a read sees it, which may lag. Works for asymmetric, HMAC, disabled and pending-deletion keys, but not for keys in custom
 * key stores.
 */
function readKey(accountKeys: AccountKeys, call: Call): KeyInRegion {
  const { regional } = keyOf(accountKeys, call);
  const located = keyOf(accountKeys, call, accountKeys.lag(call.operation, regional.arn));
  if (isInCustomKeyStore(located.key)) {
    throw unsupportedOrigin(regional.arn, located.key.origin);
  }
  return located;
}

/** Automatic rotation shows as disabled once the key has a deletion date, but not while it waits for its replicas to be deleted. */
function rotationStatus({ key, regional }: KeyInRegion, clockSkew: number): object {
  const { enabled, periodInDays, next } = key.automaticRotation;
  const scheduled = enabled && regional.deletion?.date === undefined;
  const inProgress = rotationInProgress(key);
  return {
    KeyId: regional.arn,
    KeyRotationEnabled: scheduled,
    ...(scheduled && { RotationPeriodInDays: periodInDays, NextRotationDate: wireMoment(next) }),
    ...(inProgress && { OnDemandRotationStartDate: wireMoment(inProgress.startedAt + clockSkew) }),
  };
}

function listKeyRotations(accountKeys: AccountKeys, call: Call): object {
  const { input } = call;
  const { clockSkew, orderRotations } = accountKeys.settings;
  const located = readKey(accountKeys, call);
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 1000 }) ?? 100;
  const include = optionalChoice(input, 'IncludeKeyMaterial', ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']);
  if (include === 'ALL_KEY_MATERIAL' && !isSymmetric(located.key)) {
    throw validationError('Input parameter includeKeyMaterial can only be used with symmetric keys.');
  }
  const entries = orderRotations(rotationEntries(located, include === 'ALL_KEY_MATERIAL', clockSkew));
  const { items, next } = page(entries, limit, optionalText(input, 'Marker', { max: 1024 }), invalidMarker);
  return { Rotations: items, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}

/**
 * Completed rotations, oldest first; with `all`, also the first and the pending material.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
 */
function rotationEntries(located: KeyInRegion, all: boolean, clockSkew: number): object[] {
  const { materials, pendingMaterial } = located.key;
  const current = materials.at(-1);
  const entries = materials
    .filter(({ rotation }) => all || rotation)
    .map((material) => entry(located, material, material === current ? 'CURRENT' : 'NON_CURRENT', clockSkew));
  return all && pendingMaterial !== undefined
    ? [...entries, entry(located, { id: pendingMaterial }, pendingState(located.key, pendingMaterial), clockSkew)]
    : entries;
}

function entry(located: KeyInRegion, { id, rotation }: Material, state: string, clockSkew: number): object {
  return {
    KeyId: located.regional.arn,
    KeyMaterialId: id,
    KeyMaterialState: state,
    ...(located.key.origin === 'EXTERNAL' && describeImport(located, id)),
    ...(rotation && { RotationDate: wireMoment(rotation.completedAt + clockSkew), RotationType: rotation.type }),
  };
}

/** KMS reports expired material as IMPORTED; only its `ValidTo` shows that it has expired. */
function describeImport({ key, regional }: KeyInRegion, material: string): object {
  const imported = regional.imports[material];
  return {
    KeyMaterialDescription: key.materialDescriptions[material],
    ImportState: imported ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(imported && {
      ExpirationModel: imported.validTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
      ValidTo: wireMoment(imported.validTo),
    }),
  };
}

function pendingState(key: KmsKey, material: string): string {
  const everywhere = Object.values(key.regionalKeys).every(({ imports }) => imports[material]);
  return everywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
}
