import { accessDenied, principalArn } from '../iam/authorization';
import { requiredText } from '../wire/input';
import type { Call, Operation } from '../wire/service';
import { wrongState } from './errors';
import type { KeyState } from './kms-key';
import type { AccountKeys, KeyInRegion } from './account-keys';

export type Operations = Record<string, Operation>;

export const MAX_KEY_ID_LENGTH = 2048;

/** The key that a call names by ID or ARN. */
export function keyOf(accountKeys: AccountKeys, call: Call, lag = 0): KeyInRegion {
  const keyId = accountKeys.keyId(call.region, requiredText(call.input, 'KeyId', { max: MAX_KEY_ID_LENGTH }));
  return accountKeys.locate(call.region, keyId, lag);
}

/** The key that a call changes. AWS managed keys cannot be changed. */
export function customerKeyOf(accountKeys: AccountKeys, call: Call): KeyInRegion {
  const located = keyOf(accountKeys, call);
  if (located.key.manager === 'AWS') {
    const reason = `because no resource-based policy allows the kms:${call.operation} action`;
    throw accessDenied(
      principalArn(call.caller, call.accountId),
      `kms:${call.operation}`,
      located.regional.arn,
      reason,
    );
  }
  return located;
}

export function refuseUnless({ regional, state }: KeyInRegion, ...allowed: readonly KeyState[]): void {
  if (!allowed.includes(state)) {
    throw wrongState(regional.arn, state);
  }
}

export function refuseWhile({ regional, state }: KeyInRegion, ...refused: readonly KeyState[]): void {
  if (refused.includes(state)) {
    throw wrongState(regional.arn, state);
  }
}
