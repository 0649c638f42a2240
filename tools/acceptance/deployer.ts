import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Tags } from 'aws-cdk-lib';
import { CdkCli, type CdkRun } from '../demo/cdk-cli';
import type { Account } from './account';
import { reportsExpiry } from './aws-errors';
import { TAG } from './run-state';

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** CloudFormation gives up on a custom resource after an hour, and a stack has only few in sequence. */
const LONGEST_COMMAND = 3 * 3_600_000;

/** Template validation takes most of the time of a synthesis. */
process.env.CDK_VALIDATION = 'false';

export interface Deployed extends CdkRun {
  readonly output: string;
  /** By stack and name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Adds the content of a stack. */
export type Build = (stack: Stack) => void;

/** Deploys stacks with the CDK CLI, as a user does, but from assemblies that are synthesized here. */
export class Deployer {
  private readonly running = new Set<CdkCli>();
  private count = 0;

  public constructor(
    private readonly account: Account,
    private readonly place: Place,
    private readonly scratch: string,
  ) {}

  public async deploy(stacks: Readonly<Record<string, Build>>, args: readonly string[]): Promise<Deployed> {
    const directory = this.nextDirectory();
    const assembly = this.synthesize(stacks, join(directory, 'assembly'));
    const outputsFile = join(directory, 'outputs.json');
    const run = await this.cdk([
      'deploy',
      ...Object.keys(stacks),
      `--app=${assembly}`,
      '--exclusively',
      '--require-approval=never',
      '--concurrency=10',
      `--outputs-file=${outputsFile}`,
      ...args,
    ]);
    return { ...run, outputs: readOutputs(outputsFile) };
  }

  public destroy(stacks: Readonly<Record<string, Build>>): Promise<Deployed> {
    const assembly = this.synthesize(stacks, join(this.nextDirectory(), 'assembly'));
    return this.cdk(['destroy', ...Object.keys(stacks), `--app=${assembly}`, '--exclusively', '--force']);
  }

  /** Kills all running commands. */
  public stop(): void {
    this.running.forEach((cli) => {
      cli.stop();
    });
  }

  private nextDirectory(): string {
    this.count += 1;
    const directory = join(this.scratch, String(this.count));
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  private synthesize(stacks: Readonly<Record<string, Build>>, outdir: string): string {
    // The CLI sets this when it runs an app, because it finds the templates of nested stacks by this metadata.
    const context = { 'aws:cdk:enable-asset-metadata': true };
    const app = new App({ outdir, analyticsReporting: false, context });
    for (const [name, build] of Object.entries(stacks)) build(new Stack(app, name, { env: this.place }));
    Tags.of(app).add(TAG.key, TAG.value);
    return app.synth().directory;
  }

  private async cdk(args: readonly string[]): Promise<Deployed> {
    const { environment, time } = this.account.options;
    const cli = new CdkCli(environment, this.scratch, LONGEST_COMMAND);
    this.running.add(cli);
    try {
      const run = await time.awaiting(cli.run(args));
      const output = run.lines.join('\n');
      // Such a failure is not the one that a story expects.
      this.account.hasExpired ||= run.exitCode !== 0 && reportsExpiry(output);
      return { ...run, output, outputs: {} };
    } finally {
      this.running.delete(cli);
    }
  }
}

/** The file is missing if the command failed, or if there are no outputs. */
function readOutputs(file: string): Deployed['outputs'] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Deployed['outputs'];
  } catch {
    return {};
  }
}
