import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import { FUNCTION_TIMEOUT, ROTATIONS_PER_KEY } from '../lib/protocol';
import * as failures from './failures';
import type { Failure } from './failures';
import { type KeyState, consistencyWindow, namesMaterials, onDemandRotations } from './key-state';
import { knownMaterials } from './ledger';
import type { Situation } from './situation';

const MINUTE = 60_000;

/**
 * How old a request may be when its rotation begins: CloudFormation waits for an hour, and a failure in time is better than a rotation
 * that is too late.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
 */
const LATEST_START = 55 * MINUTE;

/** Why this request may not rotate the key now, if so. */
export function rotationRefusal({ request, ledger, now }: Situation, key: KeyState): Failure | undefined {
  const { keyArn, requestedAt = now, reservedRotations, expectedKeyMaterialId } = request;
  const overAt = now + FUNCTION_TIMEOUT * 1000 + consistencyWindow(key);
  const age = now - requestedAt;
  return (
    ineligibility(keyArn, key, overAt) ??
    (namesMaterials(key) ? undefined : failures.keyMaterialUnnamed(keyArn)) ??
    unexpectedMaterial(keyArn, key, expectedKeyMaterialId) ??
    budgetRefused(keyArn, key, knownMaterials(ledger.records).size, reservedRotations) ??
    (age >= LATEST_START ? failures.queuedTooLong(keyArn, Math.floor(age / MINUTE)) : undefined)
  );
}

/**
 * Why a key cannot be rotated on demand, if so: the first row of the table in docs/eligibility.md that applies. KMS itself would refuse
 * some of these keys with an empty message, and would accept a rotation to expired material, which puts the key out of service.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 *
 * @param until when the rotation completes at the latest; milliseconds since the epoch.
 */
export function ineligibility(keyArn: string, key: KeyState, until: number): Failure | undefined {
  return (
    unfitKind(keyArn, key.metadata) ??
    replicaRefused(keyArn, key.metadata) ??
    stateRefused(keyArn, key.metadata) ??
    materialRefused(keyArn, key, until)
  );
}

/** Why no key of this kind can ever be rotated on demand, if so. */
export function unfitKind(
  keyArn: string,
  { KeyManager, KeySpec, KeyUsage, CustomKeyStoreId, Origin }: KeyMetadata,
): Failure | undefined {
  if (KeyManager === 'AWS') return failures.awsManagedKey(keyArn);
  if (KeySpec !== 'SYMMETRIC_DEFAULT') return failures.keySpec(keyArn, KeySpec ?? 'unknown');
  if (KeyUsage !== 'ENCRYPT_DECRYPT') return failures.keyUsage(keyArn, KeyUsage ?? 'unknown');
  if (CustomKeyStoreId !== undefined || (Origin !== 'AWS_KMS' && Origin !== 'EXTERNAL')) {
    return failures.customKeyStore(keyArn, Origin ?? 'unknown');
  }
  return undefined;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
function replicaRefused(keyArn: string, { MultiRegionConfiguration }: KeyMetadata): Failure | undefined {
  if (MultiRegionConfiguration?.MultiRegionKeyType !== 'REPLICA') return undefined;
  const { Arn = 'unknown', Region = 'an unknown Region' } = MultiRegionConfiguration.PrimaryKey ?? {};
  return failures.replicaKey(keyArn, Arn, Region);
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function stateRefused(keyArn: string, { KeyState: state, DeletionDate }: KeyMetadata): Failure | undefined {
  switch (state) {
    case 'Enabled':
      return undefined;
    case 'Disabled':
      return failures.keyDisabled(keyArn);
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return failures.keyPendingDeletion(keyArn, DeletionDate);
    case 'PendingImport':
      return failures.keyPendingImport(keyArn);
    default:
      return failures.keyNotReady(keyArn, state ?? 'unknown');
  }
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html#rotate-imported-key-material */
function materialRefused(keyArn: string, { metadata, pendingMaterial }: KeyState, until: number): Failure | undefined {
  if (metadata.Origin !== 'EXTERNAL') return undefined;
  return pendingMaterial === undefined
    ? failures.noPendingMaterial(keyArn)
    : pendingRefused(keyArn, pendingMaterial, metadata, until);
}

function pendingRefused(
  keyArn: string,
  { KeyMaterialId = 'unknown', KeyMaterialState, ImportState, ValidTo }: RotationsListEntry,
  metadata: KeyMetadata,
  until: number,
): Failure | undefined {
  if (KeyMaterialState !== 'PENDING_ROTATION') {
    const replicas = metadata.MultiRegionConfiguration?.ReplicaKeys ?? [];
    const arns = replicas.map(({ Arn = 'unknown' }) => Arn);
    return failures.pendingInPrimaryOnly(keyArn, KeyMaterialId, arns);
  }
  if (ImportState !== 'IMPORTED') return failures.pendingMaterialNotImported(keyArn, KeyMaterialId);
  // ImportState stays IMPORTED after the material has expired.
  if (ValidTo !== undefined && ValidTo.getTime() <= until) {
    return failures.pendingMaterialExpires(keyArn, KeyMaterialId, ValidTo);
  }
  return undefined;
}

/** Why the next rotation would not put the expected key material in force, if so. */
export function unexpectedMaterial(
  keyArn: string,
  { metadata, pendingMaterial }: KeyState,
  expected: string | undefined,
): Failure | undefined {
  if (expected === undefined) return undefined;
  if (metadata.Origin !== 'EXTERNAL') return failures.expectedMaterialOfKms(keyArn);
  const pending = pendingMaterial?.KeyMaterialId;
  return pending === expected ? undefined : failures.otherPendingMaterial(keyArn, pending ?? 'unknown', expected);
}

/**
 * Why another rotation would use up the key's reserve, if so. Without a reserve this never refuses: KMS's own limit applies.
 *
 * @param knownRotations how many the ledger records; KMS's history may lag behind.
 */
export function budgetRefused(
  keyArn: string,
  key: KeyState,
  knownRotations: number,
  reserved: number,
): Failure | undefined {
  const used = Math.max(onDemandRotations(key).length + (key.rotating ? 1 : 0), knownRotations);
  return reserved > 0 && ROTATIONS_PER_KEY - used - 1 < reserved
    ? failures.reserveReached(keyArn, used, ROTATIONS_PER_KEY, reserved)
    : undefined;
}
