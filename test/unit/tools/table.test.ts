import { markdownTable, plainTable } from '../../../tools/table';

test('a plain table has its columns two spaces apart, and right-aligned numbers', () => {
  expect(
    plainTable([
      ['script', 'by', 'calls'],
      ['create', 1, 123_456],
      ['rename', 'nobody', 2],
    ]).split('\n'),
  ).toEqual(['script  by        calls', 'create  1       123,456', 'rename  nobody        2']);
});

test('a table without rows is its header', () => {
  expect(plainTable([['script', 'calls']])).toBe('script  calls');
});

test('a Markdown table reads as one in a terminal, too', () => {
  expect(markdownTable(['what', 'calls'], [['ours', 1_000]]).split('\n')).toEqual([
    '| what | calls |',
    '| ---- | ----: |',
    '| ours | 1,000 |',
  ]);
});
