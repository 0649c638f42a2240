import { tokenProblem } from '../../../lib/rotation-token';

test.each(['v1', '2026-11-22', 'a b', 'é', '🔑', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'x'.repeat(256), '{{ssm:x}}'])('%j is allowed', (token) => {
  expect(tokenProblem(token)).toBeUndefined();
});

test('empty and overlong tokens are refused', () => {
  expect(tokenProblem('')).toBe('is empty');
  expect(tokenProblem('x'.repeat(257))).toBe('has 257 characters');
});

test.each([
  ' ',
  '\t',
  '\n',
  '\r',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
  '\u202f',
  '\u3000',
  '\u200b',
  '\u2060',
  '\ufeff',
])('white space of any kind is refused at either end: %j', (blank) => {
  for (const token of [`${blank}v`, `v${blank}`, blank]) {
    expect(tokenProblem(token)).toBe('begins or ends with white space');
  }
});

test.each(['\n', '\r', '\t', '\u0000', '\u0007', '\u007f', '\u0085', '\u2028', '\u2029', '\ud800'])(
  'a control character or a line break is refused inside: %j',
  (control) => {
    expect(tokenProblem(`a${control}b`)).toBe('contains a control character or a line break');
  },
);
