import { isThrottlingError } from '@smithy/core/retry';

/**
 * What an error of KMS or Parameter Store says about the call that it answers.
 *
 * - `throttled`: it was not carried out, and can be later.
 * - `denied`: it was not carried out; a permission is missing, or is too fresh to count.
 * - `missing`: what it names does not exist, or is too fresh to be seen.
 * - `refused`: it was not carried out, and never will be.
 * - `ambiguous`: anything else, whatever its status code: a service that failed, an answer that was lost, credentials that have
 *   expired, a clock that is wrong. The call may have been carried out; a read is repeated.
 */
export type Fault = 'throttled' | 'denied' | 'missing' | 'refused' | 'ambiguous';

const DENIED = new Set(['AccessDeniedException', 'AccessDenied']);
const MISSING = new Set(['NotFoundException']);
/**
 * All that is known to mean no, for ever.
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
  // Before the SDK is asked, which takes every LimitExceededException for throttling.
  if (REFUSED.has(name)) return 'refused';
  if (DENIED.has(name)) return 'denied';
  if (MISSING.has(name)) return 'missing';
  // Two creators at once: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  if (name === 'TooManyUpdates') return 'throttled';
  return isThrottlingError(error as SdkError) ? 'throttled' : 'ambiguous';
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/**
 * What the SDK puts in place of an empty message, with which KMS answers some calls: `decorateServiceException` of
 * https://github.com/smithy-lang/smithy-typescript.
 */
const NO_MESSAGE = 'UnknownError';

/** The error in words that a sentence can go on after: without a full stop of its own. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  return message === '' || message === NO_MESSAGE ? name : `${name}: ${message.replace(/\.$/, '')}`;
}

/** The HTTP status of the answer; `undefined` where none came. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
