import * as failures from '../../lambda/failures';
import { Outcomes } from './outcomes';
import { expectFailure, expectSuccess, reasonOf } from './responses';
import type { Stage } from './stage';

let stage: Stage;
let outcomes: Outcomes;

beforeAll(async () => {
  outcomes = await Outcomes.open();
  ({ stage } = outcomes);
});
afterAll(() => stage.close());

describe('the budget', () => {
  function keyWith(onDemand: number, automatic = 0): string {
    const arn = stage.newKey();
    stage.key(arn).addPastRotations('AUTOMATIC', automatic);
    stage.key(arn).addPastRotations('ON_DEMAND', onDemand);
    return arn;
  }

  test('the last rotation above the reserve rotates', () => outcomes.expectRotation(keyWith(19), 5));

  test('the next one is refused', async () => {
    const arn = keyWith(20);
    await outcomes.expectRefusal(arn, failures.reserveReached(arn, 20, 25, 5));
    await outcomes.expectRotation(arn, 4, { ReservedRotations: '4' });
  });

  test('with all 25 used, a rotation is refused', async () => {
    const arn = keyWith(25);
    await outcomes.expectRefusal(arn, failures.reserveReached(arn, 25, 25, 5));
  });

  test('a rotation in progress counts', async () => {
    const arn = keyWith(19);
    await stage.kmsByHand.rotateKeyOnDemand(arn);
    const { Reason } = await outcomes.deploy(arn);
    expect(Reason).toBe(reasonOf(failures.reserveReached(arn, 20, 25, 5)));
    expect([stage.sent(arn), stage.rotations(arn)]).toEqual([1, 1]);
  });

  test('automatic rotations do not count, and a history of several pages is read to its end', async () => {
    const arn = keyWith(18, 230);
    await outcomes.expectRotation(arn, 6);
    expectSuccess(await stage.send(stage.update(arn, 'A', 'B')), { RemainingRotations: 5 });
    expectFailure(await stage.send(stage.update(arn, 'B', 'C')), 'ReserveReached', 'NOT ROTATED');
  });

  test('without a reserve, KMS refuses', async () => {
    const arn = keyWith(25);
    const message = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`;
    const { Reason } = await outcomes.deploy(arn, { ReservedRotations: '0' });
    const error = Object.assign(new Error(message), { name: 'LimitExceededException' });
    expect(Reason).toBe(reasonOf(failures.limitReached(arn, error)));
    expect([stage.sent(arn), stage.rotations(arn)]).toEqual([1, 0]);
  });

  test('without a reserve, a raised limit of KMS is used', async () => {
    const { settings } = stage.aws.kms;
    const { rotationLimit } = settings;
    settings.rotationLimit = 30;
    await outcomes.expectRotation(keyWith(26), 0, { ReservedRotations: '0' });
    settings.rotationLimit = rotationLimit;
  });
});
