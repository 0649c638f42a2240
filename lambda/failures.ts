import { LEDGER_PATH } from '../lib/protocol';
import { type Fault, faultOf, textOf } from './aws-error';
import { deniedAction, missingForKey, missingForLedger } from './missing-permission';

/** Why a deployment fails, in one sentence for the person who deploys: what, which key, what to do. */
export class Failure extends Error {
  public constructor(
    /** Names the failure in logs and in docs/errors.md. */
    public readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

const NOTHING_ROTATED = 'Nothing has been rotated.';
const SAME_TOKEN =
  'Deploy again with the same rotation token: the same rotation will be picked up, and there will be no second one.';

/** The same failure, where it is not sure that nothing was missed. */
export const unsealed = ({ code, message }: Failure) =>
  new Failure(
    code,
    message.replace(NOTHING_ROTATED, 'Whether this rotation token has rotated the key before could not be made sure.'),
  );

// The event

export const malformed = (name: string, value: unknown, allowed: string) =>
  new Failure(
    'MalformedRequest',
    `${name} must be ${allowed}, but is ${value === undefined ? 'missing' : JSON.stringify(value)}. ${NOTHING_ROTATED}`,
  );

export const aliasArn = (arn: string) =>
  new Failure(
    'Alias',
    `${arn} is the ARN of an alias. KMS rotates keys, and this alias may point to another one tomorrow: pass the ARN of the key (aws kms describe-key --region ${arn.split(':')[3] ?? ''} --key-id ${arn}), or the key itself by Key.fromLookup(this, id, { aliasName }). ${NOTHING_ROTATED}`,
  );

export const otherAccount = (keyArn: string, account: string) =>
  new Failure(
    'OtherAccount',
    `Key ${keyArn} belongs to another account than this stack (${account}), and KMS rotates keys for their own account only: declare the rotation in a stack of the key's account. ${NOTHING_ROTATED}`,
  );

// The key

export const ineligible = (code: string, keyArn: string, why: string, wayOut: string) =>
  new Failure(code, `Key ${keyArn} cannot be rotated on demand: ${why}. ${wayOut} ${NOTHING_ROTATED}`);

export function budgetReserved(keyArn: string, used: number, limit: number, reserved: number): Failure {
  const left = limit - used;
  const wayOut =
    left > 0
      ? `set reservedRotations to ${left - 1} or less`
      : 'make a new key and point its users to that (reservedRotations: 0 leaves the limit to KMS, should it have been raised)';
  return new Failure(
    'ReserveReached',
    `Key ${keyArn} has used ${used} of the ${limit} on-demand rotations of its life, and this one would not leave the ${reserved} that are kept in reserve (reservedRotations). If the rotation token has changed by accident, set the old one again; if you mean to rotate, ${wayOut}. ${NOTHING_ROTATED}`,
  );
}

// KMS

/** Why nothing is known about a key. */
export function keyUnreadable(fault: Fault, keyArn: string, roleArn: string, error: unknown): Failure {
  const says = `KMS says: ${textOf(error)}.`;
  switch (fault) {
    case 'missing':
      return new Failure(
        'KeyMissing',
        `Key ${keyArn} does not exist: check the key ID, the account and the Region of its ARN, or remove this rotation if the key has been deleted. ${says}`,
      );
    case 'denied':
      return new Failure('KeyDenied', `${denied(keyArn, roleArn, error)} ${SAME_TOKEN} ${says}`);
    case 'refused':
      return new Failure('KeyRefused', `KMS refuses to tell about key ${keyArn}: check its ARN and its state. ${says}`);
    default:
      return new Failure(
        'KmsUnreachable',
        `KMS gave no answer about key ${keyArn} for as long as the deployment may take: if the provider is in a VPC, check its endpoint for KMS. ${SAME_TOKEN} ${says}`,
      );
  }
}

export const rotationDenied = (keyArn: string, roleArn: string, error: unknown) =>
  new Failure(
    'RotationDenied',
    `${denied(keyArn, roleArn, error)} Then deploy again with the same rotation token. KMS says: ${textOf(error)}. ${NOTHING_ROTATED}`,
  );

function denied(keyArn: string, roleArn: string, error: unknown): string {
  const says = textOf(error);
  const action = deniedAction(says);
  return `Role ${roleArn} may not use key ${keyArn}${action === undefined ? '' : ` (${action})`}. ${missingForKey(keyArn, roleArn, says)}`;
}

export const rotationRefused = (keyArn: string, error: unknown) =>
  new Failure(
    'RotationRefused',
    `KMS refuses to rotate key ${keyArn}: ${textOf(error)}. Mend what KMS names, then deploy again with the same rotation token. ${NOTHING_ROTATED}`,
  );

export const limitReached = (keyArn: string, error: unknown) =>
  new Failure(
    'LimitReached',
    `Key ${keyArn} has used up the on-demand rotations that KMS grants a key in its life: create a new key, and point its users to that (an alias can move: aws kms update-alias). KMS says: ${textOf(error)}. ${NOTHING_ROTATED}`,
  );

export const refusedBefore = (keyArn: string, times: number, reason: string | undefined, until: number) =>
  new Failure(
    'RefusedBefore',
    `The latest ${times} tries to rotate key ${keyArn} were refused, and the next one is made after ${new Date(until).toISOString()}. Mend what the last refusal names, then deploy again with the same rotation token: ${reason ?? ''} ${NOTHING_ROTATED}`,
  );

export const throttled = (keyArn: string, error: unknown) =>
  new Failure(
    'Throttled',
    `KMS throttled the rotation of key ${keyArn} for as long as the deployment may take: deploy fewer rotations at once, raise the quota of RotateKeyOnDemand or completionTimeout, then deploy again with the same rotation token. KMS says: ${textOf(error)}. ${NOTHING_ROTATED}`,
  );

export const automaticRotation = (keyArn: string, nextRotation: string | undefined) =>
  new Failure(
    'AutomaticRotation',
    `KMS is rotating key ${keyArn} by itself, or is about to${nextRotation === undefined ? '' : ` (NextRotationDate ${nextRotation})`}, and refuses an on-demand rotation meanwhile: deploy again with the same rotation token half an hour later. ${NOTHING_ROTATED}`,
  );

// Time

export const notInForce = (keyArn: string, requestedAt: string) =>
  new Failure(
    'NotInForce',
    `KMS has accepted the rotation of key ${keyArn} (${requestedAt}), but its new key material was not in force when the time was up (completionTimeout). ${SAME_TOKEN}`,
  );

export const unanswered = (keyArn: string, until: number | undefined) =>
  new Failure(
    'Unanswered',
    `KMS gave no clear answer to the rotation of key ${keyArn}, and it has not shown a rotation since${until === undefined ? '' : `; if it shows none until ${new Date(until).toISOString()}, there was none`}. Deploy again with the same rotation token after that: a rotation that shows is picked up.`,
  );

export const anotherAttempt = (keyArn: string, sameToken: boolean, requestId: string) =>
  new Failure(
    'AnotherAttempt',
    `Another request (${requestId}) is rotating key ${keyArn} for ${sameToken ? 'the same' : 'another'} rotation token and was not done when the time was up. Wait half an hour. ${SAME_TOKEN}`,
  );

export const anotherRotation = (keyArn: string) =>
  new Failure(
    'AnotherRotation',
    `An on-demand rotation of key ${keyArn} that does not belong to this rotation token was in progress until the time was up, and KMS would have swallowed a second one: deploy again with the same rotation token when it is over. ${NOTHING_ROTATED}`,
  );

export const kmsLagging = (keyArn: string) =>
  new Failure(
    'KmsLagging',
    `KMS's history of key ${keyArn} lacks rotations that the ledger records, so what it shows is out of date: deploy again with the same rotation token in a few minutes. ${NOTHING_ROTATED}`,
  );

export const timeIsUp = (keyArn: string) =>
  new Failure(
    'TimeIsUp',
    `The time was up (completionTimeout) before KMS was asked to rotate key ${keyArn}: deploy again with the same rotation token. ${NOTHING_ROTATED}`,
  );

export const queuedTooLong = (keyArn: string, minutes: number) =>
  new Failure(
    'QueuedTooLong',
    `The request to rotate key ${keyArn} waited ${minutes} minutes for the provider's function, and CloudFormation takes no answer after an hour: more keys are rotated at once than Lambda's concurrency allows in that time. Deploy again with the same rotation token: rotations that are done are not repeated, and the others follow. Or raise the concurrency (the account's, or the provider's reservedConcurrentExecutions), or spread the keys over several stacks. ${NOTHING_ROTATED}`,
  );

// The ledger

export function ledgerUnreachable(keyId: string, region: string, roleArn: string, error: unknown): Failure {
  const ledger = `The ledger of rotations (${LEDGER_PATH}/${keyId} in Parameter Store of ${region})`;
  const says = `Parameter Store says: ${textOf(error)}.`;
  if (faultOf(error) === 'denied') {
    const missing = missingForLedger(region, roleArn, textOf(error));
    return new Failure(
      'LedgerDenied',
      `${ledger} is closed to role ${roleArn}, and without it nothing is rotated. ${missing} ${SAME_TOKEN} ${says}`,
    );
  }
  return new Failure(
    'LedgerUnreachable',
    `${ledger} could not be read or written, and without it nothing is rotated: mend what Parameter Store names, or, if it gave no answer and the provider is in a VPC, the VPC's endpoint for SSM. ${SAME_TOKEN} ${says}`,
  );
}

export const ledgerDamaged = (parameter: string) =>
  new Failure(
    'LedgerDamaged',
    `The ledger of rotations is damaged: parameter ${parameter} is no record of a ledger, and nothing is rotated until it is put right.`,
  );

export const ledgerIncomplete = (parameter: string) =>
  new Failure(
    'LedgerIncomplete',
    `Parameter ${parameter} of the ledger of rotations cannot be read: Parameter Store is late to show it, or somebody has deleted it. Wait some minutes. ${SAME_TOKEN}`,
  );

export const ledgerOverwritten = (parameter: string) =>
  new Failure(
    'LedgerOverwritten',
    `Parameter Store has overwritten parameter ${parameter} of the ledger of rotations, which it must never do: nothing more is rotated with it. Look up in CloudTrail who has written it.`,
  );

export const unexpected = (error: unknown) =>
  new Failure('Unexpected', `The handler failed: ${textOf(error)}. ${SAME_TOKEN}`);
