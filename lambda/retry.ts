import { type Fault, faultOf } from './aws-error';
import type { Services } from './services';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** How long a fresh permission or a fresh key may take to count, in milliseconds. https://github.com/aws/aws-cdk/issues/37675 */
export const IAM_PROPAGATION = 60_000;

/** The pause before the `n`-th repetition, in milliseconds: doubling, and jittered, so that many do not come at once. */
export function backoff(n: number, random: () => number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** n) * (0.5 + random() / 2);
}

/** Until when a call is repeated that has been failing like this since then; both in milliseconds since the epoch. */
export type RetryPolicy = (fault: Fault, since: number) => number;

/** Repeats a call that may be repeated until it succeeds, or until patience with its fault is over. */
export async function repeat<T>(
  services: Pick<Services, 'now' | 'sleep' | 'random'>,
  patience: RetryPolicy,
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
      if (services.now() + pause > patience(fault, since)) throw error;
      await services.sleep(pause);
    }
  }
}
