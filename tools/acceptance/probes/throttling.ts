import type { Calls } from '../account';
import { isThrottled } from '../aws-errors';
import { expectEqual } from '../expectations';
import type { Probe } from '../part';
import type { TestKey } from '../stage';

interface TriedOperation {
  readonly operation: string;
  /** Documented calls a second; see `tools/fleet/quotas.ts`. */
  readonly quota: number;
  readonly call: (calls: Calls, key: TestKey) => Promise<unknown>;
}

/**
 * Called on a key that cannot be rotated, so no rotation is used up. The quotas of DescribeKey (2000) and GetKeyRotationStatus (1000) are
 * out of one caller's reach.
 */
const TRIED: readonly TriedOperation[] = [
  {
    operation: 'RotateKeyOnDemand',
    quota: 5,
    call: (calls, { arn }) => calls.kms().rotateKeyOnDemand({ KeyId: arn }),
  },
  { operation: 'ListKeyRotations', quota: 100, call: (calls, { arn }) => calls.kms().listKeyRotations({ KeyId: arn }) },
  {
    operation: 'GetParametersByPath',
    quota: 40,
    call: (calls, { id }) => calls.ssm().getParametersByPath({ Path: `/on-demand-key-rotation/${id}` }),
  },
];

/** How many concurrent calls, as multiples of the quota. */
const FACTORS = [1, 2, 4];
/** In seconds; lets token buckets refill. */
const PAUSE = 10;

export const throttling: Probe = {
  kind: 'probe',
  name: 'throttling',
  chapter: 'KMS as it is',
  needs: { keys: 1, rotations: 0, minutes: 4, calls: 1000 },
  isAlone: true,
  steps: [
    {
      name: 'rates',
      item: 'how many concurrent calls each service accepts',
      expected: 'as many as its documented quota',
    },
  ],
  async run(stage) {
    const key = await stage.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await stage.step('rates', async () => {
      for (const { operation, quota, call } of TRIED) {
        for (const factor of FACTORS) {
          const asked = quota * factor;
          const answers = await Promise.allSettled(Array.from({ length: asked }, () => call(stage.timedCalls, key)));
          const throttled = answers.filter((each) => each.status === 'rejected' && isThrottled(each.reason)).length;
          stage.remark(`${operation}: of ${asked} at once ${throttled} throttled (quota ${quota} a second)`);
          stage.measure(`${operation} let through at ${factor} × its quota`, asked - throttled);
          if (factor === 1) expectEqual(`${operation}: throttled calls of ${asked}, its quota, at once`, throttled, 0);
          await stage.sleep(PAUSE);
        }
      }
    });
  },
};
