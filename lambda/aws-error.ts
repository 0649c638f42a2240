import { isThrottlingError } from '@smithy/core/retry';

/**
 * What an error of KMS or Parameter Store says about the failed call.
 *
 * - `throttled`: it was not carried out, but may be later.
 * - `denied`: it was not carried out; a permission is missing or not in effect yet.
 * - `missing`: what it names does not exist or is not visible yet.
 * - `refused`: it was not carried out, and never will be.
 * - `ambiguous`: anything else, whatever the status code: a service failure, a lost answer, expired credentials, a wrong clock. The call
 *   may have been carried out; reads are retried.
 */
export type Fault = 'throttled' | 'denied' | 'missing' | 'refused' | 'ambiguous';

const DENIED = new Set(['AccessDeniedException', 'AccessDenied']);
const MISSING = new Set(['NotFoundException']);
/**
 * Errors that are known to be final.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html#API_PutParameter_Errors
 */
const REFUSED = new Set([
  'DisabledException',
  'HierarchyLevelLimitExceededException',
  'InvalidArnException',
  'InvalidKeyId',
  'KMSInvalidStateException',
  'LimitExceededException',
  'ParameterAlreadyExists',
  'ParameterLimitExceeded',
  'ParameterPatternMismatchException',
  'UnsupportedOperationException',
  'UnsupportedParameterType',
  'ValidationException',
]);

type SdkError = Parameters<typeof isThrottlingError>[0];

export function faultOf(error: unknown): Fault {
  const name = nameOf(error);
  // Checked first, because the SDK takes every LimitExceededException for throttling.
  if (REFUSED.has(name)) return 'refused';
  if (DENIED.has(name)) return 'denied';
  if (MISSING.has(name)) return 'missing';
  // Concurrent creation: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  if (name === 'TooManyUpdates') return 'throttled';
  return isThrottlingError(error as SdkError) ? 'throttled' : 'ambiguous';
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/**
 * The SDK's replacement for an empty message, which some of KMS's errors have: `decorateServiceException` of
 * https://github.com/smithy-lang/smithy-typescript.
 */
const NO_MESSAGE = 'UnknownError';

/** The error as a part of a sentence, without a full stop. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  return message === '' || message === NO_MESSAGE ? name : `${name}: ${message.replace(/\.$/, '')}`;
}

/** The HTTP status of the answer; `undefined` without an answer. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
