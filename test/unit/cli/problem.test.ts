/** Every code that the command line prints has its place in the documentation. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, noRegion } from '../../../cli/problem';

const PROJECT = join(__dirname, '..', '..', '..');
const sources = readdirSync(join(PROJECT, 'cli'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /(?<!\.d)\.ts$/.test(file))
  .map((file) => readFileSync(join(PROJECT, 'cli', file), 'utf8'))
  .join('\n');
const page = readFileSync(join(PROJECT, 'docs', 'operations.md'), 'utf8');

test('the documentation has exactly the codes that there are', () => {
  const codes = [...sources.matchAll(/code: '(\w+)'|\[([A-Z]\w+)\] /g)].map(([, one, other]) => one ?? other);
  const documented = [...page.slice(page.indexOf('### Its errors')).matchAll(/^#### (\w+)$/gm)].map(([, code]) => code);
  expect([...new Set(codes)].sort()).toEqual([...documented].sort());
});

test('the documentation has every exit code', () => {
  for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});

test('a problem is a sentence with what to do and where to read on', () => {
  expect(noRegion().text).toBe(
    '[NoRegion] No Region is chosen.\nAdd --region, or set AWS_REGION (AWS_DEFAULT_REGION is not read).\nMore: https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation/blob/main/docs/operations.md#noregion',
  );
});
