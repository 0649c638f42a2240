import { join } from 'node:path';
import { run } from '../../tools/packages/command';
import type { LanguageApp } from './language';

/** The same in every language: nothing of the machine's, and no metadata that tells the language. */
const OPTIONS = ['--quiet', '--no-notices', '--no-version-reporting'];

const SETTINGS = {
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  // Checking a template against CloudFormation's rules takes most of a synthesis.
  CDK_VALIDATION: 'false',
};

/** Synthesizes the app that `cdk.json` names by the real `cdk` command line. */
export async function synthesizeByCli(project: string, app: LanguageApp, assembly: string): Promise<void> {
  const cdk = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  await run(process.execPath, [cdk, 'synth', ...OPTIONS, '--output', assembly], app.directory, {
    ...SETTINGS,
    ...app.environment,
  });
}

/** Synthesizes an example that `cdk.json` does not name, with what the command line would set. */
export async function synthesize(
  app: LanguageApp,
  example: Parameters<LanguageApp['run']>[0],
  assembly: string,
): Promise<void> {
  await app.run(example, { ...SETTINGS, CDK_OUTDIR: assembly });
}
