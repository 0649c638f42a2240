import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const CDK = require.resolve('aws-cdk/bin/cdk');

const SETTINGS = {
  // Silences the warning of the CLI's SDK about future Node.js requirements.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  // Template validation takes most of the time of a synthesis.
  CDK_VALIDATION: 'false',
};

/** On the local AWS, no command takes nearly this long unless it hangs. */
const LONGEST = 500_000;

export interface CdkRun {
  readonly exitCode: number;
  /** The lines of both streams, in order of arrival. */
  readonly lines: readonly string[];
}

/** The real `cdk` CLI, in a separate process that sees one AWS account and none of the user's settings. */
export class CdkCli {
  private readonly environment: NodeJS.ProcessEnv;
  private running: ChildProcess | undefined;

  /**
   * @param account environment variables that select the account and the caller.
   * @param directory where the commands run, as the user's working directory.
   * @param longest how long a command may take, in milliseconds.
   */
  public constructor(
    account: Readonly<Record<string, string>>,
    private readonly directory: string,
    private readonly longest = LONGEST,
  ) {
    this.environment = { ...withoutAccounts(process.env), ...account, NO_COLOR: '1', ...SETTINGS };
    delete this.environment.FORCE_COLOR;
  }

  /** Runs one command to its end. */
  public run(args: readonly string[]): Promise<CdkRun> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [CDK, ...args, '--no-notices', '--progress=events'], {
        cwd: this.directory,
        env: this.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A separate process group, so that the CLI's app can be killed with it.
        detached: true,
      });
      this.running = child;
      const lines: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => lines.push(line));
      }
      const limit = setTimeout(() => {
        this.stop();
      }, this.longest);
      child.on('error', reject);
      child.on('close', (exitCode, signal) => {
        clearTimeout(limit);
        this.running = undefined;
        if (exitCode === null)
          reject(new Error(`cdk ${args.join(' ')} was ended by ${signal ?? 'a signal'}:\n${lines.join('\n')}`));
        else resolve({ exitCode, lines });
      });
    });
  }

  /** Kills the running command, and all its child processes. */
  public stop(): void {
    const pid = this.running?.pid;
    this.running = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** The user's profile or endpoint would send calls elsewhere. */
function withoutAccounts(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}
