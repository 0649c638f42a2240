import { exploreInProcess } from '../../tools/simulation/explorer-process';
import { mutations } from '../../tools/simulation/mutations';

jest.setTimeout(60_000);

describe('the exploration notices', () => {
  const caught: string[] = [];

  afterAll(() => {
    const width = Math.max(...mutations.map(({ name }) => name.length));
    process.stdout.write(
      `\nMutations of the handler:\n${mutations.map(({ name }, i) => `${name.padEnd(width)}  ${caught[i] ?? 'NOT CAUGHT'}`).join('\n')}\n`,
    );
  });

  it.each(mutations.map((mutation, i) => [mutation.name, mutation, i] as const))('%s', async (_, mutation, i) => {
    const options = ['--quick', '--findings', '1', ...mutation.scripts.flatMap((script) => ['--script', script])];
    const explored = await exploreInProcess(`mutation-${i}`, options, mutation);
    const finding = explored.flatMap(({ findings }) => findings)[0];
    if (finding)
      caught[i] =
        `"${finding.invariant}" in "${finding.script}" by: ${finding.choices.join(' + ') || 'no deviation at all'}`;
    expect(finding).toBeDefined();
  });
});
