/**
 * Every sentence with which a deployment fails, one function each. A sentence says what is wrong with which key, and the one line to run;
 * the verdict (lambda/verdict.ts) says whether the key was rotated.
 */
import { LEDGER_PATH } from '../lib/protocol';
import { type Sentence, type Verdict, render } from '../lib/sentence';
import { type Fault, faultOf, textOf } from './aws-error';
import { kms, ssm } from './commands';
import type { Claimed, Damage, Refused, Requested } from './ledger-record';
import { type Remedy, remedyForKey, remedyForLedger } from './missing-permission';

/** Why a deployment fails. */
export class Failure extends Error {
  public constructor(
    public readonly sentence: Omit<Sentence, 'verdict'>,
    /** Whether the token has rotated the key: UNKNOWN, unless the thrower is sure. */
    public readonly verdict: Verdict = 'UNKNOWN',
  ) {
    super(sentence.what);
    this.name = 'Failure';
  }

  public get code(): string {
    return this.sentence.code;
  }

  public as(verdict: Verdict): Failure {
    return new Failure(this.sentence, verdict);
  }

  /** The text that CloudFormation receives. */
  public get reason(): string {
    return render({ ...this.sentence, verdict: this.verdict });
  }
}

/** What a sentence needs of a request. */
interface Subject {
  readonly keyArn: string;
  readonly keyId: string;
  readonly region: string;
  readonly token: string;
}

const AGAIN = 'Deploy again with the same rotation token.';
const THEN_AGAIN = 'Then deploy again with the same rotation token.';
const LONGEST_EXCERPT = 64;

const at = (milliseconds: number) => new Date(milliseconds).toISOString();

// The request

/** Cuts an untrusted value, so that no log and no sentence contains a malformed event in full. */
export function excerpt(value: unknown): string {
  if (value === undefined) return 'missing';
  const json = typeof value === 'object' ? 'an object' : JSON.stringify(value);
  return json.length <= LONGEST_EXCERPT ? json : `${json.slice(0, LONGEST_EXCERPT)}…`;
}

export const malformed = (name: string, value: unknown, allowed: string) =>
  new Failure({
    code: 'MalformedRequest',
    what: `${name} is ${excerpt(value)}; allowed is ${allowed}.`,
    then: 'Correct it and deploy again.',
  });

export const tokenRefused = (problem: string, longest: number) =>
  new Failure({
    code: 'RotationToken',
    what: `The rotation token ${problem}; allowed are 1 to ${longest} characters without white space at the ends, control characters or line breaks.`,
    then: 'Correct it and deploy again.',
  });

export const aliasArn = (arn: string) =>
  new Failure({
    code: 'Alias',
    what: `${arn} is an alias, and may point to another key tomorrow.`,
    run: kms('describe-key', arn, '--query KeyMetadata.Arn --output text'),
    then: 'Then pass the ARN that it prints.',
  });

export const otherAccount = (keyArn: string, account: string) =>
  new Failure({
    code: 'OtherAccount',
    what: `Key ${keyArn} belongs to another account than this stack (${account}), and KMS rotates keys for their own account only.`,
    then: "Declare the rotation in a stack of the key's account.",
  });

// What the key is

const NEW_KEY = 'Create a new key and point the alias at it, or remove this rotation.';

export const awsManagedKey = (keyArn: string) =>
  new Failure({
    code: 'AwsManagedKey',
    what: `Key ${keyArn} is an AWS managed key, which only AWS rotates.`,
    then: 'Use a customer managed key.',
  });

export const keySpec = (keyArn: string, spec: string) =>
  new Failure({
    code: 'KeySpec',
    what: `Key ${keyArn} has the key spec ${spec}; KMS rotates SYMMETRIC_DEFAULT only.`,
    then: NEW_KEY,
  });

export const keyUsage = (keyArn: string, usage: string) =>
  new Failure({
    code: 'KeyUsage',
    what: `Key ${keyArn} has the key usage ${usage}; KMS rotates ENCRYPT_DECRYPT only.`,
    then: NEW_KEY,
  });

export const customKeyStore = (keyArn: string, origin: string) =>
  new Failure({
    code: 'CustomKeyStore',
    what: `Key ${keyArn} is in a custom key store (origin ${origin}), where KMS rotates no key.`,
    then: NEW_KEY,
  });

export const replicaKey = (keyArn: string, primaryArn: string, region: string) =>
  new Failure({
    code: 'ReplicaKey',
    what: `Key ${keyArn} is a replica of a multi-Region key, and replicas follow their primary.`,
    then: `Rotate the primary instead: ${primaryArn} in ${region}.`,
  });

// Its state

export const keyDisabled = (keyArn: string) =>
  new Failure({
    code: 'KeyDisabled',
    what: `Key ${keyArn} is disabled.`,
    run: kms('enable-key', keyArn),
    then: THEN_AGAIN,
  });

export const keyPendingDeletion = (keyArn: string, date: Date | undefined) =>
  new Failure({
    code: 'KeyPendingDeletion',
    what: `Key ${keyArn} is scheduled for deletion${date ? ` on ${date.toISOString()}` : ''}.`,
    run: `${kms('cancel-key-deletion', keyArn)} && ${kms('enable-key', keyArn)}`,
    then: `${THEN_AGAIN} Or remove this rotation.`,
  });

export const keyPendingImport = (keyArn: string) =>
  new Failure({
    code: 'KeyPendingImport',
    what: `Key ${keyArn} lacks key material: it was never imported, has expired or was deleted.`,
    run: kms('list-key-rotations', keyArn, '--include-key-material ALL_KEY_MATERIAL'),
    then: 'Then import what is missing, and deploy again with the same rotation token.',
  });

export const keyNotReady = (keyArn: string, state: string) =>
  new Failure({
    code: 'KeyNotReady',
    what: `Key ${keyArn} is in state ${state}.`,
    run: kms('describe-key', keyArn, '--query KeyMetadata.KeyState'),
    then: 'Deploy again with the same rotation token when it is Enabled.',
  });

export const keyMaterialUnnamed = (keyArn: string) =>
  new Failure({
    code: 'KeyMaterialUnnamed',
    what: `KMS does not name the key material of key ${keyArn}, so a rotation could not be recognized.`,
    run: kms('describe-key', keyArn, '--query KeyMetadata.CurrentKeyMaterialId'),
    then: 'Deploy again with the same rotation token when it prints an ID.',
  });

// Imported key material

const parametersForImport = (keyArn: string) =>
  kms('get-parameters-for-import', keyArn, '--wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096');
const importAs = (type: string) =>
  `Then import-key-material with ${type}, and deploy again with the same rotation token.`;
const SAME_MATERIAL = (materialId: string) => `--import-type EXISTING_KEY_MATERIAL --key-material-id ${materialId}`;

export const noPendingMaterial = (keyArn: string) =>
  new Failure({
    code: 'NoPendingMaterial',
    what: `Key ${keyArn} has imported key material, and no new material is waiting to be rotated in.`,
    run: parametersForImport(keyArn),
    then: importAs('--import-type NEW_KEY_MATERIAL'),
  });

export const pendingInPrimaryOnly = (keyArn: string, materialId: string, replicas: readonly string[]) =>
  new Failure({
    code: 'PendingInPrimaryOnly',
    what: `The new key material ${materialId} of key ${keyArn} is not imported into every replica (${replicas.join(', ')}).`,
    run: parametersForImport(replicas[0] ?? keyArn),
    then: `For each replica that lacks it. ${importAs(SAME_MATERIAL(materialId))}`,
  });

export const pendingMaterialNotImported = (keyArn: string, materialId: string) =>
  new Failure({
    code: 'PendingMaterialNotImported',
    what: `The new key material ${materialId} of key ${keyArn} is not imported.`,
    run: parametersForImport(keyArn),
    then: importAs(SAME_MATERIAL(materialId)),
  });

export const pendingMaterialExpires = (keyArn: string, materialId: string, validTo: Date) =>
  new Failure({
    code: 'PendingMaterialExpires',
    what: `The new key material ${materialId} of key ${keyArn} is valid until ${validTo.toISOString()}, and its rotation may take longer; a rotation to expired material puts the key out of service.`,
    run: parametersForImport(keyArn),
    then: `Set a later expiry or none. ${importAs(SAME_MATERIAL(materialId))}`,
  });

export const otherPendingMaterial = (keyArn: string, materialId: string, expected: string) =>
  new Failure({
    code: 'OtherPendingMaterial',
    what: `The new key material of key ${keyArn} is ${materialId}; expected is ${excerpt(expected)} (expectedKeyMaterialId).`,
    run: kms('list-key-rotations', keyArn, '--include-key-material ALL_KEY_MATERIAL'),
    then: 'Import the expected material, or correct the ID, and deploy again with the same rotation token.',
  });

export const expectedMaterialOfKms = (keyArn: string) =>
  new Failure({
    code: 'ExpectedMaterialOfKms',
    what: `Key ${keyArn} gets its key material from KMS, so none can be expected (expectedKeyMaterialId).`,
    then: 'Remove expectedKeyMaterialId, and deploy again with the same rotation token.',
  });

// The budget

export function reserveReached(keyArn: string, used: number, limit: number, reserved: number): Failure {
  const left = limit - used;
  return new Failure({
    code: 'ReserveReached',
    what: `Key ${keyArn} has used ${used} of its ${limit} on-demand rotations, and another one would not leave the ${reserved} in reserve (reservedRotations).`,
    then:
      left > 0
        ? `If the token changed by accident, set the old one again; to rotate, set reservedRotations to ${left - 1} or less.`
        : 'If the token changed by accident, set the old one again; to rotate, create a new key, or set reservedRotations to 0 if AWS has raised the limit.',
  });
}

export const limitReached = (keyArn: string, error: unknown) =>
  new Failure({
    code: 'LimitReached',
    what: `Key ${keyArn} has used up its on-demand rotations. KMS says: ${textOf(error)}.`,
    then: 'Create a new key and point the alias at it (aws kms update-alias).',
  });

// Permissions

/** Why a key could not be read. */
export function keyUnreadable(fault: Fault, keyArn: string, roleArn: string, error: unknown): Failure {
  switch (fault) {
    case 'missing':
      return keyMissing(keyArn);
    case 'denied':
      return keyDenied(keyArn, roleArn, error);
    case 'refused':
      return keyRefused(keyArn, error);
    default:
      return kmsUnreachable(keyArn, error);
  }
}

const keyMissing = (keyArn: string) =>
  new Failure({
    code: 'KeyMissing',
    what: `Key ${keyArn} does not exist.`,
    run: kms('describe-key', keyArn),
    then: 'Correct the ARN, or remove this rotation if the key was deleted.',
  });

const keyDenied = (keyArn: string, roleArn: string, error: unknown) => {
  const { why, run, then } = remedyForKey(keyArn, roleArn, textOf(error));
  return new Failure({
    code: 'KeyDenied',
    what: `Role ${roleArn} may not look at key ${keyArn}. ${why}`,
    run,
    then: thenAgain(then),
  });
};

export const rotationDenied = (keyArn: string, roleArn: string, error: unknown) => {
  const { why, run, then } = remedyForKey(keyArn, roleArn, textOf(error));
  return new Failure({
    code: 'RotationDenied',
    what: `Role ${roleArn} may not rotate key ${keyArn}. ${why}`,
    run,
    then: thenAgain(then),
  });
};

const ledgerDenied = (ledger: string, region: string, roleArn: string, error: unknown) => {
  const { why, run, then } = remedyForLedger(region, roleArn, textOf(error));
  return new Failure({
    code: 'LedgerDenied',
    what: `Role ${roleArn} may not use the ledger of rotations (${ledger}). ${why}`,
    run,
    then: thenAgain(then),
  });
};

function thenAgain(then: Remedy['then']): string {
  return then === undefined ? THEN_AGAIN : `${then} ${THEN_AGAIN}`;
}

// KMS

const keyRefused = (keyArn: string, error: unknown) =>
  new Failure({
    code: 'KeyRefused',
    what: `KMS refuses to describe key ${keyArn}: ${textOf(error)}.`,
    then: `Correct what KMS names. ${AGAIN}`,
  });

const kmsUnreachable = (keyArn: string, error: unknown) =>
  new Failure({
    code: 'KmsUnreachable',
    what: `KMS did not answer about key ${keyArn} in time: ${textOf(error)}.`,
    then: `If the provider is in a VPC, check its endpoint for KMS. ${AGAIN}`,
  });

export const rotationRefused = (keyArn: string, error: unknown) =>
  new Failure({
    code: 'RotationRefused',
    what: `KMS refuses to rotate key ${keyArn}: ${textOf(error)}.`,
    then: `Correct what KMS names. ${AGAIN}`,
  });

export const throttled = (keyArn: string) =>
  new Failure({
    code: 'Throttled',
    what: `KMS throttled the rotation of key ${keyArn} until the time was up (completionTimeout).`,
    then: `Rotate fewer keys at once, or raise the quota of RotateKeyOnDemand. ${AGAIN}`,
  });

export const automaticRotation = (keyArn: string, next: Date | undefined) =>
  new Failure({
    code: 'AutomaticRotation',
    what: `KMS rotates key ${keyArn} automatically now or within 20 minutes${next ? ` (NextRotationDate ${next.toISOString()})` : ''}, and takes no on-demand rotation meanwhile.`,
    then: 'Deploy again with the same rotation token in half an hour.',
  });

export const refusedBefore = (keyArn: string, refusals: readonly Refused[], until: number) =>
  new Failure({
    code: 'RefusedBefore',
    what: `The last ${refusals.length} attempts to rotate key ${keyArn} for this rotation token were refused; the next one is made after ${at(until)}. The last refusal: ${refusals.at(-1)?.reason ?? 'not recorded.'}`,
    then: 'Correct that, and deploy again with the same rotation token then, or with a new one at once.',
  });

// Time

const history = (keyArn: string) => kms('list-key-rotations', keyArn);

export const notInForce = (keyArn: string, acceptedAt: number | undefined) =>
  new Failure({
    code: 'NotInForce',
    what: `The new key material of key ${keyArn} was not in force when the time was up (completionTimeout)${acceptedAt === undefined ? '' : `; KMS accepted the rotation at ${at(acceptedAt)}`}.`,
    run: kms('get-key-rotation-status', keyArn),
    then: 'Deploy again with the same rotation token: it completes this rotation, and starts no other.',
  });

export const unanswered = (keyArn: string, until: number) =>
  new Failure({
    code: 'Unanswered',
    what: `KMS gave no clear answer when asked to rotate key ${keyArn}, and has shown no rotation since.`,
    run: history(keyArn),
    then: `If it shows a new rotation, deploy again with the same rotation token; if not, do so after ${at(until)}.`,
  });

export const openClaim = ({ keyArn, token }: Subject, claim: Claimed, until: number) =>
  new Failure({
    code: 'OpenClaim',
    what: `Request ${claim.requestId} began to rotate key ${keyArn} for ${ofToken(claim, token)} rotation token and did not finish; no rotation shows.`,
    run: history(keyArn),
    then: `If it shows a new rotation, deploy again with the same rotation token; if not, do so after ${at(until)}.`,
  });

export const anotherRequest = ({ keyArn, token }: Subject, claim: Claimed) =>
  new Failure({
    code: 'AnotherRequest',
    what: `Request ${claim.requestId} is rotating key ${keyArn} for ${ofToken(claim, token)} rotation token, and was not done when the time was up (completionTimeout).`,
    run: kms('get-key-rotation-status', keyArn),
    then: 'Deploy again with the same rotation token in half an hour.',
  });

const ofToken = (claim: Claimed, token: string) => (claim.token === token ? 'the same' : 'another');

export const neverShown = (keyArn: string, { number, acceptedAt }: Requested) =>
  new Failure({
    code: 'NeverShown',
    what: `KMS accepted a rotation of key ${keyArn} for this rotation token${acceptedAt === undefined ? '' : ` at ${acceptedAt}`} (record ${number} of the ledger) and has not shown it since. It is asked once for each token.`,
    run: history(keyArn),
    then: 'If it shows no new rotation, deploy with a new rotation token.',
  });

export const anotherRotation = (keyArn: string) =>
  new Failure({
    code: 'AnotherRotation',
    what: `An on-demand rotation of key ${keyArn} that belongs to no rotation token was in progress until the time was up; KMS would have swallowed another one.`,
    run: kms('get-key-rotation-status', keyArn),
    then: 'Deploy again with the same rotation token when it is over.',
  });

export const timeIsUp = (keyArn: string) =>
  new Failure({
    code: 'TimeIsUp',
    what: `The time was up (completionTimeout) before KMS was asked to rotate key ${keyArn}.`,
    then: AGAIN,
  });

export const queuedTooLong = (keyArn: string, minutes: number) =>
  new Failure({
    code: 'QueuedTooLong',
    what: `The request to rotate key ${keyArn} waited ${minutes} minutes for the provider's function, and CloudFormation takes no answer after an hour.`,
    then: "Deploy again with the same rotation token, or raise the function's concurrency.",
  });

// The ledger

export function ledgerUnreachable(keyId: string, region: string, roleArn: string, error: unknown): Failure {
  const ledger = `${LEDGER_PATH}/${keyId} in Parameter Store of ${region}`;
  if (faultOf(error) === 'denied') return ledgerDenied(ledger, region, roleArn, error);
  return new Failure({
    code: 'LedgerUnreachable',
    what: `The ledger of rotations (${ledger}) could not be used: ${textOf(error)}.`,
    then: `Correct what Parameter Store names; if the provider is in a VPC, check its endpoint for SSM. ${AGAIN}`,
  });
}

/** After a deletion, Parameter Store does not accept the same name for half a minute. */
export function ledgerDamaged(subject: Subject, { kind, parameter }: Damage): Failure {
  const { keyArn, region } = subject;
  const ledger = `the ledger of rotations of key ${keyArn}`;
  switch (kind) {
    case 'stray':
      return new Failure({
        code: 'LedgerDamaged',
        what: `Parameter ${parameter} does not belong in ${ledger}.`,
        run: ssm('delete-parameter', region, parameter),
        then: THEN_AGAIN,
      });
    case 'changed':
      return new Failure({
        code: 'LedgerDamaged',
        what: `Parameter ${parameter} of ${ledger} was changed; records never change.`,
        run: `VALUE=$(${ssm('get-parameter', region, `${parameter}:1`, '--query Parameter.Value --output text')}) && ${ssm('delete-parameter', region, parameter)} && sleep 30 && ${ssm('put-parameter', region, parameter, '--type String --value "$VALUE"')}`,
        then: `That restores it. ${THEN_AGAIN}`,
      });
    case 'unreadable':
      return new Failure({
        code: 'LedgerDamaged',
        what: `Parameter ${parameter} of ${ledger} is not a record.`,
        run: `${ssm('delete-parameter', region, parameter)} && sleep 30 && ${putRefusal(region, parameter)}`,
        then: `First make sure in CloudTrail that no rotation is missing from the ledger. ${THEN_AGAIN}`,
      });
  }
}

export const ledgerIncomplete = ({ keyArn, region }: Subject, parameter: string) =>
  new Failure({
    code: 'LedgerIncomplete',
    what: `Parameter ${parameter} of the ledger of rotations of key ${keyArn} is late to show, or was deleted. Deploy again in ten minutes; if it is still missing, make sure in CloudTrail that no rotation is missing from the ledger.`,
    run: putRefusal(region, parameter),
    then: THEN_AGAIN,
  });

/** Replaces a lost record. */
function putRefusal(region: string, parameter: string): string {
  const record = { state: 'refused', token: '(lost)', recordedAt: '1970-01-01T00:00:00Z', reason: 'lost' };
  return ssm('put-parameter', region, parameter, `--type String --value '${JSON.stringify(record)}'`);
}

export const ledgerOverwritten = (region: string, parameter: string) =>
  new Failure({
    code: 'LedgerOverwritten',
    what: `Parameter Store overwrote parameter ${parameter} of the ledger of rotations when asked to create it, so two requests may both believe that they own it.`,
    run: ssm('get-parameter-history', region, parameter),
    then: 'Deploy nothing that rotates this key, and open an issue with the output.',
  });

export const unexpected = (error: unknown) =>
  new Failure({
    code: 'Unexpected',
    what: `The provider failed: ${textOf(error)}.`,
    then: `${AGAIN} If it fails again, open an issue with the function's log.`,
  });
