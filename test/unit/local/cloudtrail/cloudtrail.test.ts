import { CloudTrail, type Event, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { expectRecorded } from '../recorded';
import { ACCOUNT, MINUTE, refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';
import { RECORDED } from './recorded.table';

let wire: ServicesOnTheWire;
let client: CloudTrail;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  client = wire.client((configuration) => new CloudTrail(configuration));
});

afterAll(() => wire.stop());

test.each(RECORDED)('recorded: $when', (row) => expectRecorded(wire, row));

const lookUp = async (input: LookupEventsCommandInput): Promise<Event[]> =>
  (await client.lookupEvents(input)).Events ?? [];
const calls = (name: string): LookupEventsCommandInput => ({
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
});

describe('a call', () => {
  test('appears after a delay, with its caller, its user agent and its request ID', async () => {
    const role = wire.iam.createRole('caller', {
      inline: { all: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
    });
    const credentials = wire.iam.credentialsFor(role.arn, 'session');
    const key = wire.kmsService.createKey(REGION);
    const { $metadata } = await wire.kms(REGION, credentials).rotateKeyOnDemand({ KeyId: key.keyId });
    const ofKey: LookupEventsCommandInput = {
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: key.arn }],
    };
    wire.clock.pass(5 * MINUTE - 1);
    expect(await lookUp(ofKey)).toEqual([]);
    wire.clock.pass(1);
    const [event] = await lookUp(ofKey);
    expect(event).toMatchObject({ EventName: 'RotateKeyOnDemand', Username: 'session' });
    expect(JSON.parse(event?.CloudTrailEvent ?? '{}')).toMatchObject({
      requestID: $metadata.requestId,
      userAgent: expect.stringContaining('api/kms') as string,
      userIdentity: {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/caller/session`,
        accessKeyId: credentials?.accessKeyId,
      },
    });
  });

  test('that was refused appears with the error', async () => {
    const KeyId = wire.kmsService.createKey(REGION, { enabled: false }).keyId;
    await refusal(wire.kms().rotateKeyOnDemand({ KeyId }));
    wire.clock.pass(5 * MINUTE);
    const [event] = await lookUp(calls('RotateKeyOnDemand'));
    expect(JSON.parse(event?.CloudTrailEvent ?? '{}')).toMatchObject({
      errorCode: 'DisabledException',
      responseElements: null,
    });
  });

  test('on data is not recorded', async () => {
    const { KeyId } = { KeyId: wire.kmsService.createKey(REGION).keyId };
    await wire.kms().encrypt({ KeyId, Plaintext: Buffer.from('a secret') });
    wire.clock.pass(5 * MINUTE);
    expect(JSON.stringify(await lookUp({}))).not.toContain(Buffer.from('a secret').toString('base64'));
  });
});

test('events come newest first, in pages, and within the requested time range', async () => {
  const start = new Date(wire.clock.now());
  for (const Name of ['/one', '/two', '/three']) {
    wire.clock.pass(MINUTE);
    await wire.ssm().putParameter({ Name, Value: 'x', Type: 'String' });
  }
  wire.clock.pass(5 * MINUTE);
  const names = (events: readonly Event[] = []): unknown[] =>
    events.map(({ CloudTrailEvent = '{}' }) => {
      const { requestParameters } = JSON.parse(CloudTrailEvent) as { requestParameters: { name: string } };
      return requestParameters.name;
    });
  const input = { ...calls('PutParameter'), StartTime: start, MaxResults: 2 };
  const first = await client.lookupEvents(input);
  const second = await client.lookupEvents({ ...input, NextToken: first.NextToken });
  expect([names(first.Events), names(second.Events), second.NextToken]).toEqual([
    ['/three', '/two'],
    ['/one'],
    undefined,
  ]);
  const EndTime = new Date(start.getTime() + 2 * MINUTE);
  expect(names(await lookUp({ ...calls('PutParameter'), StartTime: start, EndTime }))).toEqual(['/two', '/one']);
});

test('two attributes in one call and unsupported operations are refused', async () => {
  const attribute = { AttributeKey: 'EventName', AttributeValue: 'x' } as const;
  expect(await refusal(lookUp({ LookupAttributes: [attribute, attribute] }))).toMatchObject({
    name: 'InvalidLookupAttributesException',
  });
  expect(await refusal(client.listTrails({}))).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('ListTrails') as string,
  });
});
