/** The README is true: its examples compile, and a new user who follows it word by word ends with a synthesized stack. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runTool } from './command';
import { walkthrough } from './walkthrough';
import { NAME, app, installed, tarball, workspace } from './workspace';

const README = readFileSync(join(installed('newest'), 'README.md'), 'utf8');
const { version: VERSION } = JSON.parse(readFileSync(join(installed('newest'), 'package.json'), 'utf8')) as {
  version: string;
};

test.each(['app.ts', 'app.js'])(
  'a new user writes %s in an empty directory, types the commands, and has a stack',
  async (file) => {
    const { content, commands } = walkthrough(README, file);
    const directory = mkdtempSync(join(workspace(), 'new-user-'));
    writeFileSync(join(directory, file), content);
    copyFileSync(tarball(), join(directory, `${NAME}-${VERSION}.tgz`));

    expect(await run('bash', ['-euo', 'pipefail', '-c', commands], directory)).toMatch(
      /Type: Custom::OnDemandKeyRotation/,
    );
  },
);

test('every example compiles, in the README and in the doc comments', async () => {
  const assembly = join(app('newest'), 'examples');
  mkdirSync(assembly);
  ['.jsii', 'package.json'].forEach((file) => {
    cpSync(join(installed('newest'), file), join(assembly, file));
  });

  await runTool('jsii-rosetta', ['extract', '--strict', '--directory', app('newest'), assembly], workspace());
});
