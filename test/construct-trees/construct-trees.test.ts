import { exploreInProcess } from '../../tools/trees/explorer-process';
import { type Results, mutationTable, story, table } from '../../tools/trees/report';

const RUNS = 150;

let results: Results;
beforeAll(async () => {
  results = await exploreInProcess(['--runs', String(RUNS), '--findings', '3', '--cases', '--mutations']);
  process.stdout.write(
    `\nConstruct trees, ${table(results.explored)}\n\nMutations of the library:\n${mutationTable(results.mutations)}\n`,
  );
});

test('random apps violate no invariant', () => {
  const { findings, trees, rendered, shapes } = results.explored;
  expect(findings.map(story).join('\n\n')).toBe('');
  expect(trees).toBe(RUNS);
  expect(shapes).toBeGreaterThan(0.9 * RUNS);
  expect(rendered).toBeGreaterThan(0.3 * RUNS);
});

test('every named app has the expected outcome', () => {
  expect(results.cases.length).toBeGreaterThan(50);
  expect(results.cases.filter(({ expected, actual }) => expected !== actual)).toEqual([]);
});

test('the exploration catches every mutation', () => {
  expect(results.mutations.length).toBeGreaterThan(20);
  expect(results.mutations.filter(({ caught }) => caught === undefined)).toEqual([]);
});
