import { join } from 'node:path';
import { run } from '../../tools/packages/command';
import type { LanguageApp } from './language';

/** Keeps the output independent of the machine and the language. */
const OPTIONS = ['--quiet', '--no-notices', '--no-version-reporting'];

const SETTINGS = {
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  // Template validation takes most of the time of a synthesis.
  CDK_VALIDATION: 'false',
};

/** Synthesizes the app of `cdk.json` with the real `cdk` CLI. */
export async function synthesizeByCli(project: string, app: LanguageApp, assembly: string): Promise<void> {
  const cdk = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  await run(process.execPath, [cdk, 'synth', ...OPTIONS, '--output', assembly], app.directory, {
    ...SETTINGS,
    ...app.environment,
  });
}

/** Synthesizes another example, with the variables that the CLI would set. */
export async function synthesize(
  app: LanguageApp,
  example: Parameters<LanguageApp['run']>[0],
  assembly: string,
): Promise<void> {
  await app.run(example, { ...SETTINGS, CDK_OUTDIR: assembly });
}
