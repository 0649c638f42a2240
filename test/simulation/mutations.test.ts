import type { Caught } from '../../tools/explore/mutations';
import { explorerProcess } from '../../tools/explore/explorer-process';
import { mutationTable } from '../../tools/explore/report';

test('every defect of the handler is caught', async () => {
  const caught = (await explorerProcess('mutations', ['--mutations'])) as Caught[];
  process.stdout.write(`\n${mutationTable(caught)}\n`);
  expect(caught.length).toBeGreaterThan(0);
  expect(caught.filter(({ by }) => by === undefined)).toEqual([]);
});
