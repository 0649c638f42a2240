import { type FleetOptions, type FleetRun, runFleet } from '../../tools/fleet/fleet';
import { QUOTAS, type Operation } from '../../tools/fleet/quotas';
import { bound, carriedOut, peak } from '../../tools/fleet/report';

const FLEET: FleetOptions = {
  keys: 400,
  concurrency: 1000,
  queuePause: 300,
  rotationTime: 110,
  completionTimeout: 780,
  seed: 1,
};

test.each([
  ['at the concurrency of an account', FLEET],
  ['at a twentieth of that concurrency', { ...FLEET, keys: 300, concurrency: 50 }],
  [
    'at a twentieth of that concurrency, if Lambda retries queued events every second',
    { ...FLEET, keys: 300, concurrency: 50, queuePause: 1 },
  ],
  ['with instant rotations', { ...FLEET, keys: 150, rotationTime: 0.001 }],
  ['with another random seed', { ...FLEET, keys: 150, seed: 2 }],
])('hundreds of keys are each rotated once, as fast as the quotas allow, %s', async (_, options) => {
  const run = await runFleet(options);
  const { keys } = options;
  expect(run.deployments.map(({ status, reason }) => [status, reason])).toEqual([['UPDATE_COMPLETE', undefined]]);
  expect(rotatedOnce(run)).toBe(keys);
  expect(duration(run)).toBeLessThanOrEqual(bound(run));
  expect(carriedOut(run, 'RotateKeyOnDemand')).toBe(keys);
  // `claimed` and `rotated`: Parameter Store is the bottleneck.
  expect(carriedOut(run, 'PutParameter')).toBe(2 * keys);
  expect(sharedQuotaUsage(run).every((share) => share < 0.5)).toBe(true);
});

test("if CloudFormation's hour is too short, the failure says so, and deploying again rotates the rest", async () => {
  const run = await runFleet({ ...FLEET, keys: 160, concurrency: 4 });
  expect(run.deployments.map(({ status }) => status)).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE']);
  expect(run.deployments[0]?.reason).toMatch(/^\[QueuedTooLong\] NOT ROTATED\. .* waited 5\d minutes for the provider/);
  expect(rotatedOnce(run)).toBe(160);
});

test('a rotation that takes longer than usual is recorded as requested meanwhile', async () => {
  const run = await runFleet({ ...FLEET, keys: 3, rotationTime: 400 });
  expect(run.deployments[0]?.status).toBe('UPDATE_COMPLETE');
  expect(carriedOut(run, 'PutParameter')).toBe(9);
});

function rotatedOnce({ rotations }: FleetRun): number {
  return rotations.filter((n) => n === 1).length;
}

function duration({ deployments }: FleetRun): number {
  return deployments.reduce((seconds, deployment) => seconds + deployment.duration / 1000, 0);
}

/** The share of each quota that polling uses in its busiest second; other applications use these quotas too. */
function sharedQuotaUsage({ quotas }: FleetRun): number[] {
  const operations: Operation[] = ['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations'];
  return operations.map((operation) => peak(quotas.loadOf(operation).carriedOut) / QUOTAS[operation]);
}
