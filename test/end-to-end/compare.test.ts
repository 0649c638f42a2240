import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROTATION_TIME, compare } from '../../tools/compare/comparison';
import { brief, sectionOf, table } from '../../tools/compare/table';

const PROJECT = join(__dirname, '..', '..');
const section = (document: string): string | undefined => sectionOf(readFileSync(join(PROJECT, document), 'utf8'));

test('the tables in README.md and docs/exactly-once.md are up to date; `npm run compare -- --write` updates them', async () => {
  const situations = await compare(ROTATION_TIME);
  expect(table(situations)).toBe(section('docs/exactly-once.md'));
  expect(brief(situations)).toBe(section('README.md'));
});
