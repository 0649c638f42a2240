import * as failures from '../../lambda/failures';
import type { Claimed, Refused, Requested } from '../../lambda/ledger-record';
import { ROTATIONS_PER_KEY } from '../../lib/protocol';
import type { Message } from './message';

const KEY = 'arn:<partition>:kms:<Region>:<account>:key/<key ID>';
const ROLE = 'arn:<partition>:iam::<account>:role/<role>';
const DATE = new Date(Date.UTC(2001, 0, 1));
const ERROR = '<error>';
const MATERIAL = '<material>';
const PARAMETER = '/on-demand-key-rotation/<key ID>/<n>';
const REQUEST = { keyArn: KEY, keyId: '<key ID>', region: '<Region>', token: 'this' };
const OWN = { number: 1, token: 'this', requestId: '<request ID>' } as Claimed;
const FOREIGN = { ...OWN, token: 'another' };
const LEFT = ROTATIONS_PER_KEY - 20;

type Function = Exclude<keyof typeof failures, 'Failure' | 'excerpt'>;

/** Each failure as a deployment reports it, once per form. */
const EXAMPLES: Readonly<Record<Function, readonly failures.Failure[]>> = {
  malformed: [failures.malformed('<property>', undefined, '<what is allowed>')],
  tokenRefused: [failures.tokenRefused('<fault>', 256)],
  aliasArn: [failures.aliasArn('arn:<partition>:kms:<Region>:<account>:alias/<alias>')],
  otherAccount: [failures.otherAccount(KEY, '<account>')],
  awsManagedKey: [failures.awsManagedKey(KEY)],
  keySpec: [failures.keySpec(KEY, '<key spec>')],
  keyUsage: [failures.keyUsage(KEY, '<key usage>')],
  customKeyStore: [failures.customKeyStore(KEY, '<origin>')],
  replicaKey: [failures.replicaKey(KEY, '<ARN of the primary>', '<Region>')],
  keyDisabled: [failures.keyDisabled(KEY)],
  keyPendingDeletion: [failures.keyPendingDeletion(KEY, DATE)],
  keyPendingImport: [failures.keyPendingImport(KEY)],
  keyNotReady: [failures.keyNotReady(KEY, '<state>')],
  keyMaterialUnnamed: [failures.keyMaterialUnnamed(KEY)],
  noPendingMaterial: [failures.noPendingMaterial(KEY)],
  pendingInPrimaryOnly: [failures.pendingInPrimaryOnly(KEY, MATERIAL, [KEY])],
  pendingMaterialNotImported: [failures.pendingMaterialNotImported(KEY, MATERIAL)],
  pendingMaterialExpires: [failures.pendingMaterialExpires(KEY, MATERIAL, DATE)],
  otherPendingMaterial: [failures.otherPendingMaterial(KEY, MATERIAL, MATERIAL)],
  expectedMaterialOfKms: [failures.expectedMaterialOfKms(KEY)],
  reserveReached: [
    failures.reserveReached(KEY, ROTATIONS_PER_KEY - LEFT, ROTATIONS_PER_KEY, LEFT),
    failures.reserveReached(KEY, ROTATIONS_PER_KEY, ROTATIONS_PER_KEY, LEFT),
  ],
  limitReached: [failures.limitReached(KEY, ERROR)],
  keyUnreadable: [
    ...(['missing', 'refused', 'ambiguous'] as const).map((fault) => failures.keyUnreadable(fault, KEY, ROLE, ERROR)),
    ...denials('kms:DescribeKey').map((denial) => failures.keyUnreadable('denied', KEY, ROLE, denial)),
  ],
  rotationDenied: denials('kms:RotateKeyOnDemand')
    .slice(0, 1)
    .map((denial) => failures.rotationDenied(KEY, ROLE, denial)),
  rotationRefused: [failures.rotationRefused(KEY, ERROR)],
  throttled: [failures.throttled(KEY)],
  automaticRotation: [failures.automaticRotation(KEY, DATE)],
  refusedBefore: [failures.refusedBefore(KEY, Array<Refused>(5).fill({ reason: '<sentence>' } as Refused), +DATE)],
  notInForce: [failures.notInForce(KEY, +DATE)],
  unanswered: [failures.unanswered(KEY, +DATE)],
  openClaim: [OWN, FOREIGN].map((claim) => failures.openClaim(REQUEST, claim, +DATE)),
  anotherRequest: [OWN, FOREIGN].map((claim) => failures.anotherRequest(REQUEST, claim)),
  neverShown: [failures.neverShown(KEY, { number: 2, acceptedAt: DATE.toISOString() } as Requested)],
  anotherRotation: [failures.anotherRotation(KEY)],
  timeIsUp: [failures.timeIsUp(KEY)],
  queuedTooLong: [failures.queuedTooLong(KEY, 57)],
  ledgerUnreachable: [
    failures.ledgerUnreachable(REQUEST.keyId, REQUEST.region, ROLE, ERROR),
    ...denials('ssm:PutParameter')
      .slice(1)
      .map((denial) => failures.ledgerUnreachable(REQUEST.keyId, REQUEST.region, ROLE, denial)),
  ],
  ledgerDamaged: (['stray', 'changed', 'unreadable'] as const).map((kind) =>
    failures.ledgerDamaged(REQUEST, { kind, parameter: PARAMETER }),
  ),
  ledgerIncomplete: [failures.ledgerIncomplete(REQUEST, PARAMETER)],
  ledgerOverwritten: [failures.ledgerOverwritten(REQUEST.region, PARAMETER)],
  unexpected: [failures.unexpected(ERROR)],
};

/** Every sentence with which a deployment fails, without verdict and link. */
export function inDeployments(): Message[] {
  return Object.values(EXAMPLES)
    .flat()
    .map(({ sentence: { code, what, run, then } }) => ({
      when: 'Deployment',
      code,
      what: named(what),
      run: run && named(run),
      then: then && named(then),
    }));
}

/** AWS refusals that name the kind of policy, and one that does not. */
function denials(action: string): Error[] {
  const reasons = [
    ' because no resource-based policy allows it',
    ' because no identity-based policy allows it',
    ' because no permissions boundary allows it',
    ' with an explicit deny in a service control policy',
    '',
  ];
  return reasons.map((reason) => {
    const message = `User: <user> is not authorized to perform: ${action} on resource: <resource>${reason}`;
    return Object.assign(new Error(message), { name: 'AccessDeniedException' });
  });
}

function named(text: string): string {
  return text.replaceAll(KEY, '<key ARN>').replaceAll(ROLE, '<role ARN>').replaceAll(DATE.toISOString(), '<date>');
}
