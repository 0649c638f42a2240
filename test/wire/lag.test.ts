/** Lagging reads, unordered lists, stalling responses and concurrent writers. */
import { FaultyAnswer } from '../../local/wire/interception';
import { ServiceError } from '../../local/wire/service';
import { awsServices } from '../../lambda/aws-services';
import { expectFailure, expectSuccess } from './responses';
import { REGION, Stage } from './stage';

const MINUTE = 60_000;
let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
});
afterEach(() => {
  stage.aws.parameterStore.readLag = 0;
  stage.aws.kms.settings.readLag = 0;
});

/** Reads show the ledger as it is now for `minutes` minutes, and lag by as much afterwards. */
function freezeLedger(minutes: number): void {
  const now = stage.now;
  stage.aws.parameterStore.readLag = () => Math.min(stage.now - now, minutes * MINUTE);
}

test('an update of a disabled key fails within a minute, is recorded, and can be rolled back', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  stage.key(keyArn).update({ enabled: false });
  const before = stage.now;
  expectFailure(await stage.send(stage.update(keyArn, 'A', 'B')), 'KeyDisabled', 'NOT ROTATED');
  const seconds = (stage.now - before) / 1000;
  expect(seconds).toBeLessThan(60);
  expect(stage.ledger(keyArn)[2]).toMatchObject({ state: 'refused', token: 'B', code: 'KeyDisabled' });
  expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A')), { Outcome: 'TOKEN_USED' });
});

test('a failure whose record number is taken is checked again, as its cause may be gone', async () => {
  stage.key(keyArn).update({ enabled: false });
  stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'before', async () => {
    stage.key(keyArn).update({ enabled: true });
    await stage.record(keyArn, { state: 'refused', token: 'B' });
  });
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
  expect(stage.ledger(keyArn).map(({ state }) => state)).toEqual(['refused', 'claimed', 'rotated']);
});

test('the record of a completed rotation is written even after the timeout', async () => {
  let refusals = 3;
  stage.aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', ({ input }) => {
    if (!String(input.Value).includes('"rotated"') || refusals === 0) return;
    refusals -= 1;
    if (refusals === 2) stage.pass(1);
    throw new ServiceError('InternalServerError', '', 500);
  });
  const oneMinute = { ResourceProperties: { CompletionTimeout: '60' } };
  expectSuccess(await stage.send(stage.create(keyArn, 'A', oneMinute)), { Outcome: 'ROTATED' });
});

test.each([
  ['the whole ledger', 0],
  ['the end of the ledger', 1],
])('a rollback succeeds although reads miss %s for ten minutes', async (_, known) => {
  if (known === 1) await stage.send(stage.create(keyArn, 'A0'));
  const until = stage.now;
  await stage.send(stage.update(keyArn, 'A0', 'A'));
  await stage.send(stage.update(keyArn, 'A', 'B'));
  stage.key(keyArn).update({ enabled: false });
  const rollback = stage.now;
  stage.aws.parameterStore.readLag = () => (stage.now < rollback + 10 * MINUTE ? stage.now - until : 0);
  expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A')), { Outcome: 'TOKEN_USED' });
});

test('a rotation whose claim is not visible for ten minutes completes, and rotates once', async () => {
  freezeLedger(10);
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'TOKEN_USED' });
  expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
});

test('an earlier rotation by hand that is not listed yet is not taken for the token’s', async () => {
  const { settings } = stage.aws.kms;
  const before = stage.now;
  await stage.kmsByHand.rotateKeyOnDemand(keyArn);
  stage.pass(1);
  settings.readLag = (operation, arn) =>
    arn === keyArn && operation !== 'GetKeyRotationStatus' ? stage.now - before : 0;
  stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
    settings.readLag = 0;
  });
  const response = await stage.send(stage.create(keyArn, 'A'));
  expect(stage.rotations(keyArn)).toBe(2);
  expectSuccess(response, { KeyMaterialId: stage.key(keyArn).currentMaterialId, RemainingRotations: 23 });
});

test('a rotation by hand in progress is waited for, since KMS would swallow another one', async () => {
  await stage.kmsByHand.rotateKeyOnDemand(keyArn);
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
  expect(stage.rotations(keyArn)).toBe(2);
});

test.each([
  ['in progress', 0],
  ['over', 3],
])('a rotation by hand after the claim that is %s before the call is not taken for the token’s', async (_, minutes) => {
  stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', async () => {
    await stage.kmsByHand.rotateKeyOnDemand(keyArn);
    stage.pass(minutes);
  });
  const response = await stage.send(stage.create(keyArn, 'A'));
  expect(stage.rotations(keyArn)).toBe(2);
  expectSuccess(response, {
    Outcome: 'ROTATED',
    KeyMaterialId: stage.key(keyArn).currentMaterialId,
    RemainingRotations: 23,
  });
  expect(stage.ledger(keyArn).map(({ state }) => state)).toEqual(['claimed', 'claimed', 'rotated']);
});

test('ListKeyRotations may have any order', async () => {
  stage.key(keyArn).addPastRotations('ON_DEMAND', 3);
  stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'after', (call, output) => {
    if (call.input.KeyId !== keyArn) return;
    (output as { Rotations: unknown[] }).Rotations.reverse();
  });
  for (const token of ['A', 'B']) {
    const response = await stage.send(stage.create(keyArn, token));
    expectSuccess(response, { Outcome: 'ROTATED', KeyMaterialId: stage.key(keyArn).currentMaterialId });
  }
  expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([2, 2]);
});

describe('a response that stalls in its body', () => {
  /** Requests time out on the machine's clock, and sooner than in Lambda. */
  const impatient = () => {
    const { services } = stage;
    return {
      ...awsServices(1_000),
      now: () => services.now(),
      sleep: (milliseconds: number) => services.sleep(milliseconds),
      log: () => undefined,
    };
  };
  const stalling = () => {
    throw new FaultyAnswer({ statusCode: 200, headers: { 'content-length': '100' }, body: '{', stalls: true });
  };

  test('of RotateKeyOnDemand: its outcome is unknown, and the rotation is found', async () => {
    stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'after', stalling);
    expectSuccess(await stage.send(stage.create(keyArn, 'A'), impatient()), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });

  test('of a read and of a write: both are retried', async () => {
    stage.aws.intercept({ service: 'kms', operation: 'DescribeKey', times: 1 }, 'after', stalling);
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', stalling);
    expectSuccess(await stage.send(stage.create(keyArn, 'A'), impatient()), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });
});

test('a garbled response of RotateKeyOnDemand leaves its outcome unknown', async () => {
  stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'before', () => {
    throw new FaultyAnswer({ statusCode: 200, body: '<html>' });
  });
  const oneMinute = { ResourceProperties: { CompletionTimeout: '60' } };
  expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'Unanswered', 'UNKNOWN');
  expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }]);
});

test('of three concurrent claims, one calls KMS', async () => {
  const responses = await Promise.all(
    ['A', 'A', 'A'].map((token, i) => stage.send(stage.create(keyArn, token, { LogicalResourceId: `R${i}` }))),
  );
  responses.forEach((response) => {
    expectSuccess(response);
  });
  expect(responses.filter(({ Data }) => Data?.Outcome === 'ROTATED').length).toBeGreaterThanOrEqual(1);
  expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  expect(REGION).not.toBe('');
});
