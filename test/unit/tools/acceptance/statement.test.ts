import { PARTS, partsNamed } from '../../../../tools/acceptance/parts';
import { planOf, statementOf } from '../../../../tools/acceptance/statement';

test('the cost covers the keys for the time of the run, their rotations and the calls', () => {
  const [part] = partsNamed(['life-of-a-token']);
  if (!part) throw new Error('There is no such part.');
  const one = { ...part, needs: { keys: 1, rotations: 3, minutes: 60 } };
  // A key and two charged rotations, for an hour of a month; 160 requests; three times two minutes of 256 MB.
  const cost = 3 / 730 + (160 * 0.03) / 10_000 + 3 * 0.25 * 120 * 0.0000166667;
  expect(planOf([one]).cost).toBeCloseTo(cost, 9);
});

test('parts run concurrently, except those that run alone', () => {
  const minutes = (names: string[]): number => planOf(partsNamed(names)).minutes;
  expect(minutes(['cancelled-update', 'crash'])).toBe(12);
  expect(minutes(['creation-races', 'throttling'])).toBe(14);
});

test('the statement names account, Region, what is made, the cost and the time', () => {
  const text = statementOf(planOf(PARTS), {
    account: '111122223333',
    region: 'eu-central-1',
    replicaRegion: 'us-west-2',
    id: 'abc123',
  });
  expect(text).toMatch(/^In account 111122223333, Region eu-central-1 \(replicas in us-west-2\), this makes/);
  expect(text).toMatch(/\d+ KMS keys, which are rotated \d+ times/);
  expect(text).toMatch(/about \d+ minutes and costs about \$0\.\d\d/);
});

test('names of parts and steps are unique, and an unknown one is refused', () => {
  const names = PARTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { steps } of PARTS) expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
  expect(() => partsNamed(['life'])).toThrow('There is no life.');
});
