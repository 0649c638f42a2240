import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renewed } from '../../../../tools/errors/catalogue';

const CATALOGUE = readFileSync(join(__dirname, '../../../../docs/errors.md'), 'utf8');

test('docs/errors.md matches the sources; `npm run docs:errors` renews it', () => {
  expect(renewed(CATALOGUE)).toBe(CATALOGUE);
});

test('a sentence that has changed is renewed, and the note below it stays', () => {
  const changed = CATALOGUE.replace('key ARN> is disabled.', 'key ARN> was unplugged.');
  expect(changed).not.toBe(CATALOGUE);
  expect(renewed(changed)).toBe(CATALOGUE);
});

test('a code without a heading is named, and so is a heading without a code', () => {
  expect(() => renewed(CATALOGUE.replace('### KeyDisabled\n', '### KeyUnplugged\n'))).toThrow(
    /with a note.*: KeyDisabled$/,
  );
  expect(() => renewed(`${CATALOGUE}\n### KeyUnplugged\n\nA note.\n`)).toThrow(/never said: KeyUnplugged$/);
});
