import * as failures from '../../lambda/failures';
import { Outcomes } from './outcomes';
import { expectFailure } from './responses';
import type { Stage } from './stage';

const OTHER_REGION = 'us-east-1';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let stage: Stage;
let outcomes: Outcomes;

beforeAll(async () => {
  outcomes = await Outcomes.open();
  ({ stage } = outcomes);
});
afterAll(() => stage.close());

/** KMS keeps such dates to the second. */
const inMilliseconds = (milliseconds: number) => Math.floor((stage.now + milliseconds) / SECOND) * SECOND;

describe('imported material', () => {
  const importNew = (arn: string, validTo?: number) =>
    stage.key(arn).importMaterial('second', { importType: 'NEW_KEY_MATERIAL', validTo });

  let arn: string;
  beforeEach(() => {
    arn = stage.newKey({ origin: 'EXTERNAL' });
    stage.key(arn).importMaterial('first');
  });

  test('new and valid for good, it is rotated in', async () => {
    const pending = importNew(arn);
    await outcomes.expectRotation(arn, 24);
    expect(stage.key(arn).currentMaterialId).toBe(pending);
    expect(stage.key(arn).state).toBe('Enabled');
  });

  test('nothing pending is refused; with new material the same token rotates', async () => {
    await outcomes.expectRefusal(arn, failures.noPendingMaterial(arn));
    importNew(arn);
    await outcomes.expectRotation(arn, 24);
  });

  test('pending in the primary only is refused; when the replica has it too, the same token rotates', async () => {
    const primary = stage.newKey({ origin: 'EXTERNAL', multiRegion: true });
    stage.key(primary).importMaterial('first');
    const replica = stage.key(primary).replicate(OTHER_REGION);
    stage.aws.clock.skip(2 * SECOND);
    replica.importMaterial('first');
    const pending = importNew(primary);
    await outcomes.expectRefusal(primary, failures.pendingInPrimaryOnly(primary, pending, [replica.arn]));
    replica.importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL' });
    await outcomes.expectRotation(primary, 24);
  });

  test('pending and expired is refused, and never rotated in', async () => {
    const validTo = inMilliseconds(2 * SECOND);
    const pending = importNew(arn, validTo);
    stage.aws.clock.skip(3 * SECOND);
    const before = stage.key(arn).currentMaterialId;
    await outcomes.expectRefusal(arn, failures.pendingMaterialExpires(arn, pending, new Date(validTo)));
    expect(stage.key(arn)).toMatchObject({ currentMaterialId: before, state: 'Enabled' });
  });

  test('pending and expiring before the rotation is sure to be over is refused; with a later end the same token rotates', async () => {
    const validTo = inMilliseconds(17 * MINUTE);
    const pending = importNew(arn, validTo);
    await outcomes.expectRefusal(arn, failures.pendingMaterialExpires(arn, pending, new Date(validTo)));
    stage
      .key(arn)
      .importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL', validTo: inMilliseconds(25 * MINUTE) });
    await outcomes.expectRotation(arn, 24);
    expect(stage.key(arn)).toMatchObject({ currentMaterialId: pending, state: 'Enabled' });
  });

  test('exchanged for one that expires, after the claim and before the call, it is not rotated in', async () => {
    const pending = importNew(arn);
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
      stage.key(arn).deleteMaterial(pending);
      importNew(arn, inMilliseconds(MINUTE));
    });
    expectFailure(await outcomes.deploy(arn), 'PendingMaterialExpires', 'NOT ROTATED');
    expect(stage.sent(arn)).toBe(0);
    expect(stage.ledger(arn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
  });

  describe('where one is expected', () => {
    const expecting = (ExpectedKeyMaterialId: string) => ({ ExpectedKeyMaterialId });

    test('that one is rotated in', async () => {
      const pending = importNew(arn);
      await outcomes.expectRotation(arn, 24, expecting(pending));
      expect(stage.key(arn).currentMaterialId).toBe(pending);
    });

    test('another one is refused', async () => {
      const pending = importNew(arn);
      const expected = 'a'.repeat(64);
      await outcomes.expectRefusal(arn, failures.otherPendingMaterial(arn, pending, expected), {
        properties: expecting(expected),
      });
    });

    test('a key that gets its material from KMS is refused', async () => {
      const ofKms = stage.newKey();
      await outcomes.expectRefusal(ofKms, failures.expectedMaterialOfKms(ofKms), {
        properties: expecting('a'.repeat(64)),
      });
    });
  });
});
