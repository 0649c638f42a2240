import type { Probe } from '../part';
import { PREFIX } from '../run-state';
import type { Stage } from '../stage';

const SAMPLES = 30;
/** Between two reads, in seconds; grows as long as nothing shows. */
const FIRST_PAUSE = 0.05;
const LONGEST_PAUSE = 5;

export const ledgerLag: Probe = {
  kind: 'probe',
  name: 'ledger-lag',
  chapter: 'KMS as it is',
  needs: { keys: 0, rotations: 0, minutes: 5, calls: 500 },
  steps: [
    {
      name: 'lag',
      item: 'how long `GetParametersByPath` takes to show a parameter that was created or overwritten',
      expected: 'less than the 110 seconds by which reads lag in most tests; some let them lag ten minutes',
    },
  ],
  async run(stage) {
    const path = `/${PREFIX}/${stage.options.file.state.id}/lag`;
    stage.options.file.change(({ parameters }) => {
      parameters.push({ name: path, region: stage.region });
    });
    await stage.step('lag', async () => {
      for (let sample = 1; sample <= SAMPLES; sample += 1) {
        const Name = `${path}/${stage.stackName(String(sample))}/parameter`;
        await stage.calls.ssm().putParameter({ Name, Value: 'created', Type: 'String', Overwrite: false });
        stage.measure('lag of GetParametersByPath after a creation', await untilShown(stage, Name, 1));
        await stage.calls.ssm().putParameter({ Name, Value: 'overwritten', Type: 'String', Overwrite: true });
        stage.measure('lag of GetParametersByPath after an overwriting', await untilShown(stage, Name, 2));
        // Leaves some of the three writes a second to other parts.
        await stage.sleep(2);
      }
      stage.expectBounds('lag of the ledger');
    });
  },
};

/** @returns the seconds until a version shows. */
async function untilShown(stage: Stage, name: string, version: number): Promise<number> {
  const since = stage.now();
  const Path = name.slice(0, name.lastIndexOf('/'));
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const { Parameters = [] } = await stage.timedCalls.ssm().getParametersByPath({ Path, Recursive: true });
    if (Parameters.some(({ Version = 0 }) => Version >= version)) return (stage.now() - since) / 1000;
    await stage.sleep(pause);
  }
}
