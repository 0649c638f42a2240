import { Unexpected } from '../expectations';
import type { Probe } from '../part';
import type { Stage, TestKey } from '../stage';

const KEYS = 3;
/** How long to keep reading once all reads show the rotation, since one may fall back. In seconds. */
const AFTERWARDS = 60;
/** For how long to read more often: a start date once disappeared after six seconds. In seconds. */
const DENSE = 20;
/** Far beyond the several minutes that AWS documents. In milliseconds. */
const LONGEST = 75 * 60_000;

export const rotationTimes: Probe = {
  kind: 'probe',
  name: 'rotation-times',
  chapter: 'KMS as it is',
  needs: { keys: KEYS, rotations: KEYS, minutes: 10, calls: 1500 },
  steps: [
    {
      name: 'in-force',
      item: 'how long a rotation takes, and for how long status, current material and history show the old state',
      expected:
        'over within 156 seconds, the longest that was recorded; shown 110 seconds later at most, and in any case within [the hour](exactly-once.md#the-hour)',
    },
  ],
  async run(stage) {
    await stage.step('in-force', async () => {
      const keys: TestKey[] = [];
      while (keys.length < KEYS) keys.push(await stage.newKey());
      await stage.together(keys.map((key) => () => watch(stage, key)));
      stage.expectBounds('the hour', 'usual rotation', 'lag of KMS');
    });
  },
};

/** What the three reads show of a rotation. */
interface Look {
  readonly isRotating: boolean;
  readonly material: string | undefined;
  readonly listedAt: Date | undefined;
}

/** When something was first seen, and when it was last missing, in milliseconds. */
class Sighting {
  public first: number | undefined;
  public lastWithout: number | undefined;

  public note(isSeen: boolean, now: number): void {
    if (isSeen) this.first ??= now;
    else this.lastWithout = now;
  }

  /** Since when it has always been seen. */
  public get settled(): number | undefined {
    return this.first === undefined ? undefined : Math.max(this.first, this.lastWithout ?? 0);
  }
}

async function watch(stage: Stage, key: TestKey): Promise<void> {
  const before = await look(stage, key);
  const acceptedAt = stage.now();
  await stage.calls.kms().rotateKeyOnDemand({ KeyId: key.arn });
  const [started, material, listed] = [new Sighting(), new Sighting(), new Sighting()];
  let lastStart: number | undefined;
  let rotationDate: number | undefined;
  for (let settledAt = Infinity; stage.now() < settledAt + AFTERWARDS * 1000;) {
    if (stage.now() > acceptedAt + LONGEST)
      throw new Unexpected(`The rotation of ${key.arn} does not show for 75 minutes.`);
    const seen = await look(stage, key);
    const now = stage.now();
    started.note(seen.isRotating, now);
    if (seen.isRotating) lastStart = now;
    material.note(seen.material !== before.material, now);
    listed.note(seen.listedAt !== undefined, now);
    rotationDate ??= seen.listedAt?.getTime();
    const all = [material.settled, listed.settled];
    settledAt = all.every((each) => each !== undefined) ? Math.max(...all.map(Number)) : Infinity;
    await stage.sleep(now < acceptedAt + DENSE * 1000 ? 1 : 2);
  }
  const since = (moment: number | undefined, from = acceptedAt): number => ((moment ?? from) - from) / 1000;
  stage.measure('until the start date shows', since(started.first));
  stage.measure('until the start date is gone', since(lastStart));
  stage.measure('until the new material shows', since(material.settled));
  stage.measure('until the rotation is listed', since(listed.settled));
  stage.measure('until the date of the rotation', since(rotationDate));
  stage.measure('invisible window', Math.max(0, since(material.first, lastStart ?? acceptedAt)));
  stage.measure('lag of DescribeKey after a rotation', Math.max(0, since(material.settled, rotationDate)));
  stage.measure('lag of ListKeyRotations after a rotation', Math.max(0, since(listed.settled, rotationDate)));
}

async function look(stage: Stage, { arn }: TestKey): Promise<Look> {
  const kms = stage.timedCalls.kms();
  const [status, description, history] = await Promise.all([
    kms.getKeyRotationStatus({ KeyId: arn }),
    kms.describeKey({ KeyId: arn }),
    kms.listKeyRotations({ KeyId: arn }),
  ]);
  return {
    isRotating: status.OnDemandRotationStartDate !== undefined,
    material: description.KeyMetadata?.CurrentKeyMaterialId,
    listedAt: history.Rotations?.find(({ RotationType }) => RotationType === 'ON_DEMAND')?.RotationDate,
  };
}
