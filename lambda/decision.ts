import type { RotationsListEntry } from '@aws-sdk/client-kms';
import type { Verdict } from '../lib/sentence';
import { hasUnlistedMaterial, isRotating, isSettled, rotationOf, unknownRotations } from './attribution';
import { rotationRefusal, unfitKind } from './eligibility';
import * as failures from './failures';
import type { Failure } from './failures';
import { type KeyState, consistencyWindow, inForce } from './key-state';
import {
  acceptedInVain,
  ownerEndsBy,
  isSealed,
  isSpending,
  latestRefusals,
  latestRefusedClaims,
  missingNumber,
  openClaim,
  pauseAfter,
  requestUnder,
  settledAt,
  spending,
  takesOver,
} from './ledger';
import { type Baseline, type Claimed, type NewRecord, type Rotated, parameterName } from './ledger-record';
import * as records from './records';
import { type Acceptance, type Situation, mayHaveRotated } from './situation';
import { verdictOf } from './verdict';

const MINUTE = 60_000;

/**
 * How long a rotation usually takes. Only a slower one gets a `requested` record: all rotations share Parameter Store's three writes a
 * second.
 */
const USUAL_ROTATION = 3 * MINUTE;
/** How often a failing Update checks whether its token is used up after all. */
const REREAD_INTERVAL = MINUTE / 4;
/** How many refusals an invocation records if Parameter Store never says that it has created them. */
const MOST_ATTEMPTS = 2;
/** How long after a failed write the next one is tried. */
const WRITE_RETRY_AFTER = MINUTE / 2;

export type Step =
  /** `failing`, here and below: the request fails with this, whatever the step's result, unless its token turns out to be used up. */
  | { readonly do: 'read the ledger'; readonly failing?: Failure }
  | { readonly do: 'look at the key' }
  /** `optional`: the request goes on if the write fails. */
  | { readonly do: 'record'; readonly record: NewRecord; readonly optional?: true; readonly failing?: Failure }
  | { readonly do: 'call KMS'; readonly claim: Claimed }
  /** `keepsLedger`: the view of the ledger stays valid. */
  | {
      readonly do: 'wait';
      readonly until?: number;
      readonly failure: Failure;
      readonly keepsLedger?: true;
      readonly failing?: Failure;
    }
  | { readonly do: 'succeed'; readonly record: Rotated | Baseline }
  | { readonly do: 'fail'; readonly failure: Failure };

type Decided = Step | { readonly do: 'give up'; readonly failure: Failure; readonly verdict?: Verdict };

/**
 * Decides what to do next, from what is known. Nothing here has a side effect.
 *
 * When the time is up, the request gives up rather than wait, claim or call KMS.
 */
export function nextStep(situation: Situation): Step {
  const step = inTime(decide(situation), situation);
  if (step.do !== 'give up') return step;
  if (step.verdict) return { do: 'fail', failure: step.failure.as(step.verdict) };
  return giveUp(situation, step.failure);
}

function inTime(step: Decided, { now, deadline, request, calls }: Situation): Decided {
  if (now < deadline) return step;
  if (step.do === 'wait') return { do: 'give up', failure: step.failure };
  const begins = step.do === 'call KMS' || (step.do === 'record' && step.record.state === 'claimed');
  // KMS's last refusal explains more than that the time is up.
  return begins ? { do: 'give up', failure: calls.notBefore?.failure ?? failures.timeIsUp(request.keyArn) } : step;
}

/**
 * The first row that applies:
 *
 * | situation | step |
 * |---|---|
 * | the token is used up | succeed, whatever the key's state |
 * | we have overwritten a record | fail: creation is not atomic |
 * | the ledger may have changed | read the ledger |
 * | the request fails | give up |
 * | the ledger is damaged | give up |
 * | a number of the ledger could not be read | wait: its reads lag, or a record was deleted |
 * | this invocation owns the open claim | see `ownClaim` |
 * | the token, or another property, is not allowed | give up |
 * | the key is of a kind that can never rotate | fail |
 * | the request only records its token, and the key has used up none | record the baseline, without a call to KMS |
 * | another invocation owns the open claim | see `otherClaim` |
 * | there is no open claim | see `newClaim` |
 */
function decide(situation: Situation): Decided {
  const { request, ledger, key, failure } = situation;
  // Before anything that can fail, so that every rollback succeeds.
  const spent = spending(ledger.records, request.token);
  if (spent) return { do: 'succeed', record: spent };
  if (ledger.overwritten !== undefined) {
    return {
      do: 'give up',
      failure: failures.ledgerOverwritten(request.region, ledger.overwritten),
      verdict: 'UNKNOWN',
    };
  }
  if (ledger.isStale && !ledger.isUnreadable) return { do: 'read the ledger' };
  if (failure) return { do: 'give up', failure };

  const [damage] = ledger.damage;
  if (damage) return { do: 'give up', failure: failures.ledgerDamaged(request, damage) };
  const missing = missingNumber(ledger);
  if (missing !== undefined) {
    return { do: 'wait', failure: failures.ledgerIncomplete(request, parameterName(request.keyId, missing)) };
  }
  const open = openClaim(ledger.records);
  if (open && isOwn(situation, open)) return ownClaim(situation, open);
  if (request.problem) return { do: 'give up', failure: request.problem };
  if (!key) return { do: 'look at the key' };
  const unfit = unfitKind(request.keyArn, key.metadata);
  if (unfit) return { do: 'give up', failure: unfit, verdict: 'NOT ROTATED' };
  if (isBaseline(situation) && open?.token !== request.token) {
    return { do: 'record', record: records.baseline(situation, key, undefined) };
  }
  return open ? otherClaim(situation, open, key) : newClaim(situation, key, undefined);
}

/**
 * Whether the token is recorded without a rotation: if the user has asked for that, and it is the key's first token. A later token is new
 * because somebody has changed it, for example in a renamed rotation, and so it rotates.
 */
function isBaseline({ request, ledger }: Situation): boolean {
  return (
    request.baselineOnly &&
    !ledger.records.some(isSpending) &&
    acceptedInVain(ledger.records, request.token) === undefined
  );
}

/**
 * | our claim | KMS shows | step |
 * |---|---|---|
 * | not called, or refused for now; it ends no other invocation's claim of its token | anything | see `callUnder` |
 * | not called, or refused for now; it ends one, whose rotation may be late | no rotation | see `callUnder` |
 * | any other | its rotation, in force | record the rotation |
 * | KMS accepted it three minutes ago | anything else | record the request |
 * | KMS accepted it, or its rotation shows | anything else | wait |
 * | a call's outcome is not known | nothing | wait: it is never called again |
 */
function ownClaim(situation: Situation, claim: Claimed): Decided {
  const { key, calls, request, ledger, now } = situation;
  if (!key) return { do: 'look at the key' };
  const rotation = rotationOf(claim, key, ledger.records, calls.acceptedAt);
  const isFirst = !takesOver(ledger.records, claim);
  if (!mayHaveRotated(calls) && (isFirst || !rotation)) return callUnder(situation, claim, key, isFirst);
  if (rotation && inForce(rotation, key)) return recordRotation(situation, claim, rotation, key);
  if (calls.acceptedAt !== undefined) {
    const isSlow = now >= calls.acceptedAt + USUAL_ROTATION && !requestUnder(ledger.records, claim);
    return isSlow && isWritable(situation)
      ? { do: 'record', record: records.requested(situation, claim, calls), optional: true }
      : waitWithLedger(failures.notInForce(request.keyArn, calls.acceptedAt));
  }
  if (rotation) return waitWithLedger(failures.notInForce(request.keyArn, undefined));
  return waitWithLedger(failures.unanswered(request.keyArn, settledAt(claim)));
}

/**
 * | KMS shows | step |
 * |---|---|
 * | a rotation in progress, or a recent one that is not listed yet | wait: KMS would swallow the call |
 * | a key that KMS has just refused to rotate for now | wait |
 * | a key that can no longer be rotated | give up |
 * | a rotation that the claim does not know, or that was in progress since, and the claim is its token's first | claim again, so that a rotation by hand is not taken for ours |
 * | anything else | call KMS |
 */
function callUnder(situation: Situation, claim: Claimed, key: KeyState, isFirst: boolean): Decided {
  const { calls, request, ledger } = situation;
  if (isRotating(key, situation.inProgress) || hasUnlistedMaterial(claim, key)) {
    return waitWithLedger(failures.anotherRotation(request.keyArn));
  }
  if (calls.notBefore && key.seenAt < calls.notBefore.at) {
    return waitWithLedger(calls.notBefore.failure, calls.notBefore.at);
  }
  // Imported material may have been replaced since the claim, and KMS would rotate even to expired material.
  const refusal = rotationRefusal(situation, key);
  if (refusal) return { do: 'give up', failure: refusal };
  const isOutdated =
    situation.inProgress?.claim === claim.number || unknownRotations(claim, key, ledger.records).length > 0;
  return isOutdated && isFirst
    ? { do: 'record', record: records.claimed(situation, key, claim) }
    : { do: 'call KMS', claim };
}

/** While we run, others can end our claim only by recording its rotation, which we see ourselves. */
function waitWithLedger(failure: Failure, until?: number): Step {
  return { do: 'wait', failure, until, keepsLedger: true };
}

/**
 * | the claim | KMS shows | step |
 * |---|---|---|
 * | any | its rotation, in force | record the rotation for its owner |
 * | its owner has been dead for an hour | its rotation, in force or not | record the rotation for its owner |
 * | its owner has been dead for an hour | nothing | see `newClaim` |
 * | its owner has been dead for longer than a rotation usually takes to show | nothing | give up: the hour has to pass |
 * | any | anything else | wait |
 *
 * Nobody may take over earlier: a late rotation of the claim would be taken for ours, and its token would rotate twice.
 */
function otherClaim(situation: Situation, claim: Claimed, key: KeyState): Decided {
  const { request, ledger } = situation;
  const rotation = rotationOf(claim, key, ledger.records);
  const settled = isSettled(claim, key);
  if (rotation && (inForce(rotation, key) || settled)) return recordRotation(situation, claim, rotation, key);

  const isSilent = !rotation && !isRotating(key, situation.inProgress) && !hasUnlistedMaterial(claim, key);
  if (isSilent && settled) return newClaim(situation, key, claim);
  if (isSilent && key.seenAt >= ownerEndsBy(claim) + consistencyWindow(key)) {
    return { do: 'give up', failure: failures.openClaim(request, claim, settledAt(claim)) };
  }
  return { do: 'wait', failure: failures.anotherRequest(request, claim) };
}

/**
 * | situation | step |
 * |---|---|
 * | KMS has accepted a call for this token, and never shown its rotation | give up: the call is never repeated |
 * | the token is recorded without a rotation | record the baseline |
 * | the key cannot be rotated, or CloudFormation will soon stop waiting | give up |
 * | the token's latest claims were refused, the last one recently | give up |
 * | a rotation is in progress, or a recent one is not listed yet | wait: KMS would swallow the call |
 * | an eligible key at rest | claim |
 */
function newClaim(situation: Situation, key: KeyState, ends: Claimed | undefined): Decided {
  const { ledger, request, now } = situation;
  const accepted = acceptedInVain(ledger.records, request.token);
  if (accepted) return { do: 'give up', failure: failures.neverShown(request.keyArn, accepted) };
  if (isBaseline(situation)) return { do: 'record', record: records.baseline(situation, key, ends) };
  const refusal = rotationRefusal(situation, key);
  if (refusal) return { do: 'give up', failure: refusal };
  const refused = latestRefusedClaims(ledger.records, request.token);
  if (now < pauseAfter(refused)) {
    return { do: 'give up', failure: failures.refusedBefore(request.keyArn, refused, pauseAfter(refused)) };
  }
  if (isRotating(key, situation.inProgress)) return { do: 'wait', failure: failures.anotherRotation(request.keyArn) };
  return { do: 'record', record: records.claimed(situation, key, ends) };
}

function recordRotation(situation: Situation, claim: Claimed, rotation: RotationsListEntry, key: KeyState): Step {
  const acceptance = isOwn(situation, claim) ? situation.calls : acceptanceOf(situation, claim);
  return { do: 'record', record: records.rotated(situation, claim, rotation, key, acceptance) };
}

function acceptanceOf({ ledger }: Situation, claim: Claimed): Acceptance {
  const request = requestUnder(ledger.records, claim);
  const acceptedAt = request?.acceptedAt === undefined ? undefined : Date.parse(request.acceptedAt);
  return { acceptedAt, kmsRequestId: request?.kmsRequestId };
}

/**
 * A failing request may have missed that its token is used up. Then its sentence would be untrue, and if it is a rollback, the stack
 * would be stuck. So it takes the ledger's next number first, which proves that nothing was missed.
 *
 * | situation | step |
 * |---|---|
 * | our claim is open, KMS has accepted it, and the ledger does not say so | record the request |
 * | our claim is open, and KMS was called | read the ledger once more, then fail |
 * | our refusal is the ledger's last record | fail |
 * | the ledger is completely known, and our claim is open, or there is no recent series of refusals by the token or by us | record the refusal, which ends the claim |
 * | an Update, and there is time | wait, and read the ledger again |
 * | anything else | fail |
 */
function giveUp(situation: Situation, failure: Failure): Step {
  const { request, ledger, calls, now, end } = situation;
  const open = openClaim(ledger.records);
  const own = open && isOwn(situation, open) ? open : undefined;
  if (own && mayHaveRotated(calls)) return giveUpCalled(situation, own, failure);
  const fail: Step = { do: 'fail', failure: failure.as(verdictOf(situation)) };
  if (isSealed(ledger)) return fail;
  const isComplete = ledger.readAt !== undefined && missingNumber(ledger) === undefined;
  const refusals = latestRefusals(ledger.records, records.recordedToken(request.token));
  const attempts = refusals.filter(({ invocation }) => invocation === situation.invocation).length;
  // A claim is ended without a pause: otherwise every other token would have to wait for the hour.
  const isDue = own !== undefined || (attempts < MOST_ATTEMPTS && now >= pauseAfter(refusals));
  if (isComplete && isWritable(situation) && isDue) {
    return { do: 'record', record: records.refused(situation, failure, own), failing: failure };
  }
  return request.type === 'Update' && now < end
    ? { do: 'wait', until: now + REREAD_INTERVAL, failure, failing: failure }
    : fail;
}

function giveUpCalled(situation: Situation, claim: Claimed, failure: Failure): Step {
  const { ledger, key, calls, now } = situation;
  if (calls.acceptedAt !== undefined && !requestUnder(ledger.records, claim) && isWritable(situation)) {
    return { do: 'record', record: records.requested(situation, claim, calls), failing: failure };
  }
  // If the clock has gone back, reading again would not help.
  const isOutdated = key !== undefined && (ledger.readAt ?? 0) < key.seenAt && key.seenAt <= now;
  return isOutdated && !ledger.isUnreadable
    ? { do: 'read the ledger', failing: failure }
    : { do: 'fail', failure: failure.as(verdictOf(situation)) };
}

/** Whether a record can be written now, as far as is known. */
function isWritable({ ledger: { isStale, writeFailedAt }, now }: Situation): boolean {
  return !isStale && (writeFailedAt === undefined || now >= writeFailedAt + WRITE_RETRY_AFTER);
}

function isOwn({ invocation }: Situation, claim: Claimed): boolean {
  return claim.invocation === invocation;
}

/** Why a step was decided, for the log. */
export function reasonOf(step: Step): string {
  switch (step.do) {
    case 'record':
      return step.failing?.code ?? step.record.state;
    case 'call KMS':
      return `claim ${step.claim.number} is ours, and nothing is in the way`;
    case 'wait':
    case 'fail':
      return step.failure.code;
    case 'succeed':
      return `record ${step.record.number} has used up the token (${step.record.state})`;
    case 'read the ledger':
    case 'look at the key':
      return 'what is known is out of date';
  }
}
