import { createColors } from 'picocolors';
import type { Io } from '../../../cli/io';
import { run } from '../../../cli/program';
import type { Stage } from '../stage';

export interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, on the local AWS over HTTP and on its clock. */
export async function commandLine(stage: Stage, args: readonly string[], io: Partial<Io> = {}): Promise<Run> {
  const printed = { out: '', err: '' };
  const testIo: Io = {
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
    colors: createColors(false),
    isWatched: false,
    ask: () => Promise.resolve(undefined),
    now: () => stage.now,
    sleep: (milliseconds) => stage.aws.clock.sleep(milliseconds),
    random: () => 0.5,
    interrupted: new AbortController().signal,
    ...io,
  };
  const exitCode = await stage.aws.clock.work(() => run(args, testIo));
  return { exitCode, ...printed };
}

/** The rows of a command's JSON. */
export function rows<Row>({ out }: Run): Row[] {
  return JSON.parse(out) as Row[];
}
