/** The HTTP status of an error; undefined where no answer came. */
const STATUS: Readonly<Record<string, number | undefined>> = {
  RequestTimeoutException: 408,
  TooManyRequests: 429,
  ClientClosedRequest: 499,
  ServiceUnavailable: 503,
  /** What the SDK makes of a body that is no JSON. */
  SyntaxError: 200,
  DependencyTimeoutException: 500,
  KMSInternalException: 500,
  InternalServerError: 500,
  ECONNRESET: undefined,
  TimeoutError: undefined,
  /** What becomes of a body that stalls. */
  AbortError: undefined,
};

/** An error as the SDK throws it. */
export function awsError(name: string): Error {
  const status = name in STATUS ? STATUS[name] : 400;
  const error = new Error(name);
  error.name = name;
  return status === undefined ? error : Object.assign(error, { $metadata: { httpStatusCode: status } });
}
