import { type Fault, faultOf } from './aws-error';
import type { Services } from './services';

const SECOND = 1000;
const FIRST_PAUSE = SECOND / 2;
const LONGEST_PAUSE = 15 * SECOND;

/** How long a fresh permission or a fresh key may take to count. https://github.com/aws/aws-cdk/issues/37675 */
export const PROPAGATION = 60 * SECOND;
/** What a call gets that is worth a try when the time is up. */
const GRACE = 20 * SECOND;
/** How long after the end of a request a call may still begin: what remains is for the response. */
const CLOSING = 40 * SECOND;

/** The pause before the `n`-th repetition, in milliseconds: doubling, and jittered, so that many do not come at once. */
export function backoff(n: number, random: () => number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** n) * (0.5 + random() / 2);
}

/** Until when a call is repeated that has been failing like this since then; both in milliseconds since the epoch. */
export type RetryPolicy = (fault: Fault, since: number) => number;

/** For a call that a request needs until `deadline`: what cannot pass is not repeated; what may be too fresh, for a minute. */
export function persistent(deadline: number, mayBeFresh: readonly Fault[]): RetryPolicy {
  return (fault, since) => {
    if (fault === 'refused') return since;
    return mayBeFresh.includes(fault) ? Math.min(since + PROPAGATION, deadline) : deadline;
  };
}

/** For a call without which a request that began to fail would fail all the same, and end at `end` at the latest. */
export function bestEffort(end: number): RetryPolicy {
  return (fault, since) => (fault === 'refused' ? since : Math.min(since + GRACE, end + CLOSING));
}

/** Repeats a call that may be repeated until it succeeds, or the policy ends it. */
export async function repeat<T>(
  services: Pick<Services, 'now' | 'sleep' | 'random'>,
  policy: RetryPolicy,
  call: () => Promise<T>,
): Promise<T> {
  let failingLike: Fault | undefined;
  let since = 0;
  for (let n = 0; ; n++) {
    try {
      return await call();
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== failingLike) since = services.now();
      failingLike = fault;
      const pause = backoff(n, () => services.random());
      if (services.now() + pause > policy(fault, since)) throw error;
      await services.sleep(pause);
    }
  }
}
