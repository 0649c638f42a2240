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

test('the constructs keep every promise in apps drawn at random', () => {
  const { findings, trees, rendered, shapes } = results.explored;
  expect(findings.map(story).join('\n\n')).toBe('');
  expect(trees).toBe(RUNS);
  expect(shapes).toBeGreaterThan(0.9 * RUNS);
  expect(rendered).toBeGreaterThan(0.3 * RUNS);
});

test('every app that has a name comes out as it should', () => {
  expect(results.cases.length).toBeGreaterThan(50);
  expect(results.cases.filter(({ expected, actual }) => expected !== actual)).toEqual([]);
});

test('the exploration notices every mutation', () => {
  expect(results.mutations.length).toBeGreaterThan(20);
  expect(results.mutations.filter(({ caught }) => caught === undefined)).toEqual([]);
});
