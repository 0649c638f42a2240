import { markdownTable, plainTable } from '../../../tools/table';

test('a plain table has its columns two spaces apart, and those of numbers stand right', () => {
  expect(
    plainTable([
      ['script', 'by', 'calls'],
      ['create', 1, 123_456],
      ['rename', 'nobody', 2],
    ]).split('\n'),
  ).toEqual(['script  by        calls', 'create  1       123,456', 'rename  nobody        2']);
});

test('without rows it is the names of its columns', () => {
  expect(plainTable([['script', 'calls']])).toBe('script  calls');
});

test('a Markdown table reads as one in a terminal too', () => {
  expect(markdownTable(['what', 'calls'], [['ours', 1_000]]).split('\n')).toEqual([
    '| what | calls |',
    '| ---- | ----: |',
    '| ours | 1,000 |',
  ]);
});
