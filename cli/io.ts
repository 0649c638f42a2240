import { createInterface } from 'node:readline/promises';
import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** All side effects of the program except AWS calls, so that tests can replace them. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** For text that is printed to `out`. Without a terminal they do nothing. */
  readonly colors: Colors;
  /** Whether `err` is a terminal. */
  readonly isWatched: boolean;
  /** Asks a question at the terminal; `undefined` if nobody can answer. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  // The reader may close the pipe early, as `head` does.
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
    // A command may not react to the signal; a second Ctrl-C ends the process.
    process.once('SIGINT', () => process.exit(130));
  });
  // https://no-color.org
  const isColored = stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    colors: createColors(isColored),
    isWatched: stderr.isTTY,
    ask: async (question) => {
      if (!stdin.isTTY) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question, { signal: interruption.signal });
      } catch {
        return undefined;
      } finally {
        lines.close();
      }
    },
    now: () => Date.now(),
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        interruption.signal.addEventListener(
          'abort',
          () => {
            clearTimeout(timer);
            resolve();
          },
          { once: true },
        );
      }),
    random: () => Math.random(),
    interrupted: interruption.signal,
  };
}
