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
  /** Until when the ledger may be read nevertheless, if to fail would leave a stack stuck. */
  readonly end: number;
  readonly ledger: LedgerView;
  /** `undefined` where it has to be looked at, or looked at again. */
  readonly key: KeyState | undefined;
  /** A rotation that this invocation has seen in progress, since it claimed if it has. */
  readonly inProgress: InProgress | undefined;
  readonly calls: Calls;
  /** Why the request fails, unless its token turns out to be used up. */
  readonly failure: Failure | undefined;
}

/** What is known of a call that KMS has accepted. */
export interface Acceptance {
  readonly acceptedAt?: number;
  /** By which CloudTrail knows the call. */
  readonly kmsRequestId?: string;
}

/** What has become of this invocation's calls of RotateKeyOnDemand. */
export interface Calls extends Acceptance {
  /** When the last call began or ended whose outcome is not known. */
  readonly unknownAt?: number;
  /** KMS has refused for now: not to be called again before `at`. */
  readonly notBefore?: { readonly at: number; readonly failure: Failure };
}

/** Whether a call of this invocation may have rotated the key: KMS has accepted it, or its outcome is unknown. */
export function mayHaveRotated({ acceptedAt, unknownAt }: Calls): boolean {
  return acceptedAt !== undefined || unknownAt !== undefined;
}
