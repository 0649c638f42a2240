import { backoff, bestEffort, persistent, repeat } from '../../../lambda/retry';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const failing = (name: string) => Object.assign(new Error(name), { name });

/** Sleeping advances the clock. */
function services() {
  let time = 0;
  return {
    now: () => time,
    sleep: (milliseconds: number) => {
      time += milliseconds;
      return Promise.resolve();
    },
    random: () => 1,
  };
}

test('pauses double up to fifteen seconds, and jitter shortens them by up to half', () => {
  expect([0, 1, 2, 4, 5, 9].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 8000, 15_000, 15_000]);
  expect(backoff(0, () => 0)).toBe(250);
});

test('a call is repeated until it succeeds', async () => {
  let calls = 0;
  const call = () => (++calls < 4 ? Promise.reject(failing('ThrottlingException')) : Promise.resolve(calls));
  await expect(repeat(services(), persistent(MINUTE, []), call)).resolves.toBe(4);
});

test('a call that fails is not repeated past its deadline', async () => {
  const clock = services();
  const call = () => Promise.reject(failing('KMSInternalException'));
  await expect(repeat(clock, persistent(MINUTE, []), call)).rejects.toThrow('KMSInternalException');
  expect(clock.now()).toBeGreaterThan(40 * SECOND);
  expect(clock.now()).toBeLessThanOrEqual(MINUTE);
});

test('the time limit for a fault begins when the fault first occurs', async () => {
  const clock = services();
  const call = () => Promise.reject(failing(clock.now() < MINUTE ? 'ThrottlingException' : 'AccessDeniedException'));
  await expect(repeat(clock, persistent(60 * MINUTE, ['denied']), call)).rejects.toThrow('AccessDeniedException');
  expect(clock.now()).toBeGreaterThan(100 * SECOND);
  expect(clock.now()).toBeLessThan(150 * SECOND);
});

describe('the time limit for repetitions', () => {
  test('of a required call', () => {
    const policy = persistent(10 * MINUTE, ['denied']);
    expect(policy('refused', SECOND)).toBe(SECOND);
    expect(policy('denied', SECOND)).toBe(61 * SECOND);
    expect(policy('denied', 10 * MINUTE - SECOND)).toBe(10 * MINUTE);
    expect(policy('missing', SECOND)).toBe(10 * MINUTE);
    expect(policy('ambiguous', SECOND)).toBe(10 * MINUTE);
  });

  test('of an optional call, which leaves time for the response', () => {
    const policy = bestEffort(10 * MINUTE);
    expect(policy('refused', SECOND)).toBe(SECOND);
    expect(policy('ambiguous', SECOND)).toBe(21 * SECOND);
    expect(policy('ambiguous', 10 * MINUTE + 30 * SECOND)).toBe(10 * MINUTE + 40 * SECOND);
  });
});
