/**
 * Ends a request that takes too long. The SDK's own timeouts end with the headers of the answer, and its signal may be ignored from
 * there on, so that a body which stalls would hang.
 *
 * @throws Error named `TimeoutError`, as the SDK's own.
 */
export async function withDeadline<T>(milliseconds: number, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`No answer within ${milliseconds / 1000} seconds`), { name: 'TimeoutError' }));
      abort.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([request(abort.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}
