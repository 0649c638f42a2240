import type { RotationRequest } from './request';
import { IAM_PROPAGATION, type RetryPolicy } from './retry';

const SECOND = 1000;
/** What is left for the ledger, read or written once more, when the time is up. */
const GRACE = 20 * SECOND;
/** How long after the time is up any call of the ledger may still begin: the rest is for the answer. */
const CLOSING = 40 * SECOND;

/** How long calls of the ledger are repeated for one request. */
export interface LedgerRetryPolicies {
  readonly whole: RetryPolicy;
  /** For what is worth a try, and no more. */
  readonly brief: RetryPolicy;
}

/** An Update may be a rollback, which leaves the stack stuck if it fails: it waits for the ledger as long as it can. */
export function ledgerRetryPolicies(
  type: RotationRequest['type'],
  { deadline, end }: { readonly deadline: number; readonly end: number },
): LedgerRetryPolicies {
  const patient = type === 'Update' ? end : deadline;
  const notTooLate = (time: number) => Math.min(time, patient + CLOSING);
  const brief: RetryPolicy = (fault, since) => (fault === 'refused' ? since : notTooLate(since + GRACE));
  const whole: RetryPolicy = (fault, since) => {
    if (fault === 'refused') return since;
    const isFresh = fault === 'denied' && type === 'Create';
    return isFresh ? notTooLate(since + IAM_PROPAGATION) : Math.max(patient, brief(fault, since));
  };
  return { whole, brief };
}
