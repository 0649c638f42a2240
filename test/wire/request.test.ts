import type { Verdict } from '../../lib/sentence';
import { expectFailure, expectSuccess } from './responses';
import { REGION, Stage } from './stage';

let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open({});
  keyArn = stage.newKey();
});
afterAll(() => stage.close());

/** Expects a failure without any call of AWS. */
async function refused(
  event: Readonly<Record<string, unknown>>,
  code = 'MalformedRequest',
  verdict: Verdict = 'UNKNOWN',
): Promise<string> {
  const before = stage.aws.calls.length;
  const reason = expectFailure(await stage.send(event), code, verdict);
  expect(stage.aws.calls.length).toBe(before);
  return reason;
}

const withProperties = (ResourceProperties: Record<string, unknown>) =>
  stage.create(keyArn, 'A', { ResourceProperties });

test.each<[string, Record<string, unknown>, string]>([
  ['no token', { RotationToken: undefined }, 'RotationToken is missing; allowed is a text that is not empty.'],
  ['an empty token', { RotationToken: '' }, 'RotationToken is ""; allowed is a text that is not empty.'],
  ['no key', { KeyArn: undefined }, 'KeyArn is missing'],
  ['an object for a key', { KeyArn: { Ref: 'Key' } }, 'KeyArn is an object; allowed is a text'],
])('%s is refused with an explanation', async (_, properties, sentence) => {
  expect(await refused(withProperties(properties))).toContain(sentence);
});

test.each<[string, string, string]>([
  ['a key ID', '1234', 'MalformedRequest'],
  ['an alias', `arn:aws:kms:${REGION}:123456789012:alias/app`, 'Alias'],
  ['a key of another account', `arn:aws:kms:${REGION}:999999999999:key/1`, 'OtherAccount'],
])('%s cannot have been rotated by any token, and is refused', async (_, KeyArn, code) => {
  await refused(withProperties({ KeyArn }), code, 'NOT ROTATED');
});

describe('what does not matter once the token is used up', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a completion timeout of zero',
      { CompletionTimeout: '0' },
      'CompletionTimeout is "0"; allowed is a whole number from 60 to 780.',
    ],
    ['a completion timeout in words', { CompletionTimeout: 'ten' }, 'CompletionTimeout is "ten"'],
    ['a negative reserve', { ReservedRotations: '-1' }, 'ReservedRotations is "-1"; allowed is a whole number'],
    ['a fractional reserve', { ReservedRotations: '1.5' }, 'ReservedRotations is "1.5"'],
    ['an invalid boolean', { RotateOnCreate: 'perhaps' }, 'RotateOnCreate is "perhaps"; allowed is true or false.'],
    [
      'an invalid ID',
      { ExpectedKeyMaterialId: 'new' },
      'ExpectedKeyMaterialId is "new"; allowed is the ID of key material',
    ],
  ])('%s is refused, unless the token is used up', async (_, properties, sentence) => {
    const key = stage.newKey();
    const wrong = { ResourceProperties: properties };
    const reason = expectFailure(await stage.send(stage.create(key, 'A', wrong)), 'MalformedRequest', 'NOT ROTATED');
    expect(reason).toContain(sentence);
    expect(stage.sent(key)).toBe(0);
    await stage.send(stage.create(key, 'A'));
    expectSuccess(await stage.send(stage.update(key, 'B', 'A', wrong)), { Outcome: 'TOKEN_USED' });
  });

  test.each([
    ['of 257 characters', 'x'.repeat(257), 'has 257 characters'],
    ['with a trailing space', 'A ', 'begins or ends with white space'],
    ['with leading Unicode white space', '\u2003A', 'begins or ends with white space'],
    ['with a line break', 'A\nB', 'contains a control character or a line break'],
  ])('a token %s is refused', async (_, token, sentence) => {
    const key = stage.newKey();
    await stage.send(stage.create(key, 'A'));
    const reason = expectFailure(await stage.send(stage.update(key, 'A', token)), 'RotationToken', 'NOT ROTATED');
    expect(reason).toContain(`The rotation token ${sentence}`);
    expect(stage.rotations(key)).toBe(1);
    expectSuccess(await stage.send(stage.update(key, token, 'A')), { Outcome: 'TOKEN_USED' });
  });

  test('an invalid token that is used up succeeds', async () => {
    const key = stage.newKey();
    await stage.record(key, { state: 'rotated', token: 'A ' });
    expectSuccess(await stage.send(stage.create(key, 'A ')), { Outcome: 'TOKEN_USED' });
  });
});

test('reasons and logs show only part of a malformed event', async () => {
  const secret = `${'x'.repeat(100)}SECRET`;
  stage.logged.length = 0;
  const reason = await refused(
    { ...withProperties({ KeyArn: secret }), RequestId: 'r' },
    'MalformedRequest',
    'NOT ROTATED',
  );
  expect(reason + JSON.stringify(stage.logged)).not.toContain('SECRET');
});

test('an unknown request type is refused', async () => {
  expect(await refused(stage.event('Replace', keyArn, 'A'))).toContain('allowed is Create, Update or Delete');
});

test('an event without properties is refused', async () => {
  const { ResourceProperties, ...event } = stage.create(keyArn, 'A');
  expect(ResourceProperties).toBeDefined();
  expect(await refused(event)).toContain('KeyArn');
});

test('properties that older versions of the construct did not send have defaults', async () => {
  const answer = await stage.send(
    withProperties({ RotateOnCreate: undefined, CompletionTimeout: undefined, ReservedRotations: undefined }),
  );
  expectSuccess(answer);
});

test.each([
  ['missing', undefined],
  ['no URL', 'nowhere'],
  ['HTTP to another machine', 'http://example.com/answer'],
])('a response URL that is %s fails the invocation, since there is nowhere to respond to', async (_, ResponseURL) => {
  const before = stage.aws.calls.length;
  await expect(stage.send({ ...stage.event('Delete', keyArn, 'A'), ResponseURL })).rejects.toThrow('no ResponseURL');
  expect(stage.aws.calls.length).toBe(before);
});

test.each(['', 'https://kms.eu-central-1.amazonaws.com'])(
  'HTTP to this machine is refused unless AWS is local ("%s"): in Lambda it is the runtime API',
  async (endpoint) => {
    const { AWS_ENDPOINT_URL } = process.env;
    process.env.AWS_ENDPOINT_URL = endpoint;
    try {
      await expect(stage.send(stage.event('Delete', keyArn, 'A'))).rejects.toThrow('no ResponseURL');
    } finally {
      process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
    }
  },
);
