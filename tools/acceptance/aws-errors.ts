/** The error's code; empty for anything but an Error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, and what the SDK says of an SSO session. */
export function isExpired(error: unknown): boolean {
  return (
    /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(errorName(error)) ||
    /(token|session|credentials)[^.]*\b(is|has|have) expired/i.test(errorMessage(error))
  );
}

/** Whether a command's output reports an expired session. */
export function reportsExpiry(output: string): boolean {
  return /\bExpiredToken(Exception)?\b|security token included in the request is expired/.test(output);
}

export function isDenied(error: unknown): boolean {
  return /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(errorName(error));
}

export function isThrottled(error: unknown): boolean {
  return /^(Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded)$/.test(errorName(error));
}

/** The endpoint lacks the operation, as emulators of a part of AWS do. */
export function isUnknownOperation(error: unknown): boolean {
  return /^(UnknownOperationException|UnknownOperation|InvalidAction)$/.test(errorName(error));
}
