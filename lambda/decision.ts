import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { FUNCTION_TIMEOUT, type RotationAttributes } from '../lib/protocol';
import { budgetRefused, ineligibility } from './eligibility';
import * as failures from './failures';
import type { Failure } from './failures';
import { type KeyState, inForce, onDemandRotations, rotationOf } from './key-state';
import {
  type Attempt,
  type Ledger,
  attributesOf,
  knownRotations,
  lastNumber,
  missingNumber,
  nameOf,
  openAttempt,
  spending,
} from './ledger';
import type { RotationRequest } from './request';

const MINUTE = 60_000;

/** All that the next step depends on. */
export interface Situation {
  readonly request: RotationRequest;
  /** This invocation of the handler, which owns the attempts that it claims. */
  readonly invocation: string;
  readonly now: number;
  /** When the answer is due. */
  readonly deadline: number;
  /** Not defined where it has to be read, or read again. */
  readonly ledger: Ledger | undefined;
  /** Parameters of the ledger that could not be understood. */
  readonly unreadable: readonly string[];
  /** The highest number that is known to be taken, even where it could not be read yet. */
  readonly taken: number;
  /** Not defined where it has to be looked at, or looked at again. */
  readonly key: KeyState | undefined;
  readonly calls: Calls;
  /** The last on-demand rotation that was seen in progress. */
  readonly sighting: Sighting | undefined;
  /** Why it can go no further. */
  readonly failure: Failure | undefined;
}

/** What has become of this invocation's calls of RotateKeyOnDemand. */
export interface Calls {
  readonly accepted: boolean;
  /** When the last call ended whose outcome is not known. */
  readonly unknownAt?: number;
  readonly refusedForGood?: Failure;
  /** KMS has refused for now: not to be called again before `at`. */
  readonly notBefore?: { readonly at: number; readonly failure: Failure };
}

export interface Sighting {
  readonly at: number;
  /** How many rotations were complete then. */
  readonly onDemandRotations: number;
}

export type Step =
  | { readonly do: 'read the ledger' }
  | { readonly do: 'look at the key' }
  | { readonly do: 'record the baseline'; readonly key: KeyState }
  | { readonly do: 'claim'; readonly key: KeyState; readonly continues?: Attempt }
  | { readonly do: 'call KMS' }
  | { readonly do: 'record the request'; readonly attempt: Attempt; readonly adopted: boolean }
  | { readonly do: 'record the rotation'; readonly attempt: Attempt; readonly rotation: RotationsListEntry; readonly key: KeyState }
  | { readonly do: 'wait'; readonly until?: number; readonly failure: Failure }
  | { readonly do: 'succeed'; readonly attributes: RotationAttributes }
  | { readonly do: 'fail'; readonly failure: Failure };

/**
 * Decides what to do next, from what is known: the first row that applies. Nothing here has a side effect.
 *
 * | # | situation | step |
 * |---|---|---|
 * | 1 | the token is spent | succeed, whatever has become of the key |
 * | 2 | it can go no further | fail |
 * | 3 | this invocation owns the open attempt | see `ownAttempt` |
 * | 4 | the token is new to the key, and only to be recorded | record the baseline, which never calls KMS |
 * | 5 | another one owns the open attempt | see `otherAttempt` |
 * | 6 | nobody rotates | see `newAttempt` |
 *
 * When the time is up, whatever would wait, claim or call KMS fails instead.
 */
export function nextStep(situation: Situation): Step {
  const step = decide(situation);
  if (situation.now < situation.deadline) return step;
  if (step.do === 'wait') return { do: 'fail', failure: step.failure };
  if (step.do === 'claim' || step.do === 'call KMS') return { do: 'fail', failure: failures.timeIsUp(situation.request.keyArn) };
  return step;
}

function decide(situation: Situation): Step {
  const { request, ledger, failure } = situation;
  if (!ledger) return failure ? { do: 'fail', failure } : { do: 'read the ledger' };
  // Before anything that can fail: this is what makes every rollback clean.
  const spent = spending(ledger, request.token);
  if (spent) return { do: 'succeed', attributes: attributesOf(request.keyArn, spent) };
  if (failure) return { do: 'fail', failure };

  const [damaged] = situation.unreadable;
  if (damaged !== undefined) return { do: 'fail', failure: failures.ledgerIncomplete(damaged) };
  // All attempts are created in order, so a gap is a read that lags, or an entry that somebody has deleted.
  const missing = missingNumber(ledger, Math.max(situation.taken, lastNumber(ledger)));
  if (missing !== undefined) return { do: 'wait', failure: failures.ledgerIncomplete(nameOf(request.keyId, missing)) };
  const open = openAttempt(ledger);
  if (open?.entry.invocation === situation.invocation) return ownAttempt(situation, open, ledger);
  if (!situation.key) return { do: 'look at the key' };
  const isOurs = open?.entry.token === request.token;
  if (request.baselineOnly && !isOurs) return { do: 'record the baseline', key: situation.key };
  return open ? otherAttempt(situation, open, ledger, situation.key) : newAttempt(situation, ledger, situation.key);
}

/**
 * | our attempt | KMS shows | step |
 * |---|---|---|
 * | requested | its rotation, in force | record the rotation |
 * | requested | anything else | wait |
 * | claimed | a complete rotation that was not there before | record the request: it is adopted |
 * | claimed | a rotation in progress, or one that has been and is not listed yet | wait |
 * | claimed, a call's outcome is not known | nothing, for less than KMS's silence | wait |
 * | claimed, KMS has refused for now | nothing | wait, then call KMS |
 * | claimed | nothing | call KMS |
 */
function ownAttempt(situation: Situation, attempt: Attempt, ledger: Ledger): Step {
  const { key, calls, request } = situation;
  if (calls.accepted && attempt.entry.state === 'claimed') return { do: 'record the request', attempt, adopted: false };
  if (!key) return { do: 'look at the key' };

  const rotation = rotationOf(attempt, key, ledger);
  if (attempt.entry.state === 'requested') {
    return rotation && inForce(rotation, key)
      ? { do: 'record the rotation', attempt, rotation, key }
      : { do: 'wait', failure: failures.notInForce(request.keyArn, attempt.entry.updatedAt) };
  }
  if (rotation) return { do: 'record the request', attempt, adopted: true };
  if (calls.unknownAt !== undefined && key.seenAt < calls.unknownAt + silence(key)) {
    return { do: 'wait', failure: failures.unanswered(request.keyArn) };
  }
  if (isRotating(situation, key)) return { do: 'wait', failure: failures.anotherRotation(request.keyArn) };
  if (calls.notBefore && key.seenAt < calls.notBefore.at) {
    return { do: 'wait', until: calls.notBefore.at, failure: calls.notBefore.failure };
  }
  return { do: 'call KMS' };
}

/**
 * Whether KMS would swallow a call: a rotation is in progress, or has been seen and is not listed yet. That one is seen
 * proves nothing for an attempt of ours, since a read that lags shows the rotation before.
 */
function isRotating({ sighting }: Situation, key: KeyState): boolean {
  const unlisted =
    sighting !== undefined &&
    onDemandRotations(key).length <= sighting.onDemandRotations &&
    key.seenAt < sighting.at + silence(key);
  return key.rotating || unlisted;
}

/**
 * | their attempt | KMS shows | step |
 * |---|---|---|
 * | claimed or requested | its rotation, in force | record the rotation in their place |
 * | claimed, and they must be dead | nothing, for more than KMS's silence | claim, from the same state of the key if the token is ours |
 * | claimed or requested | anything else | wait |
 *
 * An owner lives no longer than its function may run, and calls only while its attempt is claimed.
 */
function otherAttempt(situation: Situation, attempt: Attempt, ledger: Ledger, key: KeyState): Step {
  const { request } = situation;
  const rotation = rotationOf(attempt, key, ledger);
  if (rotation && inForce(rotation, key)) return { do: 'record the rotation', attempt, rotation, key };

  const isOurs = attempt.entry.token === request.token;
  const silentAt = Date.parse(attempt.entry.startedAt) + FUNCTION_TIMEOUT * 1000 + silence(key);
  if (attempt.entry.state === 'claimed' && !rotation && !key.rotating && key.seenAt >= silentAt) {
    return isOurs
      ? eligible(situation, ledger, key, { do: 'claim', key, continues: attempt })
      : newAttempt(situation, ledger, key);
  }
  return { do: 'wait', failure: failures.anotherAttempt(request.keyArn, isOurs, attempt.entry.requestId) };
}

/**
 * | KMS shows | step |
 * |---|---|
 * | fewer rotations than the ledger | wait: its reads lag |
 * | a key that cannot be rotated | fail |
 * | a rotation in progress, or one that has been and is not listed yet | wait: KMS would swallow the call |
 * | an eligible key at rest | claim |
 */
function newAttempt(situation: Situation, ledger: Ledger, key: KeyState): Step {
  const { keyArn } = situation.request;
  let step: Step = { do: 'claim', key };
  if (isRotating(situation, key)) step = { do: 'wait', failure: failures.anotherRotation(keyArn) };
  if (onDemandRotations(key).length < knownRotations(ledger)) step = { do: 'wait', failure: failures.kmsLagging(keyArn) };
  return eligible(situation, ledger, key, step);
}

function eligible({ request, deadline }: Situation, ledger: Ledger, key: KeyState, step: Step): Step {
  const failure =
    ineligibility(request.keyArn, key, deadline + silence(key)) ??
    budgetRefused(request.keyArn, key, knownRotations(ledger), request.reservedRotations);
  return failure ? { do: 'fail', failure } : step;
}

/**
 * How long KMS must show nothing before a call is taken not to have been accepted, in milliseconds. A rotation can be
 * invisible: its start date goes after some seconds, its material and history follow after a minute, and reads lag by
 * minutes. Rotations of multi-Region keys take minutes longer, since every replica follows.
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
 */
export function silence(key: KeyState): number {
  return key.metadata.MultiRegion ? 12 * MINUTE : 3 * MINUTE;
}
