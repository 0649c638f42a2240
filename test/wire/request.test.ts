import { REGION, Stage } from './stage';

let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open({});
  keyArn = stage.newKey();
});
afterAll(() => stage.close());

/** Nothing is called for an event that cannot be understood. */
async function refused(event: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const before = stage.aws.calls.length;
  const answer = await stage.send(event);
  expect(answer.Status).toBe('FAILED');
  expect(stage.aws.calls.length).toBe(before);
  return answer.Reason;
}

const withProperties = (ResourceProperties: Record<string, unknown>) =>
  stage.create(keyArn, 'A', { ResourceProperties });

test.each([
  ['no token', { RotationToken: undefined }, 'RotationToken must be a text that is not empty, but is missing.'],
  ['an empty token', { RotationToken: '' }, 'RotationToken must be a text that is not empty, but is "".'],
  [
    'a token of 257 characters',
    { RotationToken: 'x'.repeat(257) },
    'RotationToken must be 1 to 256 characters, but is "257 characters".',
  ],
  ['no key', { KeyArn: undefined }, 'KeyArn must be a text that is not empty, but is missing.'],
  ['a key ID', { KeyArn: '1234' }, 'KeyArn must be the ARN of a KMS key'],
  ['an object for a key', { KeyArn: { Ref: 'Key' } }, 'KeyArn must be a text'],
  ['an alias', { KeyArn: `arn:aws:kms:${REGION}:123456789012:alias/app` }, 'Key.fromLookup'],
  [
    'a key of another account',
    { KeyArn: `arn:aws:kms:${REGION}:999999999999:key/1` },
    'belongs to another account than this stack (123456789012)',
  ],
  [
    'a completion timeout of zero',
    { CompletionTimeout: '0' },
    'CompletionTimeout must be a whole number from 60 to 780, but is "0".',
  ],
  ['a completion timeout in words', { CompletionTimeout: 'ten' }, 'but is "ten"'],
  ['a negative reserve', { ReservedRotations: '-1' }, 'ReservedRotations must be a whole number'],
  ['a fractional reserve', { ReservedRotations: '1.5' }, 'ReservedRotations must be a whole number'],
  [
    'something else for a boolean',
    { RotateOnCreate: 'perhaps' },
    'RotateOnCreate must be true or false, but is "perhaps".',
  ],
])('%s is refused in a sentence', async (_, properties, sentence) => {
  expect(await refused(withProperties(properties))).toContain(sentence);
});

test('another request type is refused', async () => {
  expect(await refused(stage.event('Replace', keyArn, 'A'))).toContain('RequestType must be Create, Update or Delete');
});

test('an event without properties is refused', async () => {
  const { ResourceProperties, ...event } = stage.create(keyArn, 'A');
  expect(ResourceProperties).toBeDefined();
  expect(await refused(event)).toContain('KeyArn');
});

test('what older versions of the construct did not send has its default', async () => {
  const answer = await stage.send(
    withProperties({ RotateOnCreate: undefined, CompletionTimeout: undefined, ReservedRotations: undefined }),
  );
  expect(answer.Status).toBe('SUCCESS');
});

test.each([
  ['missing', undefined],
  ['no URL', 'nowhere'],
  ['HTTP to another machine', 'http://example.com/answer'],
])(
  'a response URL that is %s makes the invocation an error, since there is nobody to answer',
  async (_, ResponseURL) => {
    const before = stage.aws.calls.length;
    await expect(stage.send({ ...stage.event('Delete', keyArn, 'A'), ResponseURL })).rejects.toThrow('no ResponseURL');
    expect(stage.aws.calls.length).toBe(before);
  },
);
