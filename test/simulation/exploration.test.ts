import { exploreInProcess } from '../../tools/simulation/explorer-process';
import { TEST } from '../../tools/simulation/passes';
import { story, table } from '../../tools/simulation/report';

jest.setTimeout(600_000);

it('keeps every promise in every run of every script', async () => {
  const explored = await exploreInProcess('explorer', ['--quick']);
  process.stdout.write(`\nExplored (seed ${TEST.seed}):\n${table(explored)}\n`);
  expect(explored.flatMap(({ findings }) => findings.map(story)).join('\n\n')).toBe('');
  const traces = explored.reduce((sum, one) => sum + one.traces, 0);
  expect(traces).toBeGreaterThan(20_000);
  expect(explored.filter((one) => one.traces < 50)).toEqual([]);
});
