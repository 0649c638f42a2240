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
// https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
const SERVER_FAULTS = new Set(['DependencyTimeoutException', 'KMSInternalException', 'InternalServerError']);

export function faultOf(error: unknown): Fault {
  const name = nameOf(error);
  if (THROTTLED.has(name)) return 'throttled';
  if (DENIED.has(name)) return 'denied';
  if (MISSING.has(name)) return 'missing';
  const status = statusOf(error);
  if (SERVER_FAULTS.has(name) || status === undefined || status < 400 || status >= 500) return 'unknown';
  return 'refused';
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

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
