import { configurations } from '../../tools/explore/configurations';
import { explorerProcess } from '../../tools/explore/explorer-process';
import { type Explored, brokenPromises, story, table } from '../../tools/explore/report';

const sum = (explored: readonly Explored[], of: (one: Explored) => number) =>
  explored.reduce((total, one) => total + of(one), 0);

test('every promise is kept, whichever bound is broken', async () => {
  const explored = (await explorerProcess('test', ['--test'])) as Explored[];
  process.stdout.write(`\n${table(explored, 'configuration')}\n`);
  expect(explored.flatMap(({ findings }) => findings.map(story)).join('\n\n')).toBe('');
  const traces = configurations.map(({ name }) =>
    sum(
      explored.filter(({ configuration }) => configuration === name),
      (one) => one.traces,
    ),
  );
  expect(Math.min(...traces)).toBeGreaterThan(30);
  expect(sum(explored, (one) => one.traces)).toBeGreaterThan(2_800);
});

test('without the axiom a token can rotate twice, unless Parameter Store tells the later creator', async () => {
  const options = [
    '--without-axiom',
    '--calls',
    '4000',
    '--script',
    'create',
    '--script',
    'two stacks, two tokens, at once',
  ];
  const explored = (await explorerProcess('without-axiom', options)) as Explored[];
  process.stdout.write(`\n${brokenPromises(explored)}\n`);
  const broken = (name: string) =>
    explored
      .flatMap(({ findings }) => findings)
      .filter(({ configuration, invariant }) => configuration.endsWith(name) && invariant.startsWith('at most one'));
  expect(broken('nobody is told').length).toBeGreaterThan(0);
  expect(broken('the later one is told')).toEqual([]);
});
