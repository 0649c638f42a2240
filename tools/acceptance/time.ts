import type { LocalClock } from '../../local/clock';

/** The time that the run goes by: the machine's, or that of a local AWS. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Runs one course of calls. On a virtual clock no time passes in it, but for what it sleeps or awaits. */
  course<T>(run: () => Promise<T>): Promise<T>;
  /** Awaits, within a course, what is not its own next call: a command, or other courses. */
  awaiting<T>(happening: Promise<T>): Promise<T>;
}

export const systemTime: Time = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  course: (run) => run(),
  awaiting: (happening) => happening,
};

export function timeOf(clock: LocalClock): Time {
  return {
    now: () => clock.now(),
    sleep: (milliseconds) => clock.sleep(milliseconds),
    course: (run) => clock.work(run),
    awaiting: (happening) => clock.pause(happening),
  };
}

/** Runs several courses at once, at most `atOnce` of them at a time. All end before the first failure is thrown. */
export async function courses<T>(time: Time, atOnce: number, runs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...runs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, run] = next;
      results[index] = await time.course(run);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, runs.length) }, worker);
  for (const end of await time.awaiting(Promise.allSettled(workers))) if (end.status === 'rejected') throw end.reason;
  return results;
}
