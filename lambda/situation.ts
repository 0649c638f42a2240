import type { InProgress } from './attribution';
import type { Failure } from './failures';
import type { KeyState } from './key-state';
import type { LedgerView } from './ledger';
import type { RotationRequest } from './request';

/** All that the next step depends on. */
export interface Situation {
  readonly request: RotationRequest;
  /** This invocation of the handler, which owns the claims that it makes. */
  readonly invocation: string;
  /** This and all other times: milliseconds since the epoch. */
  readonly now: number;
  /** When the answer is due. */
  readonly deadline: number;
  /** Until when the ledger may still be read for an Update, whose failure could leave the stack stuck. */
  readonly end: number;
  readonly ledger: LedgerView;
  /** `undefined` if it has to be read, or read again. */
  readonly key: KeyState | undefined;
  /** A rotation that this invocation has seen in progress. */
  readonly inProgress: InProgress | undefined;
  readonly calls: Calls;
  /** Why the request fails, unless its token turns out to be used up. */
  readonly failure: Failure | undefined;
}

/** What is known of a call that KMS has accepted. */
export interface Acceptance {
  readonly acceptedAt?: number;
  /** CloudTrail records it, too. */
  readonly kmsRequestId?: string;
}

/** The outcome of this invocation's calls of RotateKeyOnDemand. */
export interface Calls extends Acceptance {
  /** When the last call with an unknown outcome began or ended. */
  readonly unknownAt?: number;
  /** KMS has refused for now, and must not be called again before `at`. */
  readonly notBefore?: { readonly at: number; readonly failure: Failure };
}

/** Whether a call of this invocation may have rotated the key: KMS has accepted it, or its outcome is unknown. */
export function mayHaveRotated({ acceptedAt, unknownAt }: Calls): boolean {
  return acceptedAt !== undefined || unknownAt !== undefined;
}
