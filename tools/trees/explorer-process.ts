import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Results } from './report';

const PROJECT = join(__dirname, '..', '..');

/** Explores in a separate process, and returns the results. */
export async function exploreInProcess(options: readonly string[]): Promise<Results> {
  const program = join(PROJECT, 'node_modules/.cache/trees/trees.js');
  await build({
    entryPoints: [join(PROJECT, 'tools/trees.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['aws-cdk-lib', 'constructs', 'esbuild'],
    outfile: program,
    logLevel: 'warning',
  });
  return new Promise((resolve, reject) => {
    const settings = { cwd: PROJECT, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [program, '--json', ...options], settings, (error, stdout, stderr) => {
      // Findings make it exit with an error, but it prints its report first.
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Results);
    });
  });
}
