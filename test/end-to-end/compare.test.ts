/** The README's comparison is what comes out of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROTATION_TIME, compare } from '../../tools/compare/comparison';
import { sectionOf, table } from '../../tools/compare/table';

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');

test('the table in README.md is true; `npm run compare -- --write` renews it', async () => {
  expect(table(await compare(ROTATION_TIME))).toBe(sectionOf(README));
});
