import { errorName } from '../aws-errors';
import { Unexpected, expectEqual } from '../expectations';
import type { Probe } from '../part';
import { PREFIX } from '../run-state';
import type { Stage } from '../stage';

const CREATORS = 20;
/** In seconds. Parameter Store accepts three writes a second, and a throttled write is no race. */
const PAUSE = 5;

/** The axiom: of concurrent creations of a parameter with `Overwrite=false`, one succeeds. */
export const creationRaces: Probe = {
  kind: 'probe',
  name: 'creation-races',
  chapter: 'What everything rests on',
  needs: { keys: 0, rotations: 0, minutes: 10, calls: 2000 },
  isAlone: true,
  steps: [
    {
      name: 'one-winner',
      item: `${CREATORS} concurrent creations of the same parameter with \`Overwrite=false\`, hundreds of times`,
      expected: 'each time exactly one succeeds, with `Version` 1',
    },
  ],
  async run(stage) {
    const path = `/${PREFIX}/${stage.options.file.state.id}/races`;
    stage.options.file.change(({ parameters }) => {
      parameters.push({ name: path, region: stage.region });
    });
    const outcomes = new Map<string, number>();
    await stage.step('one-winner', async () => {
      let decided = 0;
      for (let round = 1; round <= stage.options.rounds; round += 1) {
        const answers = await race(stage, `${path}/${stage.stackName(String(round))}`);
        for (const answer of answers) outcomes.set(answer, (outcomes.get(answer) ?? 0) + 1);
        const winners = answers.filter((answer) => answer.startsWith('Version'));
        stage.measure('winners of a creation race', winners.length);
        if (winners.length > 0) decided += 1;
        stage.measure('version of a creation', ...winners.map((answer) => Number(answer.slice('Version '.length))));
        await stage.sleep(PAUSE);
      }
      for (const [answer, count] of outcomes) stage.remark(`${count} × ${answer}`);
      const winners = stage.measurements['winners of a creation race'] ?? [];
      expectEqual('the most that won one race', Math.max(...winners), 1);
      expectEqual(
        'the versions that won',
        [...outcomes.keys()].filter((answer) => answer.startsWith('Version')),
        ['Version 1'],
      );
      if (decided === 0) throw new Unexpected('Every creation was throttled: there was no race.');
    });
  },
};

/** @returns the answer to each creator. */
async function race(stage: Stage, Name: string): Promise<string[]> {
  const ssm = stage.timedCalls.ssm();
  return Promise.all(
    Array.from({ length: CREATORS }, async (_, creator) => {
      try {
        const { Version } = await ssm.putParameter({
          Name,
          Value: `creator ${creator + 1}`,
          Type: 'String',
          Overwrite: false,
        });
        return `Version ${Version ?? 'unknown'}`;
      } catch (error) {
        return errorName(error);
      }
    }),
  );
}
