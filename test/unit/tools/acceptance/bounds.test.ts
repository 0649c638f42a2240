import { BOUNDS, boundResults } from '../../../../tools/acceptance/bounds';
import { distributionOf } from '../../../../tools/acceptance/distribution';
import { plotOf } from '../../../../tools/acceptance/report/plot';
import { roomOf } from '../../../../tools/acceptance/report/words';

const resultOf = (name: string, measurements: Readonly<Record<string, readonly number[]>>) => {
  const found = boundResults(measurements).find(({ bound }) => bound.name === name);
  if (!found) throw new Error(`There is no bound ${name}.`);
  return found;
};

test('a bound holds with the room that the worst sample leaves', () => {
  const result = resultOf('usual rotation', { 'until the date of the rotation': [100, 131, 112] });
  expect(result).toMatchObject({ outcome: 'holds', room: 25 });
  expect(roomOf(result)).toBe('25 s of room (16 %)');
});

test('a single sample beyond the limit breaks a bound', () => {
  const result = resultOf('usual rotation', { 'until the date of the rotation': [100, 157] });
  expect(result).toMatchObject({ outcome: 'broken', room: -1 });
  expect(roomOf(result)).toContain('too long');
});

test('an exact bound is also broken by a sample below it', () => {
  expect(resultOf('one winner', { 'winners of a creation race': [1, 1, 1] }).outcome).toBe('holds');
  expect(resultOf('one winner', { 'winners of a creation race': [1, 0, 1] }).outcome).toBe('broken');
  expect(resultOf('one winner', { 'winners of a creation race': [1, 2] }).outcome).toBe('broken');
});

test('an unmeasured bound neither holds nor is broken', () => {
  expect(boundResults({}).map(({ outcome }) => outcome)).toEqual(BOUNDS.map(() => 'not measured'));
});

test('percentiles are samples', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(distributionOf(samples)).toEqual({ count: 100, min: 1, median: 50, p90: 90, p99: 99, max: 100 });
  expect(distributionOf([])).toBeUndefined();
});

test('a plot shows each sample, the limit and the range beyond it', () => {
  const plot = plotOf(resultOf('usual rotation', { 'until the date of the rotation': [100, 157] }));
  expect(plot.match(/<circle/g)).toHaveLength(2);
  expect(plot).toContain('limit 156 s');
  expect(plot).toContain('class="beyond"');
  const bars = plotOf(resultOf('one winner', { 'winners of a creation race': [1, 1, 2] }));
  expect(bars).toContain('aria-label="one winner: 2 × 1, 1 × 2"');
});
