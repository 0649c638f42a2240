import type { ReceiveMessageCommandOutput, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { LOCALSTACK, Refused, type Row } from '../recorded';
import { ACCOUNT, REGION } from '../services-on-the-wire';
import type { SqsOnTheWire } from './sqs-on-the-wire';

/** The subject is a queue's name. */
type SqsRow = Row<SqsOnTheWire, string>;

const localStack = (test: string): string => `${LOCALSTACK}/sqs/test_sqs.snapshot.json: ${test}`;

const row = (
  operation: string,
  when: string,
  subject: SqsRow['subject'],
  call: SqsRow['call'],
  answer: SqsRow['answer'],
  source: string,
): SqsRow => ({ operation, when, subject, call, answer, source });

/** The SDK names errors missing in SQS's model by their query protocol code. */
const refused =
  (name: string, message: string): SqsRow['answer'] =>
  () =>
    new Refused(name, message);

let queues = 0;
const made =
  (Attributes: Record<string, string> = {}): SqsRow['subject'] =>
  async (world) => {
    const QueueName = `queue-${++queues}`;
    await world.client.createQueue({ QueueName, Attributes });
    return QueueName;
  };
const updated =
  (before: Record<string, string>, ...changes: readonly Record<string, string>[]): SqsRow['subject'] =>
  async (world) => {
    const name = await made(before)(world);
    for (const Attributes of changes) {
      await world.client.setQueueAttributes({ QueueUrl: url(name), Attributes });
    }
    return name;
  };

const url = (name: string): string => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;

const create =
  (Attributes: Record<string, string>): SqsRow['call'] =>
  ({ client }, QueueName) =>
    client.createQueue({ QueueName, Attributes });
const receive =
  (input: object): SqsRow['call'] =>
  ({ client }, name) =>
    client.receiveMessage({ QueueUrl: url(name), ...input });
const send =
  (input: Partial<SendMessageCommandInput>): SqsRow['call'] =>
  ({ client }, name) =>
    client.sendMessage({ QueueUrl: url(name), MessageBody: 'test', ...input });
const attributes =
  (...AttributeNames: readonly 'All'[]): SqsRow['call'] =>
  ({ client }, name) =>
    client.getQueueAttributes({ QueueUrl: url(name), AttributeNames: [...AttributeNames] });

const allAttributes =
  (more: Record<string, string>): SqsRow['answer'] =>
  (name, { clock }) => {
    const now = String(Math.floor(clock.now() / 1000));
    return {
      Attributes: {
        ApproximateNumberOfMessages: '0',
        ApproximateNumberOfMessagesDelayed: '0',
        ApproximateNumberOfMessagesNotVisible: '0',
        CreatedTimestamp: now,
        DelaySeconds: '0',
        LastModifiedTimestamp: now,
        MaximumMessageSize: '1048576',
        MessageRetentionPeriod: '345600',
        QueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
        ReceiveMessageWaitTimeSeconds: '0',
        SqsManagedSseEnabled: 'true',
        VisibilityTimeout: '30',
        ...more,
      },
    };
  };

const text = (StringValue: string): { DataType: 'String'; StringValue: string } => ({
  DataType: 'String',
  StringValue,
});
const ATTRIBUTES = { 'Help.Me': text('Me'), Hello: text('There'), General: text('Kenobi') };

/** A queue with one message of three attributes, which stays visible when received. */
const withMessage: SqsRow['subject'] = async (world) => {
  const name = await made({ VisibilityTimeout: '0' })(world);
  await world.client.sendMessage({ QueueUrl: url(name), MessageBody: 'msg', MessageAttributes: ATTRIBUTES });
  return name;
};

/** The message as received with these attribute names, without its random IDs. */
const receiveOne =
  (...MessageAttributeNames: readonly string[]): SqsRow['call'] =>
  async (world, name) => {
    const { Messages = [] } = (await receive({ MessageAttributeNames })(world, name)) as ReceiveMessageCommandOutput;
    return Object.fromEntries(
      Object.entries(Messages[0] ?? {}).filter(([member]) => !['MessageId', 'ReceiptHandle'].includes(member)),
    );
  };
const one =
  (digest?: string, ...names: readonly (keyof typeof ATTRIBUTES)[]): SqsRow['answer'] =>
  () => ({
    Body: 'msg',
    MD5OfBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
    ...(digest !== undefined && {
      MD5OfMessageAttributes: digest,
      MessageAttributes: Object.fromEntries(names.map((name) => [name, ATTRIBUTES[name]])),
    }),
  });

const exists = refused(
  'QueueNameExists',
  'A queue already exists with the same name and a different value for attribute DelaySeconds',
);
const missing = refused('QueueDoesNotExist', 'The specified queue does not exist.');
const DELAYED = { ReceiveMessageWaitTimeSeconds: '1', DelaySeconds: '1' };
const queueUrl: SqsRow['answer'] = (name) => ({ QueueUrl: url(name) });
const KMS_ENCRYPTED = { KmsMasterKeyId: 'testKeyId', KmsDataKeyReusePeriodSeconds: '6000' };
const DIFFERENT = 'test_create_queue_with_different_attributes_raises_exception[sqs]';
const FILTERS = 'test_receive_message_message_attribute_names_filters[sqs]';

/** Recorded responses of SQS. */
export const RECORDED: readonly SqsRow[] = [
  row('CreateQueue', 'an existing queue, no attributes', made(DELAYED), create({}), queueUrl, localStack(DIFFERENT)),
  row(
    'CreateQueue',
    'an existing queue, one of its attributes',
    made(DELAYED),
    create({ DelaySeconds: '1' }),
    queueUrl,
    localStack(DIFFERENT),
  ),
  row(
    'CreateQueue',
    'an existing queue, a different attribute',
    made(DELAYED),
    create({ ...DELAYED, DelaySeconds: '2' }),
    exists,
    localStack(DIFFERENT),
  ),
  row(
    'CreateQueue',
    'an existing queue whose attribute was changed to the same',
    updated(DELAYED, { DelaySeconds: '2' }),
    create({ ...DELAYED, DelaySeconds: '2' }),
    queueUrl,
    localStack(DIFFERENT),
  ),
  row(
    'CreateQueue',
    'an existing queue whose attribute was changed',
    updated(DELAYED, { DelaySeconds: '2' }),
    create(DELAYED),
    exists,
    localStack(DIFFERENT),
  ),
  row(
    'GetQueueAttributes',
    'all of a new queue',
    made(),
    attributes('All'),
    allAttributes({}),
    localStack('test_set_queue_attributes_default_values[sqs]'),
  ),
  row(
    'GetQueueAttributes',
    'all of a queue created with some',
    made({ MessageRetentionPeriod: '604800', ReceiveMessageWaitTimeSeconds: '10', VisibilityTimeout: '20' }),
    attributes('All'),
    allAttributes({ MessageRetentionPeriod: '604800', ReceiveMessageWaitTimeSeconds: '10', VisibilityTimeout: '20' }),
    localStack('test_create_and_update_queue_attributes[sqs]'),
  ),
  row(
    'GetQueueAttributes',
    'all of a changed queue',
    updated({}, { MaximumMessageSize: '2048', VisibilityTimeout: '69', DelaySeconds: '420' }),
    attributes('All'),
    allAttributes({ MaximumMessageSize: '2048', VisibilityTimeout: '69', DelaySeconds: '420' }),
    localStack('test_create_and_update_queue_attributes[sqs]'),
  ),
  row(
    'GetQueueAttributes',
    'a KMS key was set: SQS no longer encrypts by itself',
    updated({}, KMS_ENCRYPTED),
    attributes('All'),
    allAttributes({ ...KMS_ENCRYPTED, SqsManagedSseEnabled: 'false' }),
    localStack('test_set_queue_attributes_default_values[sqs]'),
  ),
  row(
    'GetQueueAttributes',
    'a KMS key was set and removed',
    updated({}, KMS_ENCRYPTED, { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' }),
    attributes('All'),
    allAttributes({ SqsManagedSseEnabled: 'false' }),
    localStack('test_set_queue_attributes_default_values[sqs]'),
  ),
  row(
    'SetQueueAttributes',
    'an attribute of FIFO queues',
    made(),
    ({ client }, name) => client.setQueueAttributes({ QueueUrl: url(name), Attributes: { FifoQueue: 'true' } }),
    refused('InvalidAttributeName', 'Unknown Attribute FifoQueue.'),
    localStack('test_set_unsupported_attribute_standard[sqs]'),
  ),
  row(
    'GetQueueUrl',
    'a queue that does not exist',
    () => 'missing',
    ({ client }, QueueName) => client.getQueueUrl({ QueueName }),
    missing,
    localStack('test_non_existent_queue'),
  ),
  row(
    'GetQueueAttributes',
    'a queue that does not exist',
    () => 'missing',
    attributes('All'),
    missing,
    localStack('test_non_existent_queue'),
  ),
  row(
    'SendMessage',
    'no body',
    made(),
    send({ MessageBody: '' }),
    refused('MissingParameter', 'The request must contain the parameter MessageBody.'),
    localStack('test_send_empty_message[sqs]'),
  ),
  row(
    'SendMessage',
    'a body that is too long',
    made(),
    send({ MessageBody: 'a'.repeat(1048577) }),
    refused(
      'InvalidParameterValue',
      'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    ),
    localStack('test_send_oversized_message[sqs]'),
  ),
  row(
    'SendMessage',
    'an empty attribute',
    made(),
    send({ MessageAttributes: { ErrorDetails: text('') } }),
    refused(
      'InvalidParameterValue',
      "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
    ),
    localStack('test_send_message_with_empty_string_attribute[sqs]'),
  ),
  row(
    'SendMessage',
    'three attributes',
    made(),
    async (world, name) => {
      const sent = await world.client.sendMessage({
        QueueUrl: url(name),
        MessageBody: 'msg',
        MessageAttributes: ATTRIBUTES,
      });
      return { MD5OfMessageAttributes: sent.MD5OfMessageAttributes, MD5OfMessageBody: sent.MD5OfMessageBody };
    },
    () => ({
      MD5OfMessageAttributes: '4c360f3fdafd970e05fae2f149d997f5',
      MD5OfMessageBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
    }),
    localStack(FILTERS),
  ),
  row('ReceiveMessage', 'no attribute', withMessage, receiveOne(), one(), localStack(FILTERS)),
  ...['All', '*', '.*'].map((name) =>
    row(
      'ReceiveMessage',
      `the attributes ${name}`,
      withMessage,
      receiveOne(name),
      one('4c360f3fdafd970e05fae2f149d997f5', 'General', 'Hello', 'Help.Me'),
      localStack(FILTERS),
    ),
  ),
  row(
    'ReceiveMessage',
    'attributes that do not exist',
    withMessage,
    receiveOne('Foo', 'Help'),
    one(),
    localStack(FILTERS),
  ),
  row(
    'ReceiveMessage',
    'two attributes',
    withMessage,
    receiveOne('Hello', 'General'),
    one('fca026605781cb4126a1e9044df24232', 'General', 'Hello'),
    localStack(FILTERS),
  ),
  row(
    'ReceiveMessage',
    'the attributes Hel.*',
    withMessage,
    receiveOne('Hel.*'),
    one('83fee93c1bcd8b9a5a923ffacdc636c7', 'Hello', 'Help.Me'),
    localStack(FILTERS),
  ),
  row('ReceiveMessage', 'an empty queue', made(), receive({}), () => ({}), localStack('test_receive_empty_queue[sqs]')),
  row(
    'ReceiveMessage',
    '11 messages',
    made(),
    receive({ MaxNumberOfMessages: 11 }),
    refused(
      'InvalidParameterValue',
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ),
    localStack('test_send_receive_max_number_of_messages[sqs]'),
  ),
  ...[21, -1].map((WaitTimeSeconds) =>
    row(
      'ReceiveMessage',
      `to wait ${WaitTimeSeconds} seconds`,
      made(),
      receive({ WaitTimeSeconds }),
      refused(
        'InvalidParameterValue',
        `Value ${WaitTimeSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
      ),
      localStack('test_send_receive_wait_time_seconds[sqs]'),
    ),
  ),
];
