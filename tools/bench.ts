/**
 * Measures `OnDemandKeyRotation` and its alternatives side by side, and prints Markdown tables.
 *
 *     npm run bench -- [sizes] [synth] [start] [calls] [deploy] [commands]
 *
 * Runs all of them by default. It needs an otherwise idle machine, but no network or credentials.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { callsPerRotation } from './bench/calls';
import { coldStarts } from './bench/cold-start';
import { commandLine } from './bench/command-line';
import { deployTimes } from './bench/deploy-time';
import { synthTimes, templateSizes } from './bench/synthesis';

interface Measurement {
  readonly title: string;
  readonly run: (scratch: string) => Promise<string>;
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  sizes: { title: 'What is added to a stack', run: templateSizes },
  start: { title: "The handler's cold start (median of 15)", run: () => coldStarts(15) },
  calls: { title: 'AWS calls per deployment', run: callsPerRotation },
  deploy: { title: '`cdk deploy` of a new token (median of 5)', run: (scratch) => deployTimes(scratch, 5) },
  commands: { title: 'The command line, on a fleet of 41 keys', run: commandLine },
  synth: { title: 'Synthesis (median of 3)', run: (scratch) => synthTimes(scratch, 3) },
};

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}; allowed are ${Object.keys(MEASUREMENTS).join(', ')}.`);
  const scratch = mkdtempSync(join(tmpdir(), 'on-demand-key-rotation-bench-'));
  try {
    const processors = cpus();
    console.log(`Node.js ${process.version}, ${processors.length} × ${processors[0]?.model ?? 'processor'}\n`);
    for (const [name, { title, run }] of Object.entries(MEASUREMENTS)) {
      if (wanted.length === 0 || wanted.includes(name)) console.log(`## ${title}\n\n${await run(scratch)}\n`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
