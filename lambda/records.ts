import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { MAX_TOKEN_LENGTH } from '../lib/protocol';
import type { Failure } from './failures';
import { type KeyState, onDemandRotations, remainingRotations } from './key-state';
import { beginningOf } from './ledger';
import type { Claimed, NewRecord } from './ledger-record';
import type { RotationRequest } from './request';
import type { Acceptance } from './situation';

/** Who writes a record, and when. */
export interface Author {
  readonly request: RotationRequest;
  readonly invocation: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MAX_REASON = 500;

export function baseline(author: Author, key: KeyState, ends: Claimed | undefined): NewRecord {
  return {
    state: 'baseline',
    ...signature(author),
    ends: ends?.number,
    keyMaterialAfter: key.metadata.CurrentKeyMaterialId,
    remainingRotations: remainingRotations(key),
  };
}

export function claimed(author: Author, key: KeyState, ends: Claimed | undefined): NewRecord {
  return {
    state: 'claimed',
    ...signature(author),
    ends: ends?.number,
    keyMaterialBefore: key.metadata.CurrentKeyMaterialId,
    materialsBefore: onDemandRotations(key).flatMap(({ KeyMaterialId }) => beginningOf(KeyMaterialId) ?? []),
  };
}

export function requested(author: Author, claim: Claimed, acceptance: Acceptance): NewRecord {
  return { state: 'requested', ...signature(author), claim: claim.number, ...evidence(acceptance) };
}

/** The claim may belong to another invocation than the author. */
export function rotated(
  author: Author,
  claim: Claimed,
  rotation: RotationsListEntry,
  key: KeyState,
  acceptance: Acceptance,
): NewRecord {
  return {
    state: 'rotated',
    ...signature(author),
    token: claim.token,
    ends: claim.number,
    rotationDate: rotation.RotationDate?.toISOString(),
    keyMaterialAfter: rotation.KeyMaterialId,
    remainingRotations: remainingRotations(key),
    ...evidence(acceptance),
  };
}

export function refused(author: Author, failure: Failure, ends: Claimed | undefined): NewRecord {
  const { code, what } = failure.sentence;
  return { state: 'refused', ...signature(author), ends: ends?.number, code, reason: what.slice(0, MAX_REASON) };
}

/** A token that is refused for its length still has to fit a record. */
export function recordedToken(token: string): string {
  return token.slice(0, MAX_TOKEN_LENGTH);
}

function signature({ request, invocation, now }: Author) {
  const { token, keyArn, stackId, logicalResourceId, requestId } = request;
  return {
    token: recordedToken(token),
    keyArn,
    recordedAt: new Date(now).toISOString(),
    stackId,
    logicalResourceId,
    requestId,
    invocation,
  };
}

function evidence({ acceptedAt, kmsRequestId }: Acceptance) {
  return {
    acceptedAt: acceptedAt === undefined ? undefined : new Date(acceptedAt).toISOString(),
    kmsRequestId,
  };
}
