/** The handler's asset hash is the same on every machine: another hash would deploy an unchanged function again. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { bundledSources } from './bundled';
import { PROJECT, run } from './command';
import { installed, workspace } from './workspace';

const BUNDLE = join('lambda', 'dist', 'index.js');

test('the bundle is the same when built elsewhere, in a deeper directory, from copies of its sources', async () => {
  const { own, packages } = bundledSources();
  const elsewhere = join(mkdtempSync(join(workspace(), 'build-')), 'some', 'where', 'else');
  mkdirSync(elsewhere, { recursive: true });
  for (const source of [...own, ...packages, 'package.json', 'tsconfig.json'])
    cpSync(join(PROJECT, source), join(elsewhere, source), { recursive: true });

  await run('npm', ['run', 'build:handler'], elsewhere, {
    PATH: `${join(PROJECT, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
  });
  expect(digest(elsewhere)).toBe(digest(installed('newest')));
});

test('the asset contains only the bundle', async () => {
  expect((await run('ls', ['-A', join(PROJECT, 'lambda', 'dist')], PROJECT)).trim()).toBe('index.js');
});

function digest(directory: string): string {
  return createHash('sha256')
    .update(readFileSync(join(directory, BUNDLE)))
    .digest('hex');
}
