import { join } from 'node:path';
import { run } from '../../tools/packages/command';

/** The same in every language: nothing of the machine's, and no metadata that tells the language. */
const OPTIONS = ['--quiet', '--no-notices', '--no-version-reporting'];

export interface Synthesis {
  /** Runs another app than the one that `cdk.json` names. */
  readonly app?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Synthesizes the app in a directory by the real `cdk` command line, as its `cdk.json` says. */
export async function synthesize(
  project: string,
  directory: string,
  assembly: string,
  { app, environment }: Synthesis = {},
): Promise<void> {
  const cdk = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const other = app === undefined ? [] : ['--app', app];
  await run(process.execPath, [cdk, 'synth', ...OPTIONS, '--output', assembly, ...other], directory, {
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    ...environment,
  });
}
