import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutation, bundleExplorer } from './bundle';
import type { Explored } from './report';

const CACHE = join(__dirname, '../../node_modules/.cache/simulation');

/** Explores in a process of its own, the handler as it is or with a defect. */
export async function exploreInProcess(
  name: string,
  options: readonly string[],
  mutation?: Mutation,
): Promise<Explored[]> {
  mkdirSync(CACHE, { recursive: true });
  const program = join(CACHE, `${name}.js`);
  await bundleExplorer(program, mutation);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, '--json', ...options], { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      // A violation makes the program fail, but not without its report.
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Explored[]);
    });
  });
}
