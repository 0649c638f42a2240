import { version } from '../../package.json';
import { keyIdOf, Stage } from './stage';

let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
});

const digestOf = () => stage.logged.find(({ message }) => message === 'Request')?.tokenDigest;

test('the record of a rotation has the time at which KMS accepted it, and the request ID that CloudTrail shows', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  const [call] = stage.calls(keyArn);
  const [, rotated] = stage.ledger(keyArn);
  expect(rotated).toMatchObject({ state: 'rotated', kmsRequestId: call?.requestId });
  const acceptedAt = rotated?.state === 'rotated' ? rotated.acceptedAt : undefined;
  expect(Date.parse(acceptedAt ?? '')).toBeGreaterThanOrEqual(call?.startedAt ?? NaN);
});

test('completing a rotation keeps the evidence of its request', async () => {
  await stage.record(keyArn, { state: 'claimed', token: 'A' }, 4);
  await stage.record(keyArn, {
    state: 'requested',
    token: 'A',
    claim: 1,
    acceptedAt: '2026-11-22T12:00:00.000Z',
    kmsRequestId: 'id',
  });
  await stage.kmsByHand.rotateKeyOnDemand(keyArn);
  await stage.send(stage.create(keyArn, 'A'));
  expect(stage.ledger(keyArn)[2]).toMatchObject({
    state: 'rotated',
    acceptedAt: '2026-11-22T12:00:00.000Z',
    kmsRequestId: 'id',
  });
});

test('the user agent of every KMS call has version, invocation and token digest, and of RotateKeyOnDemand the claim', async () => {
  stage.logged.length = 0;
  await stage.send(stage.create(keyArn, 'A'));
  const [claim] = stage.ledger(keyArn);
  const common = `cdk-on-demand-key-rotation/${version} md/invocation#${claim?.invocation ?? ''} md/token#${String(digestOf())}`;
  const ofKey = stage.aws.calls.filter(({ service, input }) => service === 'kms' && input.KeyId === keyArn);
  expect(new Set(ofKey.map(({ operation }) => operation)).size).toBe(4);
  for (const { operation, userAgent } of ofKey) {
    expect(userAgent).toMatch(/^aws-sdk-js\//);
    expect(userAgent).toContain(common);
    expect(userAgent.endsWith(`${common}${operation === 'RotateKeyOnDemand' ? ' md/claim#1' : ''}`)).toBe(true);
  }
});

test('a token cannot change the format of a user agent', async () => {
  await stage.send(stage.create(keyArn, 'A) (md/claim#7; "🔑"'));
  const [call] = stage.calls(keyArn);
  expect(call?.userAgent).toMatch(/ md\/token#[0-9a-f]{16} md\/claim#1$/);
  expect(keyIdOf(keyArn)).not.toBe('');
});
