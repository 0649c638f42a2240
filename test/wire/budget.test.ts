import { Outcomes } from './outcomes';
import { REGION, type Stage } from './stage';

let stage: Stage;
let outcomes: Outcomes;

beforeAll(async () => {
  outcomes = await Outcomes.open();
  ({ stage } = outcomes);
});
afterAll(() => stage.close());

describe('the budget', () => {
  const reservedSentence = (arn: string, used: number, wayOut: string) =>
    `Key ${arn} has used ${used} of the 25 on-demand rotations of its life, and this one would not leave the 5 that are kept in reserve` +
    ' (reservedRotations). If the rotation token has changed by accident, set the old one again; if you mean to rotate,' +
    ` ${wayOut}. Nothing has been rotated.`;

  function keyWith(onDemand: number, automatic = 0): string {
    const arn = stage.newKey();
    stage.key(arn).addPastRotations('AUTOMATIC', automatic);
    stage.key(arn).addPastRotations('ON_DEMAND', onDemand);
    return arn;
  }

  test('the last rotation that leaves the reserve rotates', () => outcomes.expectRotation(keyWith(19), 5));

  test('the next one is refused', async () => {
    const arn = keyWith(20);
    await outcomes.expectRefusal(arn, reservedSentence(arn, 20, 'set reservedRotations to 4 or less'));
    await outcomes.expectRotation(arn, 4, { ReservedRotations: '4' });
  });

  test('of 25 used ones none is left to keep', async () => {
    const arn = keyWith(25);
    const wayOut =
      'make a new key and point its users to that (reservedRotations: 0 leaves the limit to KMS, should it have been raised)';
    await outcomes.expectRefusal(arn, reservedSentence(arn, 25, wayOut));
  });

  test('one in progress counts', async () => {
    const arn = keyWith(19);
    await stage.services.kms(REGION).rotateKeyOnDemand(arn);
    const answer = await outcomes.deploy(arn);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: reservedSentence(arn, 20, 'set reservedRotations to 4 or less'),
    });
    expect(stage.rotations(arn)).toBe(1);
    expect(stage.ledger(arn)).toEqual([]);
  });

  test('automatic rotations do not count, and a history of several pages is read to its end', async () => {
    const arn = keyWith(18, 230);
    await outcomes.expectRotation(arn, 6);
    await expect(stage.send(stage.update(arn, 'A', 'B'))).resolves.toMatchObject({
      Status: 'SUCCESS',
      Data: { RemainingRotations: 5 },
    });
    await expect(stage.send(stage.update(arn, 'B', 'C'))).resolves.toMatchObject({
      Status: 'FAILED',
      Reason: reservedSentence(arn, 20, 'set reservedRotations to 4 or less'),
    });
  });

  test('without a reserve it is KMS that refuses', async () => {
    const arn = keyWith(25);
    const says = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`;
    expect(await outcomes.deploy(arn, { ReservedRotations: '0' })).toMatchObject({
      Status: 'FAILED',
      Reason:
        `Key ${arn} has used up the on-demand rotations that KMS grants a key in its life: create a new key, and point its users to that` +
        ` (an alias can move: aws kms update-alias). KMS says: LimitExceededException: ${says}. Nothing has been rotated.`,
    });
    expect([stage.sent(arn), stage.rotations(arn)]).toEqual([1, 0]);
  });

  test('without a reserve a limit that KMS has raised is used', async () => {
    const { settings } = stage.aws.kms;
    const { rotationLimit } = settings;
    settings.rotationLimit = 30;
    await outcomes.expectRotation(keyWith(26), 0, { ReservedRotations: '0' });
    settings.rotationLimit = rotationLimit;
  });
});
