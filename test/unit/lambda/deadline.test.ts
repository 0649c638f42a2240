import { withDeadline } from '../../../lambda/deadline';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('returns a result that arrives in time, and leaves no timer behind', async () => {
  await expect(withDeadline(1000, () => Promise.resolve('answer'))).resolves.toBe('answer');
  expect(jest.getTimerCount()).toBe(0);
});

test('throws an error that occurs in time, and leaves no timer behind', async () => {
  await expect(withDeadline(1000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(jest.getTimerCount()).toBe(0);
});

test('ends a request that takes too long, even if it ignores the signal', async () => {
  let given: AbortSignal | undefined;
  const request = withDeadline(1000, (signal) => {
    given = signal;
    return new Promise(() => undefined);
  });
  jest.advanceTimersByTime(999);
  expect(given?.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  await expect(request).rejects.toMatchObject({ name: 'TimeoutError', message: 'No answer within 1 seconds' });
  expect(given?.aborted).toBe(true);
});
