import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { FUNCTION_TIMEOUT } from '../lib/protocol';
import { ineligibility } from '../lambda/eligibility';
import type { Failure } from '../lambda/failures';
import { type KeyState, consistencyWindow, isSameMaterial, remainingRotations } from '../lambda/key-state';
import { ownerEndsBy, openClaim, requestUnder } from '../lambda/ledger';
import type { LedgerRecord, Rotated } from '../lambda/ledger-record';
import { tokenDigest } from '../lambda/token-digest';
import { type KeyFacts, factsOf } from './key-facts';
import type { KeyView } from './region-reader';

/** What `status` shows of a key. */
export interface KeyReport extends KeyFacts {
  /** `undefined` if that is unknown. */
  readonly eligible: boolean | undefined;
  /** Why not. */
  readonly refusal: { readonly code: string; readonly what: string } | undefined;
  /** When KMS next rotates the key automatically, if it does. */
  readonly nextAutomaticRotation: string | undefined;
  readonly remainingRotations: number | undefined;
  readonly lastRotation: LastRotation | undefined;
  readonly inProgress: RotationInProgress | undefined;
  /** What could not be read. */
  readonly unknown: readonly string[];
}

export interface LastRotation {
  readonly date: string | undefined;
  readonly type: string;
  /** `undefined` for a rotation without a token. */
  readonly token: string | undefined;
  /** Stands for the token in logs and in CloudTrail. */
  readonly tokenDigest: string | undefined;
  readonly stackId: string | undefined;
}

export interface RotationInProgress {
  /** `undecided`: the claim's owner ended without recording an outcome; a later deployment settles it. */
  readonly state: 'claimed' | 'requested' | 'rotating' | 'undecided';
  readonly since: string | undefined;
  readonly token: string | undefined;
  readonly stackId: string | undefined;
}

export function reportOf(view: KeyView, now: number): KeyReport {
  const { keyArn, key, lacks } = view;
  const refusal = key && refusalOf(keyArn, key, now);
  const isListed = key !== undefined && !lacks.has('ListKeyRotations') && !lacks.has('GetKeyRotationStatus');
  // Whether a key with imported material can rotate depends on its list of rotations.
  const isDecided = isListed || (key !== undefined && key.metadata.Origin !== 'EXTERNAL');
  return {
    ...factsOf(view),
    eligible: isDecided ? refusal === undefined : view.isGone ? false : undefined,
    refusal: isDecided && refusal ? { code: refusal.code, what: refusal.sentence.what } : undefined,
    nextAutomaticRotation: key?.nextAutomaticRotation?.toISOString(),
    remainingRotations: isListed && hasBudget(key) ? remainingRotations(key) : undefined,
    lastRotation: key && lastRotation(key, view.ledger.records),
    inProgress: inProgress(view, now),
    unknown: [...lacks],
  };
}

function refusalOf(keyArn: string, key: KeyState, now: number): Failure | undefined {
  return ineligibility(keyArn, key, now + FUNCTION_TIMEOUT * 1000 + consistencyWindow(key));
}

/** Other kinds of key have no on-demand rotations. */
function hasBudget({ metadata }: KeyState): boolean {
  return metadata.KeyManager === 'CUSTOMER' && metadata.KeySpec === 'SYMMETRIC_DEFAULT' && !metadata.CustomKeyStoreId;
}

function lastRotation({ rotations }: KeyState, ledger: readonly LedgerRecord[]): LastRotation | undefined {
  const last = rotations.at(-1);
  if (!last) return undefined;
  const record = recordOf(last, ledger);
  const claim = record && ledger.find(({ number }) => number === record.ends);
  return {
    date: last.RotationDate?.toISOString(),
    type: last.RotationType ?? 'unknown',
    token: record?.token,
    tokenDigest: record && tokenDigest(record.token),
    stackId: (claim ?? record)?.stackId,
  };
}

/** The record of a rotation that KMS lists. */
export function recordOf(rotation: RotationsListEntry, ledger: readonly LedgerRecord[]): Rotated | undefined {
  return ledger.find(
    (record): record is Rotated =>
      record.state === 'rotated' && isSameMaterial(record.keyMaterialAfter, rotation.KeyMaterialId),
  );
}

function inProgress({ key, ledger: { records } }: KeyView, now: number): RotationInProgress | undefined {
  const claim = openClaim(records);
  if (claim) {
    const request = requestUnder(records, claim);
    const isDead = now >= ownerEndsBy(claim) && !key?.rotating;
    return {
      state: isDead ? 'undecided' : key?.rotating ? 'rotating' : request ? 'requested' : 'claimed',
      since: request?.acceptedAt ?? claim.recordedAt,
      token: claim.token,
      stackId: claim.stackId,
    };
  }
  return key?.rotating
    ? { state: 'rotating', since: key.startDate?.toISOString(), token: undefined, stackId: undefined }
    : undefined;
}
