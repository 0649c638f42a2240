import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const CDK = require.resolve('aws-cdk/bin/cdk');

const SETTINGS = {
  // The SDK inside the CLI warns of Node.js releases to come, to everyone who uses it.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  // Checking a template against CloudFormation's rules takes most of a synthesis.
  CDK_VALIDATION: 'false',
};

/** On the local AWS no command takes nearly as long; one that does hangs. */
const LONGEST = 500_000;

export interface CdkRun {
  readonly exitCode: number;
  /** What it wrote, to either stream, line by line as it came. */
  readonly lines: readonly string[];
}

/** The real `cdk` command line, as a process of its own that sees one AWS account and nothing of the user's. */
export class CdkCli {
  private readonly environment: NodeJS.ProcessEnv;
  private running: ChildProcess | undefined;

  /**
   * @param account variables that tell where the account is and who calls.
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
        // A process group of its own, so that the app which the CLI runs ends with it.
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

  /** Ends what runs, and all that it has started. */
  public stop(): void {
    const pid = this.running?.pid;
    this.running = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

/** A profile or an endpoint of the user's would send calls elsewhere. */
function withoutAccounts(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}
