import { join } from 'node:path';
import { run } from '../../tools/packages/command';

/** The same in every language: nothing of the machine's, and no metadata that tells the language. */
const OPTIONS = ['--quiet', '--no-notices', '--no-version-reporting'];

/** An app for which `cdk.json` stands where no command is given. */
export interface App {
  readonly directory: string;
  readonly command?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Synthesizes an app by the real `cdk` command line. */
export async function synthesize(
  project: string,
  { directory, command, environment }: App,
  assembly: string,
): Promise<void> {
  const cdk = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const other = command === undefined ? [] : ['--app', command];
  await run(process.execPath, [cdk, 'synth', ...OPTIONS, '--output', assembly, ...other], directory, {
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    ...environment,
  });
}
