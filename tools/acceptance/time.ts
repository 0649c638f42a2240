import type { LocalClock } from '../../local/clock';

/** The clock of a run: the machine's, or that of a local AWS. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Runs a task. On a virtual clock, time passes only while it sleeps or awaits. */
  work<T>(run: () => Promise<T>): Promise<T>;
  /** Awaits within a task something other than its own calls: a command, or other tasks. */
  awaiting<T>(pending: Promise<T>): Promise<T>;
}

export const systemTime: Time = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  work: (run) => run(),
  awaiting: (pending) => pending,
};

export function timeOf(clock: LocalClock): Time {
  return {
    now: () => clock.now(),
    sleep: (milliseconds) => clock.sleep(milliseconds),
    work: (run) => clock.work(run),
    awaiting: (pending) => clock.pause(pending),
  };
}

/** Runs tasks concurrently, at most `limit` at a time. Throws the first failure once all have ended. */
export async function concurrently<T>(time: Time, limit: number, tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...tasks.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, task] = next;
      results[index] = await time.work(task);
    }
  };
  const workers = Array.from({ length: Math.min(limit, tasks.length) }, worker);
  for (const end of await time.awaiting(Promise.allSettled(workers))) if (end.status === 'rejected') throw end.reason;
  return results;
}
