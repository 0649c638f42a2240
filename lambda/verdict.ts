import type { Verdict } from '../lib/sentence';
import { rotationOf } from './attribution';
import { inForce } from './key-state';
import { acceptedInVain, isSealed, openClaim, requestUnder, settledAt, spending } from './ledger';
import { type Situation, mayHaveRotated } from './situation';

/**
 * Whether the token of a failing request has rotated the key, as far as that is certain. The first row that applies:
 *
 * | situation | verdict |
 * |---|---|
 * | the token is used up | ROTATED BEFORE |
 * | its claim is open, is ours, and KMS was not called, or has refused, but the ledger does not take our refusal | UNKNOWN |
 * | its claim's rotation is in force | ROTATED BEFORE |
 * | its claim's rotation shows, or KMS has accepted its call and the claim has not settled | ROTATION IN PROGRESS |
 * | its claim is open, or KMS has accepted a call whose rotation never showed | UNKNOWN |
 * | a record is damaged, which may be its own | UNKNOWN |
 * | our refusal is the ledger's last record, so nothing was missed | NOT ROTATED |
 * | anything else | UNKNOWN |
 */
export function verdictOf({ request: { token }, invocation, ledger, key, calls, now }: Situation): Verdict {
  const { records } = ledger;
  if (spending(records, token)) return 'ROTATED BEFORE';
  const open = openClaim(records);
  const claim = open?.token === token ? open : undefined;
  if (claim?.invocation === invocation && !mayHaveRotated(calls)) return 'UNKNOWN';
  const rotation = claim && key && rotationOf(claim, key, records, calls.acceptedAt);
  if (rotation && inForce(rotation, key)) return 'ROTATED BEFORE';
  if (calls.acceptedAt !== undefined || rotation) return 'ROTATION IN PROGRESS';
  if (claim && requestUnder(records, claim) && now < settledAt(claim)) return 'ROTATION IN PROGRESS';
  if (claim || acceptedInVain(records, token) || ledger.damage.some(({ kind }) => kind !== 'stray')) return 'UNKNOWN';
  return isSealed(ledger) ? 'NOT ROTATED' : 'UNKNOWN';
}
