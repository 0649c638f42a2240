/**
 * Ends a request that takes too long. The SDK's own timeouts cover the time until the headers have arrived, and it may ignore the signal
 * after that, so a stalled body would hang.
 *
 * @throws Error named `TimeoutError`, like the SDK's.
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
