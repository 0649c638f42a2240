/** HTTP status by error name; undefined if no response arrives. */
const STATUS: Readonly<Record<string, number | undefined>> = {
  RequestTimeoutException: 408,
  TooManyRequests: 429,
  ClientClosedRequest: 499,
  ServiceUnavailable: 503,
  /** The SDK throws this for a body that is not JSON. */
  SyntaxError: 200,
  DependencyTimeoutException: 500,
  KMSInternalException: 500,
  InternalServerError: 500,
  ECONNRESET: undefined,
  TimeoutError: undefined,
};

/** An error as the SDK throws it. */
export function awsError(name: string): Error {
  const status = name in STATUS ? STATUS[name] : 400;
  const error = new Error(name);
  error.name = name;
  return status === undefined ? error : Object.assign(error, { $metadata: { httpStatusCode: status } });
}
