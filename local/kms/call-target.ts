import { accessDenied, principalArn } from '../iam/access-denied';
import { requiredText } from '../wire/input';
import type { Call, Operation } from '../wire/service';
import { wrongState } from './errors';
import type { KeyState } from './kms-key';
import type { KeyRing, Located } from './key-ring';

export type Operations = Record<string, Operation>;

export const MAX_KEY_ID_LENGTH = 2048;

/** The key that a call names by ID or ARN. */
export function keyOf(ring: KeyRing, call: Call, lag = 0): Located {
  const keyId = ring.keyId(call.region, requiredText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH }));
  return ring.locate(call.region, keyId, lag);
}

/** The key that a call is to change. The policies of AWS managed keys allow that to nobody. */
export function customerKeyOf(ring: KeyRing, call: Call): Located {
  const located = keyOf(ring, call);
  if (located.family.manager === 'AWS') {
    const because = `because no resource-based policy allows the kms:${call.operation} action`;
    throw accessDenied(principalArn(call.caller, call.accountId), `kms:${call.operation}`, located.member.arn, because);
  }
  return located;
}

export function refuseUnless({ member, state }: Located, ...allowed: readonly KeyState[]): void {
  if (!allowed.includes(state)) {
    throw wrongState(member.arn, state);
  }
}

export function refuseWhile({ member, state }: Located, ...refused: readonly KeyState[]): void {
  if (refused.includes(state)) {
    throw wrongState(member.arn, state);
  }
}
