import { VirtualClock } from '../../tools/simulation/virtual-clock';

test('timers fire in order of time, and those of the same moment in the order in which they were set', async () => {
  const clock = new VirtualClock();
  const start = clock.now;
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name} at ${clock.now - start}`);
  clock.after(30, note('c'));
  clock.after(10, note('a'));
  clock.after(10, () => {
    note('b')();
    clock.after(5, note('from b'));
    clock.after(-5, note('at once'));
  });
  clock.cancel(clock.after(20, note('cancelled')));
  await clock.run();
  expect(seen).toEqual(['a at 10', 'b at 10', 'at once at 10', 'from b at 15', 'c at 30']);
});

test('a thousand timers set in any order fire in order, and cancelled ones do not advance time', async () => {
  const clock = new VirtualClock();
  const start = clock.now;
  const delays = Array.from({ length: 1_000 }, (_, i) => (i * 7_919) % 1_009);
  const seen: number[] = [];
  for (const delay of delays) clock.after(delay, () => seen.push(clock.now - start));
  clock.cancel(clock.after(1_000_000, () => seen.push(-1)));
  await clock.run();
  expect(seen).toEqual([...delays].sort((a, b) => a - b));
  expect(clock.now - start).toBe(Math.max(...delays));
});

test('time stands still until a promise has settled', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.after(1, async () => {
    await Promise.resolve();
    seen.push('first');
  });
  clock.after(2, () => seen.push('second'));
  await clock.run();
  expect(seen).toEqual(['first', 'second']);
});
