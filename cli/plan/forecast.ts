import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { nextStep } from '../../lambda/decision';
import { Failure } from '../../lambda/failures';
import type { KeyState } from '../../lambda/key-state';
import { type Ledger, type LedgerView, merge } from '../../lambda/ledger';
import type { Baseline, Claimed, Contents, LedgerRecord, NewRecord, Rotated } from '../../lambda/ledger-record';
import * as records from '../../lambda/records';
import type { Author } from '../../lambda/records';
import type { RotationRequest } from '../../lambda/request';

/** The result of a request, if it were sent now. */
export type Forecast =
  | { readonly does: 'rotates'; readonly after: Planned }
  | { readonly does: 'baseline'; readonly after: Planned }
  /** The token is used up by the record, which is in the ledger or planned. */
  | { readonly does: 'nothing'; readonly record: Rotated | Baseline; readonly ledger: Ledger }
  | { readonly does: 'waits'; readonly failure: Failure }
  | { readonly does: 'fails'; readonly failure: Failure };

/** A key and its ledger after a planned request. */
export interface Planned {
  readonly key: KeyState;
  readonly ledger: Contents;
}

const INVOCATION = 'plan';
/** More than any request takes before it rotates, waits or ends. */
const STEPS = 10;

/**
 * Runs the handler's own decision for the request until KMS would be called, with a copy of the ledger to which the records are added.
 *
 * @param key as KMS shows it now, or why it could not be read.
 * @param now milliseconds since the epoch.
 */
export function forecast(request: RotationRequest, key: KeyState | Failure, ledger: Contents, now: number): Forecast {
  const end = now + request.completionTimeout;
  let view: LedgerView = {
    ...ledger,
    readAt: now,
    isStale: false,
    isUnreadable: false,
    writeFailedAt: undefined,
    created: undefined,
    overwritten: undefined,
  };
  let failure = key instanceof Failure ? key : undefined;
  for (let n = 0; n < STEPS; n++) {
    const situation = { request, invocation: INVOCATION, now, deadline: end, end, ledger: view };
    const seen = key instanceof Failure ? undefined : key;
    const step = nextStep({ ...situation, key: seen, inProgress: undefined, calls: {}, failure });
    switch (step.do) {
      case 'succeed':
        return seen && !ledger.records.includes(step.record) && step.record.state === 'baseline'
          ? { does: 'baseline', after: { key: seen, ledger: view } }
          : { does: 'nothing', record: step.record, ledger: view.records };
      case 'call KMS':
        if (!seen) throw new Error('KMS is called only for a key that was seen');
        return { does: 'rotates', after: rotate(situation, step.claim, seen) };
      case 'wait':
        return { does: step.failing ? 'fails' : 'waits', failure: step.failure };
      case 'fail':
        return { does: 'fails', failure: step.failure };
      case 'record':
        failure = step.failing ?? failure;
        view = withRecord(view, step.record);
        break;
      default:
        throw new Error(`A plan has read all that "${step.do}" reads`);
    }
  }
  throw new Error(`The request for key ${request.keyArn} came to no end in ${STEPS} steps`);
}

/** Puts new key material in force, and records it. */
function rotate(situation: Author & { readonly ledger: LedgerView }, claim: Claimed, before: KeyState): Planned {
  const { ledger, now, request } = situation;
  const id = `planned-${ledger.last}`.padEnd(64, '0');
  const rotation: RotationsListEntry = {
    KeyId: request.keyId,
    KeyMaterialId: id,
    RotationDate: new Date(now),
    RotationType: 'ON_DEMAND',
  };
  const key: KeyState = {
    ...before,
    metadata: { ...before.metadata, CurrentKeyMaterialId: id },
    rotations: [...before.rotations, rotation],
    pendingMaterial: undefined,
  };
  return { key, ledger: withRecord(ledger, records.rotated(situation, claim, rotation, key, {})) };
}

export function isPlanned({ invocation }: LedgerRecord): boolean {
  return invocation === INVOCATION;
}

function withRecord(view: LedgerView, record: NewRecord): LedgerView {
  const number = view.last + 1;
  return { ...view, last: number, created: number, records: merge(view.records, [{ ...record, number }]) };
}

/**
 * What a key's rotation adds to the bill, in dollars a month: its first and second rotation (on demand or automatic) add one dollar each,
 * for the primary and for each replica. https://aws.amazon.com/kms/pricing/
 */
export function dollarsPerMonth({ rotations, metadata }: KeyState): number {
  const replicas = metadata.MultiRegionConfiguration?.ReplicaKeys?.length ?? 0;
  return rotations.length <= 2 ? 1 + replicas : 0;
}
