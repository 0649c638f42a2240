/** A queue's messages beyond what the recordings cover. */
import { MINUTE, refusal, REGION } from '../services-on-the-wire';
import { SqsOnTheWire } from './sqs-on-the-wire';

const SECOND = 1000;

let wire: SqsOnTheWire;
let QueueUrl: string;
let queues = 0;

beforeAll(async () => {
  wire = await SqsOnTheWire.start();
});

afterAll(() => wire.stop());

beforeEach(() => {
  const attributes = { VisibilityTimeout: '30', MessageRetentionPeriod: '600' };
  QueueUrl = wire.sqs.url(REGION, wire.sqs.createQueue(REGION, `queue-${++queues}`, attributes));
});

const send = (MessageBody: string): Promise<object> => wire.client.sendMessage({ QueueUrl, MessageBody });
const receive = async (input: object = {}): Promise<(string | undefined)[]> =>
  ((await wire.client.receiveMessage({ QueueUrl, ...input })).Messages ?? []).map(({ Body }) => Body);

test('a received message is invisible for a while, and comes again unless it is deleted', async () => {
  await send('one');
  const [message] = (await wire.client.receiveMessage({ QueueUrl })).Messages ?? [];
  wire.clock.pass(29 * SECOND);
  expect(await receive()).toEqual([]);
  wire.clock.pass(SECOND);
  expect(await receive()).toEqual(['one']);

  await wire.client.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });
  wire.clock.pass(30 * SECOND);
  const [again] = (await wire.client.receiveMessage({ QueueUrl })).Messages ?? [];
  await wire.client.deleteMessage({ QueueUrl, ReceiptHandle: again?.ReceiptHandle });
  wire.clock.pass(30 * SECOND);
  expect(await receive()).toEqual([]);
});

test('messages come oldest first, up to the requested number', async () => {
  for (const body of ['one', 'two', 'three']) {
    await send(body);
  }
  expect(await receive({ MaxNumberOfMessages: 2 })).toEqual(['one', 'two']);
  const { Attributes } = await wire.client.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '2',
  });
});

test('a message is kept for the retention period', async () => {
  await send('one');
  wire.clock.pass(10 * MINUTE - 1);
  expect(await receive()).toEqual(['one']);
  wire.clock.pass(1);
  wire.clock.pass(30 * SECOND);
  expect(await receive()).toEqual([]);
});

test('a long poll returns once a message arrives', async () => {
  const arrived = new Promise<void>((resolve) => {
    wire.intercept({ service: 'sqs', operation: 'ReceiveMessage', times: 1 }, 'before', () => {
      resolve();
    });
  });
  const received = receive({ WaitTimeSeconds: 20 });
  await arrived;
  await wire.clock.advance(SECOND);
  await send('late');
  await wire.clock.advance(SECOND);
  expect(await received).toEqual(['late']);
});

test('FIFO queues and unsupported operations are refused', async () => {
  expect(await refusal(wire.client.createQueue({ QueueName: 'queue.fifo' }))).toMatchObject({
    message: 'The local AWS has standard queues only.',
  });
  expect(await refusal(wire.client.purgeQueue({ QueueUrl }))).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('PurgeQueue') as string,
  });
});
