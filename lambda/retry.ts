import { type Fault, faultOf } from './aws-error';
import type { Services } from './services';

const SECOND = 1000;
const FIRST_PAUSE = SECOND / 2;
const LONGEST_PAUSE = 15 * SECOND;

/** How long a new permission or a new key may take to become visible. https://github.com/aws/aws-cdk/issues/37675 */
export const PROPAGATION = 60 * SECOND;
/** Retry time for best-effort calls. */
const GRACE = 20 * SECOND;
/** How long after the end of a request a call may still begin; the rest of the time is for the response. */
const CLOSING = 40 * SECOND;

/** The pause before the `n`-th retry, in milliseconds: exponential backoff with jitter. */
export function backoff(n: number, random: () => number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** n) * (0.5 + random() / 2);
}

/** Until when a call is retried that has failed with `fault` since `since`; both in milliseconds since the epoch. */
export type RetryPolicy = (fault: Fault, since: number) => number;

/** For a required call: retries until `deadline`, but for only a minute if a fault `mayBeFresh`, and never a refusal. */
export function persistent(deadline: number, mayBeFresh: readonly Fault[]): RetryPolicy {
  return (fault, since) => {
    if (fault === 'refused') return since;
    return mayBeFresh.includes(fault) ? Math.min(since + PROPAGATION, deadline) : deadline;
  };
}

/** For a call whose failure does not change the outcome, of a request that ends by `end`. */
export function bestEffort(end: number): RetryPolicy {
  return (fault, since) => (fault === 'refused' ? since : Math.min(since + GRACE, end + CLOSING));
}

/** Retries a call until it succeeds or the policy ends. */
export async function repeat<T>(
  services: Pick<Services, 'now' | 'sleep' | 'random'>,
  policy: RetryPolicy,
  call: () => Promise<T>,
): Promise<T> {
  let lastFault: Fault | undefined;
  let since = 0;
  for (let n = 0; ; n++) {
    try {
      return await call();
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== lastFault) since = services.now();
      lastFault = fault;
      const pause = backoff(n, () => services.random());
      if (services.now() + pause > policy(fault, since)) throw error;
      await services.sleep(pause);
    }
  }
}
