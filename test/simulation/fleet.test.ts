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
  ['at a twentieth of it', { ...FLEET, keys: 300, concurrency: 50 }],
  [
    'at a twentieth of it, if Lambda looks at its queue all the time',
    { ...FLEET, keys: 300, concurrency: 50, queuePause: 1 },
  ],
  ['with rotations of no time', { ...FLEET, keys: 150, rotationTime: 0.001 }],
  ['with another course of chance', { ...FLEET, keys: 150, seed: 2 }],
])('hundreds of keys are rotated once each, as fast as the quotas allow, %s', async (_, options) => {
  const run = await runFleet(options);
  const { keys } = options;
  expect(run.deployments.map(({ status, reason }) => [status, reason])).toEqual([['UPDATE_COMPLETE', undefined]]);
  expect(rotatedOnce(run)).toBe(keys);
  expect(duration(run)).toBeLessThanOrEqual(bound(run));
  expect(carriedOut(run, 'RotateKeyOnDemand')).toBe(keys);
  // `claimed` and `rotated`: Parameter Store is the bottleneck.
  expect(carriedOut(run, 'PutParameter')).toBe(2 * keys);
  expect(sharesOfOthers(run).every((share) => share < 0.5)).toBe(true);
});

test("where CloudFormation's hour cannot suffice, a sentence says so, and deploying again rotates the rest", async () => {
  const run = await runFleet({ ...FLEET, keys: 160, concurrency: 4 });
  expect(run.deployments.map(({ status }) => status)).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE']);
  expect(run.deployments[0]?.reason).toMatch(/^\[QueuedTooLong\] NOT ROTATED\. .* waited 5\d minutes for the provider/);
  expect(rotatedOnce(run)).toBe(160);
});

test('a rotation that takes longer than usual is written down meanwhile', async () => {
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

/** What polling takes in its busiest second of the quotas that others use too. */
function sharesOfOthers({ quotas }: FleetRun): number[] {
  const operations: Operation[] = ['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations'];
  return operations.map((operation) => peak(quotas.loadOf(operation).carriedOut) / QUOTAS[operation]);
}
