import { type FleetOptions, type FleetRun, runFleet } from '../../tools/fleet/fleet';
import { QUOTAS, type Operation } from '../../tools/fleet/quotas';
import { bound, carriedOut, peak } from '../../tools/fleet/report';

const FLEET: Omit<FleetOptions, 'concurrency'> = {
  keys: 400,
  queuePause: 300,
  rotationTime: 110,
  completionTimeout: 780,
  seed: 1,
};

test.each([
  ['at the concurrency of an account', { ...FLEET, concurrency: 1000 }],
  ['at a twentieth of it', { ...FLEET, concurrency: 50 }],
  ['at a twentieth of it, if Lambda looks at its queue all the time', { ...FLEET, concurrency: 50, queuePause: 1 }],
  ['with another course of chance', { ...FLEET, concurrency: 1000, seed: 2 }],
  ['with rotations of no time', { ...FLEET, concurrency: 1000, rotationTime: 0.001 }],
])('four hundred keys are rotated once each, as fast as the quotas allow, %s', async (_, options) => {
  const run = await runFleet(options);
  expect(run.deployments.map(({ status, reason }) => [status, reason])).toEqual([['UPDATE_COMPLETE', undefined]]);
  expect(rotatedOnce(run)).toBe(400);
  expect(duration(run)).toBeLessThanOrEqual(bound(run));
  expect(carriedOut(run, 'RotateKeyOnDemand')).toBe(400);
  // `claimed` and `rotated`: Parameter Store is the bottleneck.
  expect(carriedOut(run, 'PutParameter')).toBe(800);
});

test('polling leaves the account more than half of each quota that others use too', async () => {
  const run = await runFleet({ ...FLEET, concurrency: 1000 });
  const others: Operation[] = ['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations'];
  const shares = others.map((operation) => peak(run.quotas.loadOf(operation).carriedOut) / QUOTAS[operation]);
  expect(Math.max(...shares)).toBeLessThan(0.5);
});

test("where CloudFormation's hour cannot suffice, a sentence says so, and deploying again rotates the rest", async () => {
  const run = await runFleet({ ...FLEET, concurrency: 10 });
  expect(run.deployments.map(({ status }) => status)).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE']);
  expect(run.deployments[0]?.reason).toMatch(
    /waited 5\d minutes for the provider's function, and CloudFormation takes no answer after an hour\./,
  );
  expect(rotatedOnce(run)).toBe(400);
});

test('a rotation that takes longer than usual is written down meanwhile', async () => {
  const run = await runFleet({ ...FLEET, keys: 3, concurrency: 1000, rotationTime: 400 });
  expect(run.deployments[0]?.status).toBe('UPDATE_COMPLETE');
  expect(carriedOut(run, 'PutParameter')).toBe(9);
});

function rotatedOnce({ rotations }: FleetRun): number {
  return rotations.filter((n) => n === 1).length;
}

function duration({ deployments }: FleetRun): number {
  return deployments.reduce((seconds, deployment) => seconds + deployment.duration / 1000, 0);
}
