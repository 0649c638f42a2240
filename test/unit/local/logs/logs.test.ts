import { Logs } from '../../../../local/logs/logs';
import { LOCALSTACK } from '../recorded';
import { REGION, ServicesOnTheWire } from '../services-on-the-wire';

const GROUP = '/aws/lambda/fn';

let wire: ServicesOnTheWire;
let logs: Logs;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  logs = new Logs(wire.environment);
  wire.server.register(logs.service);
  logs.createGroup(REGION, GROUP);
  for (const message of ['one', 'two', 'three']) {
    logs.write(REGION, GROUP, 'stream', message);
    wire.clock.pass(1000);
  }
});

afterAll(() => wire.stop());

const filter = async (input: object): Promise<Record<string, unknown>> => {
  const answer = await wire.request('logs', 'Logs_20140328.FilterLogEvents', { logGroupName: GROUP, ...input });
  return (await answer.json()) as Record<string, unknown>;
};
const messages = ({ events }: Record<string, unknown>): unknown[] =>
  (events as { message: string }[]).map(({ message }) => message);

test.each([
  {
    when: 'more than 10 000 events',
    input: { limit: 10_001 },
    answer: {
      __type: 'InvalidParameterException',
      message:
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
    },
    source: `${LOCALSTACK}/logs/test_logs_filter_events.snapshot.json: test_filter_log_events_limit_validation`,
  },
  {
    when: 'an invalid token',
    input: { limit: 20, nextToken: 'invalid-token' },
    answer: { __type: 'InvalidParameterException', message: 'The specified nextToken is invalid.' },
    source: `${LOCALSTACK}/logs/test_logs_filter_events.snapshot.json: test_filter_log_events_unknown_token`,
  },
])('FilterLogEvents, recorded: $when', async ({ input, answer }) => {
  expect(await filter(input)).toEqual(answer);
});

test('events come in order, in pages, and within the requested time range', async () => {
  const first = await filter({ limit: 2 });
  expect(messages(first)).toEqual(['one', 'two']);
  const second = await filter({ limit: 2, nextToken: first.nextToken });
  expect([messages(second), second.nextToken]).toEqual([['three'], undefined]);
  expect(messages(await filter({ startTime: wire.clock.now() - 1000 }))).toEqual(['three']);
});

test('events are filtered by stream', async () => {
  expect(messages(await filter({ logStreamNames: ['stream'] }))).toEqual(['one', 'two', 'three']);
  expect(messages(await filter({ logStreamNames: ['another'] }))).toEqual([]);
});

test('a group can be created once, and events written to a missing group are lost', async () => {
  expect(() => {
    logs.createGroup(REGION, GROUP);
  }).toThrow('The specified log group already exists');
  logs.write(REGION, '/none', 'stream', 'lost');
  expect(await filter({ logGroupName: '/none' })).toEqual({
    __type: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
});
