import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { FUNCTION_TIMEOUT } from '../lib/protocol';
import { budgetRefused, ineligibility, unfitKind } from './eligibility';
import * as failures from './failures';
import type { Failure } from './failures';
import {
  type KeyState,
  hasUnlistedMaterial,
  inForce,
  onDemandRotations,
  rotationOfAttempt,
  consistencyWindow,
} from './key-state';
import {
  type Attempt,
  type Ledger,
  knownRotations,
  lastNumber,
  missingNumber,
  nameOf,
  openAttempt,
  outdated,
  spending,
} from './ledger';
import type { RotationRequest } from './request';
import { type InProgressRotations, isUnlisted } from './in-progress-rotations';

const MINUTE = 60_000;

/**
 * Until when a rotation is usually over, so that `rotated` can follow `claimed` at once: Parameter Store takes three writes a second,
 * from all rotations together. Nothing hangs on it. If the owner dies meanwhile, `requested` would only keep others from
 * calling again once KMS has shown nothing for longer than the owner can live and KMS be silent, five times as long.
 */
const USUAL_ROTATION = 3 * MINUTE;

/**
 * How old a request may be when its rotation begins: CloudFormation takes an answer for an hour, and a sentence that comes in time is
 * worth more than a rotation that does not.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
 */
const LATEST_START = 55 * MINUTE;

/** All that the next step depends on. */
export interface Situation {
  readonly request: RotationRequest;
  /** This invocation of the handler, which owns the attempts that it claims. */
  readonly invocation: string;
  readonly now: number;
  /** When the answer is due. */
  readonly deadline: number;
  /** From when on reads of the ledger are believed to have caught up. A claim need not wait for that: it is atomic. */
  readonly settledAt: number;
  /** All that is known of it. */
  readonly ledger: Ledger;
  /** It has to be read, or read again, before anything else is decided by it. */
  readonly ledgerIsStale: boolean;
  /** When the last read of the ledger that was answered began; not defined where none was. */
  readonly ledgerReadAt: number | undefined;
  /** Parameters of the ledger that could not be understood. */
  readonly unreadable: readonly string[];
  /** The highest number that is known to be taken, even where it could not be read yet. */
  readonly taken: number;
  /** Not defined where it has to be looked at, or looked at again. */
  readonly key: KeyState | undefined;
  readonly calls: Calls;
  /** On-demand rotations that were seen in progress. */
  readonly sighting: InProgressRotations | undefined;
  /** Why it can go no further. */
  readonly failure: Failure | undefined;
}

/** What has become of this invocation's calls of RotateKeyOnDemand. */
export interface Calls {
  /** When KMS has accepted one. */
  readonly acceptedAt?: number;
  /** When the last call ended whose outcome is not known. */
  readonly unknownAt?: number;
  /** KMS has refused for now: not to be called again before `at`. */
  readonly notBefore?: { readonly at: number; readonly failure: Failure };
}

export type Step =
  | { readonly do: 'read the ledger' }
  | { readonly do: 'look at the key' }
  | { readonly do: 'record the baseline'; readonly key: KeyState }
  | { readonly do: 'claim'; readonly key: KeyState; readonly ends: Attempt | undefined }
  | { readonly do: 'call KMS' }
  | { readonly do: 'record the request'; readonly attempt: Attempt; readonly adopted: boolean }
  | {
      readonly do: 'record the rotation';
      readonly attempt: Attempt;
      readonly rotation: RotationsListEntry;
      readonly key: KeyState;
    }
  | { readonly do: 'wait'; readonly until?: number; readonly failure: Failure }
  | { readonly do: 'succeed'; readonly attempt: Attempt }
  /** `isFinal`: whatever the ledger may show later. */
  | { readonly do: 'fail'; readonly failure: Failure; readonly isFinal?: true };

/**
 * Decides what to do next, from what is known: the first row that applies. Nothing here has a side effect.
 *
 * | # | situation | step |
 * |---|---|---|
 * | 1 | the token is spent | succeed, whatever has become of the key |
 * | 2 | it can go no further | fail |
 * | 3 | this invocation owns the open attempt | see `ownAttempt` |
 * | 4 | the key is of a kind that no token can have rotated | fail |
 * | 5 | the token is new to the key, and only to be recorded | record the baseline, which never calls KMS |
 * | 6 | another one owns the open attempt | see `otherAttempt` |
 * | 7 | nobody rotates | see `newAttempt` |
 *
 * When the time is up, whatever would wait, claim or call KMS fails instead. Until a read of the ledger has settled, an Update that would
 * fail waits instead: if it is a rollback whose entry a read has missed, failing would leave the stack stuck. Once one has, or before it
 * fails, it succeeds if KMS has accepted the token's rotation and another attempt has followed: how it ended is not shown, but it has.
 */
export function nextStep(situation: Situation): Step {
  const step = inTime(decide(situation), situation);
  const isLastWord = step.do === 'fail' || (step.do !== 'succeed' && hasSettled(situation));
  const requested = isLastWord ? outdatedRequest(situation) : undefined;
  return requested ? { do: 'succeed', attempt: requested } : step;
}

function inTime(step: Step, situation: Situation): Step {
  if (situation.now >= situation.deadline) {
    if (step.do === 'wait') return { do: 'fail', failure: step.failure };
    if (step.do === 'claim' || step.do === 'call KMS')
      return { do: 'fail', failure: failures.timeIsUp(situation.request.keyArn) };
  } else if (step.do === 'fail' && !step.isFinal && mayBeRollback(situation)) {
    return { do: 'wait', failure: step.failure };
  }
  return step;
}

/** An attempt of ours has the number after all others, so whoever has one has missed none. */
function mayBeRollback(situation: Situation): boolean {
  const { request, ledger, invocation } = situation;
  const owns = ledger.some(({ entry }) => entry.invocation === invocation);
  return request.type === 'Update' && !hasSettled(situation) && !owns;
}

/** Whether the ledger was read late enough to show all that was written before this invocation. That time has passed is not enough. */
function hasSettled({ ledgerReadAt, settledAt }: Situation): boolean {
  return ledgerReadAt !== undefined && ledgerReadAt >= settledAt;
}

function decide(situation: Situation): Step {
  const { request, ledger, failure } = situation;
  // Before anything that can fail: this is what makes every rollback clean.
  const spent = spending(ledger, request.token);
  if (spent) return { do: 'succeed', attempt: spent };
  if (situation.ledgerIsStale) return failure ? { do: 'fail', failure } : { do: 'read the ledger' };
  if (failure) return { do: 'fail', failure };

  const [damaged] = situation.unreadable;
  if (damaged !== undefined) return { do: 'fail', failure: failures.ledgerIncomplete(damaged) };
  // All attempts are created in order, so a gap is a read that lags, or an entry that somebody has deleted.
  const missing = missingNumber(ledger, Math.max(situation.taken, lastNumber(ledger)));
  if (missing !== undefined) return { do: 'wait', failure: failures.ledgerIncomplete(nameOf(request.keyId, missing)) };
  // Whichever token it has: a rotation that it has caused could be taken for ours.
  const [lagging] = outdated(ledger);
  if (lagging) return { do: 'wait', failure: failures.ledgerLagging(nameOf(request.keyId, lagging.number)) };
  const open = openAttempt(ledger);
  if (open?.entry.invocation === situation.invocation) return ownAttempt(situation, open);
  if (!situation.key) return { do: 'look at the key' };
  const unfit = unfitKind(request.keyArn, situation.key.metadata);
  if (unfit) return { do: 'fail', failure: unfit, isFinal: true };
  const isOurs = open?.entry.token === request.token;
  if (request.baselineOnly && !isOurs) return { do: 'record the baseline', key: situation.key };
  return open ? otherAttempt(situation, open, situation.key) : newAttempt(situation, situation.key);
}

/** An attempt with our token that KMS has accepted, and that looks open although another one has followed. */
function outdatedRequest({ ledger, request }: Situation): Attempt | undefined {
  return outdated(ledger).find(({ entry }) => entry.state === 'requested' && entry.token === request.token);
}

/**
 * | our attempt | KMS shows | step |
 * |---|---|---|
 * | KMS has accepted | its rotation, in force | record the rotation |
 * | KMS has accepted, claimed for long | anything else | record the request |
 * | KMS has accepted | anything else | wait |
 * | claimed | a complete rotation that was not there before | record the request: it is adopted |
 * | claimed | a rotation in progress, or one that has been and is not listed yet | wait |
 * | claimed, a call's outcome is not known | nothing, for less than KMS's silence | wait |
 * | claimed, KMS has refused for now | nothing | wait, then call KMS |
 * | claimed | a key that cannot be rotated any more | fail |
 * | claimed | nothing | call KMS |
 */
function ownAttempt(situation: Situation, attempt: Attempt): Step {
  const { key, calls, request, ledger } = situation;
  if (!key) return { do: 'look at the key' };

  const rotation = rotationOfAttempt(attempt, key, ledger);
  const isRecorded = attempt.entry.state === 'requested';
  if (isRecorded || calls.acceptedAt !== undefined) {
    if (rotation && inForce(rotation, key)) return { do: 'record the rotation', attempt, rotation, key };
    const acceptedAt = calls.acceptedAt ?? Date.parse(attempt.entry.updatedAt);
    if (!isRecorded && situation.now >= acceptedAt + USUAL_ROTATION)
      return { do: 'record the request', attempt, adopted: false };
    return { do: 'wait', failure: failures.notInForce(request.keyArn, new Date(acceptedAt).toISOString()) };
  }
  if (rotation) return { do: 'record the request', attempt, adopted: true };
  if (calls.unknownAt !== undefined && key.seenAt < calls.unknownAt + consistencyWindow(key)) {
    return { do: 'wait', failure: failures.unanswered(request.keyArn) };
  }
  if (isRotating(situation, key) || hasUnlistedMaterial(attempt, key)) {
    return { do: 'wait', failure: failures.anotherRotation(request.keyArn) };
  }
  if (calls.notBefore && key.seenAt < calls.notBefore.at) {
    return { do: 'wait', until: calls.notBefore.at, failure: calls.notBefore.failure };
  }
  // Imported material may have been exchanged since the claim, and KMS would rotate to material that has expired.
  const refusal = refusalOf(situation, key);
  return refusal ? { do: 'fail', failure: refusal } : { do: 'call KMS' };
}

/**
 * Whether KMS would swallow a call: a rotation is in progress, or has been seen and is not listed yet. That one is seen
 * proves nothing for an attempt of ours, since a read that lags shows the rotation before.
 */
function isRotating({ sighting }: Situation, key: KeyState): boolean {
  return key.rotating || (sighting !== undefined && isUnlisted(sighting, key));
}

/**
 * | their attempt | KMS shows | step |
 * |---|---|---|
 * | claimed or requested | its rotation, in force | record the rotation in their place |
 * | claimed, and they must be dead | nothing, for more than KMS's silence | see `newAttempt` |
 * | claimed or requested | anything else | wait |
 *
 * An owner lives no longer than its function may run, and calls only while its attempt is claimed.
 */
function otherAttempt(situation: Situation, attempt: Attempt, key: KeyState): Step {
  const { request, ledger } = situation;
  const rotation = rotationOfAttempt(attempt, key, ledger);
  if (rotation && inForce(rotation, key)) return { do: 'record the rotation', attempt, rotation, key };

  const isOurs = attempt.entry.token === request.token;
  const silentAt = Date.parse(attempt.entry.startedAt) + FUNCTION_TIMEOUT * 1000 + consistencyWindow(key);
  const isSilent =
    !rotation && !isRotating(situation, key) && !hasUnlistedMaterial(attempt, key) && key.seenAt >= silentAt;
  if (attempt.entry.state === 'claimed' && isSilent) {
    return request.baselineOnly ? { do: 'record the baseline', key } : newAttempt(situation, key, attempt);
  }
  return { do: 'wait', failure: failures.anotherAttempt(request.keyArn, isOurs, attempt.entry.requestId) };
}

/**
 * | KMS shows | step |
 * |---|---|
 * | a key that cannot be rotated | fail |
 * | any, and CloudFormation will soon take no answer | fail: the request has waited in Lambda's queue for too long |
 * | fewer rotations than the ledger | wait: its reads lag |
 * | a rotation in progress, or one that has been and is not listed yet | wait: KMS would swallow the call |
 * | an eligible key at rest | claim |
 */
function newAttempt(situation: Situation, key: KeyState, ends?: Attempt): Step {
  const {
    ledger,
    request: { keyArn },
  } = situation;
  const refusal = refusalOf(situation, key);
  if (refusal) return { do: 'fail', failure: refusal };
  if (onDemandRotations(key).length < knownRotations(ledger))
    return { do: 'wait', failure: failures.kmsLagging(keyArn) };
  if (isRotating(situation, key)) return { do: 'wait', failure: failures.anotherRotation(keyArn) };
  return { do: 'claim', key, ends };
}

/** Why the key is not to be rotated now, if so. */
function refusalOf({ request, ledger, now }: Situation, key: KeyState): Failure | undefined {
  const { keyArn, requestedAt = now, reservedRotations } = request;
  const overAt = now + FUNCTION_TIMEOUT * 1000 + consistencyWindow(key);
  const age = now - requestedAt;
  return (
    ineligibility(keyArn, key, overAt) ??
    budgetRefused(keyArn, key, knownRotations(ledger), reservedRotations) ??
    (age >= LATEST_START ? failures.queuedTooLong(keyArn, Math.floor(age / MINUTE)) : undefined)
  );
}

/** Why a step was decided, for the log. */
export function reasonOf(step: Step): string {
  switch (step.do) {
    case 'succeed':
      return `attempt ${step.attempt.number} has spent the token (${step.attempt.entry.state})`;
    case 'record the baseline':
      return 'the token is new to the key, and is not to rotate it';
    case 'claim':
      return `KMS lists ${onDemandRotations(step.key).length} on-demand rotations and none is in progress`;
    case 'call KMS':
      return 'the attempt is ours, and KMS shows no rotation since';
    case 'record the request':
      return step.adopted ? 'KMS lists a rotation since the attempt began' : 'KMS has accepted';
    case 'record the rotation':
      return `key material ${step.rotation.KeyMaterialId ?? ''} is in force`;
    case 'wait':
    case 'fail':
      return step.failure.code;
    case 'read the ledger':
    case 'look at the key':
      return 'what is known is out of date';
  }
}
