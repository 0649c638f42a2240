/**
 * What an error of KMS or Parameter Store says about the call that it answers.
 *
 * - `throttled`: it was not carried out, and can be later.
 * - `denied`: it was not carried out; a permission is missing, or is too fresh to count.
 * - `missing`: what it names does not exist, or is too fresh to be seen.
 * - `unknown`: the service failed, or its answer was lost: the call may have been carried out.
 * - `refused`: it was not carried out, and never will be.
 */
export type Fault = 'throttled' | 'denied' | 'missing' | 'unknown' | 'refused';

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
const THROTTLED = new Set([
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottledException',
  'TooManyUpdates',
]);
const DENIED = new Set(['AccessDeniedException', 'AccessDenied']);
const MISSING = new Set(['NotFoundException']);
/** All that is known to mean no, for ever. Whatever is not listed here, whatever its status code, leaves open what has become of the call. */
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

export function faultOf(error: unknown): Fault {
  const name = nameOf(error);
  if (THROTTLED.has(name)) return 'throttled';
  if (DENIED.has(name)) return 'denied';
  if (MISSING.has(name)) return 'missing';
  return REFUSED.has(name) ? 'refused' : 'unknown';
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
