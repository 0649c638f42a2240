import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const PROJECT = join(__dirname, '..', '..');

const ENVIRONMENT = {
  ...process.env,
  // Silences jsii's long note about old Node.js releases, which would precede the actual failure.
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0],
};

/** Runs a command, and returns its output. Throws with the whole output unless the exit code is 0. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env: { ...ENVIRONMENT, ...more }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`));
        else resolve(stdout);
      },
    );
  });
}

/** Runs a tool of this project's `node_modules`. */
export function runTool(tool: string, args: readonly string[], cwd: string, more?: NodeJS.ProcessEnv): Promise<string> {
  return run(join(PROJECT, 'node_modules', '.bin', tool), args, cwd, more);
}

/** Installs packages, from npm's cache if possible. */
export async function install(directory: string, packages: readonly string[]): Promise<void> {
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], directory);
}
