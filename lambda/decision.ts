import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { FUNCTION_TIMEOUT } from '../lib/protocol';
import { budgetRefused, ineligibility, unfitKind } from './eligibility';
import * as failures from './failures';
import type { Failure } from './failures';
import {
  type KeyState,
  hasUnlistedMaterial,
  inForce,
  isLagging,
  isSettled,
  onDemandRotations,
  rotationOfAttempt,
  settledAt,
  consistencyWindow,
} from './key-state';
import {
  type Attempt,
  type Ledger,
  deathOf,
  isSealed,
  knownRotations,
  lastNumber,
  missingNumber,
  nameOf,
  openClaim,
  refusedClaims,
  spending,
} from './ledger';
import type { RotationRequest } from './request';
import { type InProgressRotations, isUnlisted } from './in-progress-rotations';

const MINUTE = 60_000;

/** So many claims in a row may be refused one soon after the other. Each costs two records, and Parameter Store grants 10,000 a Region. */
const REFUSALS = 3;
/** How long the next one is put off then. */
const PAUSE = 60 * MINUTE;

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
  /** Until when the ledger may be read nevertheless, if it would leave a stack stuck to fail. */
  readonly end: number;
  /** From when on reads of the ledger are believed to have caught up, where that must do. */
  readonly settledAt: number;
  /** All that is known of it. */
  readonly ledger: Ledger;
  /** It has to be read, or read again, before anything else is decided by it. */
  readonly ledgerIsStale: boolean;
  /** When the last read of the ledger that was answered began; not defined where none was. */
  readonly ledgerReadAt: number | undefined;
  /** A record that was overwritten, although nothing may be. */
  readonly overwritten: string | undefined;
  /** The next number could not be taken. */
  readonly sealFailed: boolean;
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
  | { readonly do: 'record the baseline'; readonly key: KeyState; readonly ends?: Attempt }
  /** `ends` a claim that has come to nothing. */
  | { readonly do: 'claim'; readonly key: KeyState; readonly ends: Attempt | undefined }
  | { readonly do: 'call KMS' }
  | { readonly do: 'adopt' }
  | { readonly do: 'seal'; readonly failure: Failure }
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
 * | 3 | this invocation owns the open claim | see `ownClaim` |
 * | 4 | the key is of a kind that no token can have rotated | fail |
 * | 5 | the token is new to the key, and only to be recorded | record the baseline, which never calls KMS |
 * | 6 | another one owns the open claim | see `otherClaim` |
 * | 7 | nobody rotates | see `newClaim` |
 *
 * When the time is up, whatever would wait, claim or call KMS fails instead. A request that would fail may have missed that its token is
 * spent, and then it would lie, and, if it is a rollback, leave the stack stuck: it first takes the ledger's next number, which proves that
 * nothing was missed. Where the last record is a refusal already, another would only make the ledger grow: it reads on for two
 * minutes instead.
 */
export function nextStep(situation: Situation): Step {
  const step = inTime(decide(situation), situation);
  if (step.do !== 'fail' || step.isFinal || owns(situation)) return step;
  const { failure } = step;
  const { request, ledger, ledgerReadAt, settledAt, now, end } = situation;
  const isWhole = isSealable(situation);
  if (isWhole && !isSealed(ledger)) return { do: 'seal', failure };
  if (isWhole && ledgerReadAt !== undefined && ledgerReadAt >= settledAt) return step;
  const isWorthIt = request.type === 'Update' || ledgerReadAt !== undefined;
  if (!isWorthIt || now >= end) return { do: 'fail', failure: failures.unsealed(failure) };
  return { do: 'wait', failure, ...(isWhole && now < settledAt && { until: settledAt }) };
}

function inTime(step: Step, situation: Situation): Step {
  if (situation.now >= situation.deadline) {
    if (step.do === 'wait') return { do: 'fail', failure: step.failure };
    if (step.do === 'claim' || step.do === 'call KMS')
      return { do: 'fail', failure: failures.timeIsUp(situation.request.keyArn) };
  }
  return step;
}

/** A record of ours has the number after all others, so whoever has one has missed none. */
function owns({ ledger, invocation }: Situation): boolean {
  return ledger.some(({ entry }) => entry.invocation === invocation);
}

function isSealable({ ledger, ledgerReadAt, sealFailed, unreadable, taken }: Situation): boolean {
  return (
    ledgerReadAt !== undefined &&
    !sealFailed &&
    unreadable.length === 0 &&
    missingNumber(ledger, Math.max(taken, lastNumber(ledger))) === undefined
  );
}

function decide(situation: Situation): Step {
  const { request, ledger, failure } = situation;
  // Before anything that can fail: this is what makes every rollback clean.
  const spent = spending(ledger, request.token);
  if (spent) return { do: 'succeed', attempt: spent };
  if (situation.overwritten !== undefined)
    return { do: 'fail', failure: failures.ledgerOverwritten(situation.overwritten), isFinal: true };
  if (situation.ledgerIsStale) return failure ? { do: 'fail', failure } : { do: 'read the ledger' };
  if (failure) return { do: 'fail', failure };

  const [damaged] = situation.unreadable;
  if (damaged !== undefined) return { do: 'fail', failure: failures.ledgerDamaged(damaged) };
  // All records are created in order, so a gap is a read that lags, or a record that somebody has deleted.
  const missing = missingNumber(ledger, Math.max(situation.taken, lastNumber(ledger)));
  if (missing !== undefined) return { do: 'wait', failure: failures.ledgerIncomplete(nameOf(request.keyId, missing)) };
  const open = openClaim(ledger);
  if (open?.entry.invocation === situation.invocation) return ownClaim(situation, open);
  if (!situation.key) return { do: 'look at the key' };
  const unfit = unfitKind(request.keyArn, situation.key.metadata);
  if (unfit) return { do: 'fail', failure: unfit, isFinal: true };
  if (request.baselineOnly && open?.entry.token !== request.token)
    return { do: 'record the baseline', key: situation.key };
  return open ? otherClaim(situation, open, situation.key) : newClaim(situation, situation.key);
}

/**
 * | our claim | KMS shows | step |
 * |---|---|---|
 * | KMS has accepted | its rotation, in force | record the rotation |
 * | KMS has accepted | anything else | wait |
 * | not known to be accepted | a complete rotation that was not there before | adopt it |
 * | a call's outcome is not known | nothing | wait: it is never called again |
 * | not called | a rotation in progress, or one that has been and is not listed yet | wait |
 * | KMS has refused for now | nothing | wait, then call KMS |
 * | not called | a key that cannot be rotated any more | fail |
 * | not called | nothing | call KMS |
 */
function ownClaim(situation: Situation, claim: Attempt): Step {
  const { key, calls, request, ledger } = situation;
  if (!key) return { do: 'look at the key' };

  const rotation = rotationOfAttempt(claim, key, ledger, calls.acceptedAt);
  if (calls.acceptedAt !== undefined) {
    if (rotation && inForce(rotation, key)) return { do: 'record the rotation', attempt: claim, rotation, key };
    return { do: 'wait', failure: failures.notInForce(request.keyArn, new Date(calls.acceptedAt).toISOString()) };
  }
  if (rotation) return { do: 'adopt' };
  if (calls.unknownAt !== undefined)
    return { do: 'wait', failure: failures.unanswered(request.keyArn, settledAt(claim)) };
  if (isRotating(situation, key) || hasUnlistedMaterial(claim, key)) {
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
 * proves nothing for a claim of ours, since a read that lags shows the rotation before.
 */
function isRotating({ sighting }: Situation, key: KeyState): boolean {
  return key.rotating || (sighting !== undefined && isUnlisted(sighting, key));
}

/**
 * | their claim | KMS shows | step |
 * |---|---|---|
 * | any | its rotation, in force | record the rotation in their place |
 * | its owner has been dead for an hour | its rotation, as far as it shows | record the rotation in their place |
 * | its owner has been dead for an hour | nothing | see `newClaim` |
 * | of the same token, its owner has been dead for KMS's silence | nothing | fail |
 * | any | anything else | wait |
 */
function otherClaim(situation: Situation, claim: Attempt, key: KeyState): Step {
  const { request, ledger } = situation;
  const rotation = rotationOfAttempt(claim, key, ledger);
  if (rotation && (inForce(rotation, key) || isSettled(claim, key)))
    return { do: 'record the rotation', attempt: claim, rotation, key };

  const isSilent = !rotation && !isRotating(situation, key) && !hasUnlistedMaterial(claim, key);
  if (isSilent && isSettled(claim, key)) return newClaim(situation, key, claim);
  if (isSilent && key.seenAt >= deathOf(claim) + consistencyWindow(key))
    return { do: 'fail', failure: failures.unanswered(request.keyArn, settledAt(claim)) };
  return {
    do: 'wait',
    failure: failures.anotherAttempt(request.keyArn, claim.entry.token === request.token, claim.entry.requestId),
  };
}

/**
 * | KMS shows | step |
 * |---|---|
 * | a key that is only to be recorded | record the baseline |
 * | a key that cannot be rotated | fail |
 * | any, and CloudFormation will soon take no answer | fail: the request has waited in Lambda's queue for too long |
 * | any, and the latest claims were refused, the last one less than an hour ago | fail |
 * | less than the ledger has noted in the last hour | wait: its reads lag |
 * | a rotation in progress, or one that has been and is not listed yet | wait: KMS would swallow the call |
 * | an eligible key at rest | claim |
 */
function newClaim(situation: Situation, key: KeyState, ends?: Attempt): Step {
  const {
    ledger,
    request: { keyArn, baselineOnly },
  } = situation;
  if (baselineOnly) return { do: 'record the baseline', key, ends };
  const refusal = refusalOf(situation, key);
  if (refusal) return { do: 'fail', failure: refusal };
  const refused = refusedClaims(ledger);
  const last = refused.at(-1)?.entry;
  if (last && refused.length >= REFUSALS && situation.now < Date.parse(last.updatedAt) + PAUSE) {
    return {
      do: 'fail',
      failure: failures.refusedBefore(keyArn, refused.length, last.reason, Date.parse(last.updatedAt) + PAUSE),
    };
  }
  if (isLagging(key, ledger)) return { do: 'wait', failure: failures.kmsLagging(keyArn) };
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
    case 'adopt':
      return 'KMS lists a rotation since the attempt began';
    case 'record the rotation':
      return `key material ${step.rotation.KeyMaterialId ?? ''} is in force`;
    case 'wait':
    case 'seal':
    case 'fail':
      return step.failure.code;
    case 'read the ledger':
    case 'look at the key':
      return 'what is known is out of date';
  }
}
