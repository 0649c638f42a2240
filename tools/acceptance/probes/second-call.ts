import { errorName } from '../aws-errors';
import { Unexpected } from '../expectations';
import type { Probe } from '../part';
import { trailOf } from '../stories/evidence';
import type { Stage, TestKey } from '../stage';

/** When the second call comes. */
type Moment = 'at once' | 'while the start date shows' | 'in the invisible window' | 'when the rotation is listed';

const MOMENTS: readonly Moment[] = [
  'at once',
  'while the start date shows',
  'in the invisible window',
  'when the rotation is listed',
];

/** How long to wait before rotations are counted; later ones are not the second call's. In minutes. */
const SETTLED = 20;

export const secondCall: Probe = {
  kind: 'probe',
  name: 'second-call',
  chapter: 'KMS as it is',
  needs: { keys: MOMENTS.length, rotations: 2 * MOMENTS.length, minutes: 30, calls: 800 },
  steps: [
    {
      name: 'counted',
      item: 'what a second call of `RotateKeyOnDemand` does before, during and after the time in which KMS does not show the first',
      expected: 'at most one more rotation',
    },
    {
      name: 'request-ids',
      item: 'each accepted call in CloudTrail by its request ID',
      expected: 'every request ID is found',
    },
  ],
  async run(stage) {
    const keys: TestKey[] = [];
    while (keys.length < MOMENTS.length) keys.push(await stage.newKey());
    const requestIds = new Map<TestKey, string[]>();
    await stage.step('counted', async () => {
      await stage.together(
        MOMENTS.map((moment, index) => async () => {
          const key = keys[index];
          if (key) requestIds.set(key, await callTwice(stage, key, moment));
        }),
      );
    });
    await stage.step('request-ids', async () => {
      for (const [key, ids] of requestIds) await findInTrail(stage, key, ids);
    });
  },
};

/** @returns the request IDs of the accepted calls. */
async function callTwice(stage: Stage, key: TestKey, moment: Moment): Promise<string[]> {
  const kms = stage.timedCalls.kms();
  const ids: string[] = [];
  const call = async (): Promise<string> => {
    try {
      const { $metadata } = await kms.rotateKeyOnDemand({ KeyId: key.arn });
      if ($metadata.requestId !== undefined) ids.push($metadata.requestId);
      return 'accepted';
    } catch (error) {
      return errorName(error);
    }
  };
  const { KeyMetadata } = await kms.describeKey({ KeyId: key.arn });
  await call();
  const came = await waitFor(stage, key, moment, KeyMetadata?.CurrentKeyMaterialId);
  if (!came) {
    stage.remark(`${moment}: there was no such moment`);
    return ids;
  }
  const answer = await call();
  await stage.sleep(SETTLED * 60);
  const rotations = (await stage.history(key)).length;
  stage.remark(`${moment}: the second call is answered "${answer}", and KMS lists ${rotations} in all`);
  stage.measure(`rotations after a second call ${moment}`, rotations);
  if (rotations < 1 || rotations > 2)
    throw new Unexpected(`Two calls on key ${key.arn} have made ${rotations} rotations.`);
  return ids;
}

/** @returns whether there was such a moment. */
async function waitFor(stage: Stage, key: TestKey, moment: Moment, before: string | undefined): Promise<boolean> {
  const kms = stage.timedCalls.kms();
  const isRotating = async (): Promise<boolean> =>
    (await kms.getKeyRotationStatus({ KeyId: key.arn })).OnDemandRotationStartDate !== undefined;
  const isOver = async (): Promise<boolean> =>
    (await kms.describeKey({ KeyId: key.arn })).KeyMetadata?.CurrentKeyMaterialId !== before;
  switch (moment) {
    case 'at once':
      return true;
    case 'while the start date shows':
      return stage.until(isRotating);
    case 'in the invisible window':
      await stage.until(isRotating);
      await stage.until(async () => !(await isRotating()));
      return !(await isOver());
    case 'when the rotation is listed':
      return stage.until(async () => (await stage.history(key)).length > 0);
  }
}

async function findInTrail(stage: Stage, key: TestKey, ids: readonly string[]): Promise<void> {
  const missing = async (): Promise<string[]> => {
    const found = (await trailOf(stage, key, 'RotateKeyOnDemand')).map(({ requestID }) => requestID);
    return ids.filter((id) => !found.includes(id));
  };
  if (!(await stage.until(async () => (await missing()).length === 0, { every: 15 })))
    throw new Unexpected(`CloudTrail does not show the requests ${(await missing()).join(', ')} of key ${key.arn}.`);
}
