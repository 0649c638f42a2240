import { execFile } from 'node:child_process';

/** No command takes nearly this long unless it hangs. */
const LONGEST = 15 * 60_000;

const ENVIRONMENT = {
  ...process.env,
  // Silences jsii's long note about old Node.js releases, which would precede the actual failure.
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0],
};

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. */
export function attempt(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env: { ...ENVIRONMENT, ...environment }, maxBuffer: 256 * 1024 * 1024, timeout: LONGEST },
      (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
        else reject(new Error(`${command} ${args.join(' ')}: ${error.message}`));
      },
    );
  });
}

/** Runs a command, and returns its output. Throws with the whole output unless the exit code is 0. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment?: NodeJS.ProcessEnv,
): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command, args, cwd, environment);
  if (exitCode !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}
