/** The package in the five languages of jsii, made from what is published as Construct Hub does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runTool } from './command';
import { installed, tarball, workspace } from './workspace';

const generated = join(workspace(), 'languages');

beforeAll(async () => {
  await runTool(
    'jsii-pacmak',
    ['--code-only', '--no-npmignore', '--outdir', generated, installed('newest')],
    workspace(),
    {
      // It packs the installed package once more, which has nothing to build.
      npm_config_ignore_scripts: 'true',
    },
  );
});

test.each([
  ['Python', 'python/src/cdk_on_demand_key_rotation/__init__.py', 'class OnDemandKeyRotation('],
  [
    'Java',
    'java/src/main/java/io/github/cdkondemandkeyrotation/OnDemandKeyRotation.java',
    'public class OnDemandKeyRotation ',
  ],
  [
    '.NET',
    'dotnet/CdkOnDemandKeyRotation/CdkOnDemandKeyRotation/OnDemandKeyRotation.cs',
    'public class OnDemandKeyRotation ',
  ],
  ['Go', 'go/cdkondemandkeyrotation/OnDemandKeyRotation.go', 'type OnDemandKeyRotation interface'],
])('%s has the construct', (_, file, declaration) => {
  expect(readFileSync(join(generated, file), 'utf8')).toContain(declaration);
});

test('JavaScript has all that is published', async () => {
  const contents = async (file: string): Promise<string[]> =>
    (await run('tar', ['-tzf', file], workspace())).trim().split('\n').sort();
  const { version } = JSON.parse(readFileSync(join(installed('newest'), 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await contents(join(generated, 'js', `cdk-on-demand-key-rotation@${version}.jsii.tgz`))).toEqual(
    await contents(tarball()),
  );
});
