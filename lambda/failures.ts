import { KMS_ACTIONS, LEDGER_ACTIONS, LEDGER_PATH } from '../lib/protocol';
import { type Fault, textOf } from './aws-error';

/** Why a deployment fails, in one sentence for the person who deploys: what, which key, what to do. */
export class Failure extends Error {
  public constructor(
    /** Names the failure in logs and docs. */
    public readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

const NOTHING_ROTATED = 'Nothing has been rotated.';
const SAME_TOKEN = 'Deploy again with the same rotation token: the same rotation will be picked up, and there will be no second one.';

// The event

export const malformed = (name: string, value: unknown, allowed: string) =>
  new Failure('MalformedRequest', `${name} must be ${allowed}, but is ${value === undefined ? 'missing' : JSON.stringify(value)}. ${NOTHING_ROTATED}`);

export const aliasArn = (arn: string) =>
  new Failure(
    'AliasArn',
    `${arn} is the ARN of an alias, which KMS does not rotate and which may point to another key tomorrow: pass the key itself, for example by Key.fromLookup(this, id, { aliasName }). ${NOTHING_ROTATED}`,
  );

export const otherAccount = (keyArn: string, account: string) =>
  new Failure(
    'OtherAccount',
    `Key ${keyArn} belongs to another account than this stack (${account}), and KMS rotates keys for their own account only: declare the rotation in a stack of the key's account. ${NOTHING_ROTATED}`,
  );

// The key

export const ineligible = (code: string, keyArn: string, why: string, wayOut: string) =>
  new Failure(code, `Key ${keyArn} cannot be rotated on demand: ${why}. ${wayOut} ${NOTHING_ROTATED}`);

export const budgetReserved = (keyArn: string, used: number, limit: number, reserved: number) =>
  new Failure(
    'RotationsReserved',
    `Key ${keyArn} has used ${used} of its ${limit} on-demand rotations, and ${reserved} are to be kept in reserve (reservedRotations): make sure that the rotation token changes only when you mean to rotate, then lower reservedRotations, or replace the key. ${NOTHING_ROTATED}`,
  );

// KMS

/** Why nothing is known about a key. */
export function keyUnreadable(fault: Fault, keyArn: string, roleArn: string, error: unknown): Failure {
  const says = `KMS says: ${textOf(error)}.`;
  switch (fault) {
    case 'missing':
      return new Failure('KeyMissing', `Key ${keyArn} does not exist: check the key ID, the account and the Region of the ARN. ${says}`);
    case 'denied':
      return new Failure('KeyDenied', `Key ${keyArn} could not be read. ${permissionHint(roleArn)} ${says}`);
    case 'refused':
      return new Failure('KeyRefused', `KMS refuses to describe key ${keyArn}: check its ARN. ${says}`);
    default:
      return new Failure(
        'KmsUnreachable',
        `KMS gave no answer about key ${keyArn} for as long as the deployment may take: if the provider is in a VPC, check its endpoint for KMS. ${SAME_TOKEN} ${says}`,
      );
  }
}

export const rotationDenied = (keyArn: string, roleArn: string, error: unknown) =>
  new Failure('RotationDenied', `KMS does not let the provider rotate key ${keyArn}. ${permissionHint(roleArn)} KMS says: ${textOf(error)}. ${NOTHING_ROTATED}`);

export const rotationRefused = (keyArn: string, error: unknown) =>
  new Failure(
    'RotationRefused',
    `KMS refuses to rotate key ${keyArn}: ${textOf(error)}. ${NOTHING_ROTATED} Mend what KMS names, then deploy again with the same rotation token.`,
  );

export const limitReached = (keyArn: string, error: unknown) =>
  new Failure(
    'LimitReached',
    `Key ${keyArn} has used up the on-demand rotations that KMS grants a key for life: create a new key and re-encrypt what must not stay under this one. KMS says: ${textOf(error)}. ${NOTHING_ROTATED}`,
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

export const unanswered = (keyArn: string) =>
  new Failure(
    'Unanswered',
    `KMS gave no clear answer to the rotation of key ${keyArn}, and it has not shown a rotation since. Wait twenty minutes. ${SAME_TOKEN}`,
  );

export const anotherAttempt = (keyArn: string, sameToken: boolean, requestId: string) =>
  new Failure(
    'AnotherAttempt',
    `Another request (${requestId}) is rotating key ${keyArn} for ${sameToken ? 'the same' : 'another'} rotation token and was not done when the time was up. Wait twenty minutes. ${SAME_TOKEN}`,
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

// The ledger

export const ledgerUnreachable = (keyId: string, roleArn: string, error: unknown) =>
  new Failure(
    'LedgerUnreachable',
    `The ledger of rotations, ${LEDGER_PATH}/${keyId} in Parameter Store, could not be read or written, and without it nothing is rotated: let role ${roleArn} do ${LEDGER_ACTIONS.join(', ')} there (a permissions boundary or a service control policy may forbid it; in a VPC an endpoint for SSM is needed). ${SAME_TOKEN} Parameter Store says: ${textOf(error)}.`,
  );

export const ledgerIncomplete = (parameter: string) =>
  new Failure(
    'LedgerIncomplete',
    `The ledger of rotations is damaged: parameter ${parameter} is missing or is no entry of a ledger, so a rotation that it may have recorded could be repeated. Restore it. ${NOTHING_ROTATED}`,
  );

export const unexpected = (error: unknown) =>
  new Failure('Unexpected', `The handler failed: ${textOf(error)}. ${SAME_TOKEN}`);

/** A key policy need not delegate to IAM, so the role's own statement may not be enough. */
function permissionHint(roleArn: string): string {
  return `Let role ${roleArn} do ${KMS_ACTIONS.join(', ')} on it, in the key policy too if that does not delegate to IAM policies; a permissions boundary or a service control policy may forbid it as well.`;
}
