import { optionalNumber, optionalText, requiredText } from '../wire/input';
import { type AuthorizationRequest, type Call, type Environment, type Service, ServiceError } from '../wire/service';
import {
  DEFAULT_ATTRIBUTES,
  md5,
  md5OfAttributes,
  type Message,
  type MessageAttribute,
  Queue,
  type QueueAttributes,
} from './queue';

const KNOWN_ATTRIBUTES = [
  ...Object.keys(DEFAULT_ATTRIBUTES),
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'RedriveAllowPolicy',
  'RedrivePolicy',
];

/** How often a long poll checks the queue, in milliseconds of the clock. */
const POLL_INTERVAL = 250;

/** SQS, as far as a dead-letter queue needs it: standard queues, one message at a time. */
export class Sqs {
  private readonly queues = new Map<string, Queue>();

  public constructor(private readonly environment: Environment) {}

  public readonly service: Service = {
    name: 'sqs',
    protocol: 'json',
    operations: {
      CreateQueue: ({ region, input }) => {
        const attributes = (input.attributes ?? input.Attributes ?? {}) as QueueAttributes;
        return { QueueUrl: this.url(region, this.createQueue(region, requiredText(input, 'QueueName'), attributes)) };
      },
      DeleteQueue: (call) => {
        this.deleteQueue(call.region, this.queueOf(call).name);
        return {};
      },
      GetQueueUrl: ({ region, input }) => ({
        QueueUrl: this.url(region, this.find(region, requiredText(input, 'QueueName')).name),
      }),
      GetQueueAttributes: (call) => this.getQueueAttributes(call),
      SetQueueAttributes: (call) => {
        this.setQueueAttributes(call.region, this.queueOf(call).name, call.input.Attributes as QueueAttributes);
        return {};
      },
      SendMessage: (call) => this.sendMessage(call),
      ReceiveMessage: (call) => this.receiveMessage(call),
      DeleteMessage: (call) => {
        this.queueOf(call).delete(requiredText(call.input, 'ReceiptHandle'));
        return {};
      },
    },
    authorization: (call) => [this.authorization(call)],
  };

  /** Returns the name. Leaves an existing queue with the same attributes as it is. */
  public createQueue(region: string, name: string, attributes: QueueAttributes = {}): string {
    checkAttributes(name, attributes);
    const now = this.now();
    const existing = this.queues.get(queueKey(region, name));
    const actual = existing?.attributes(now);
    const different = Object.keys(attributes).find((each) => actual && actual[each] !== attributes[each]);
    if (different !== undefined) {
      const message = `A queue already exists with the same name and a different value for attribute ${different}`;
      throw sqsError('QueueNameExists', 'QueueAlreadyExists', message);
    }
    this.queues.set(queueKey(region, name), existing ?? new Queue(name, this.arn(region, name), now, attributes));
    return name;
  }

  public setQueueAttributes(region: string, name: string, attributes: QueueAttributes): void {
    checkAttributes(name, attributes);
    this.find(region, name).setAttributes(attributes, this.now());
  }

  public deleteQueue(region: string, name: string): void {
    this.queues.delete(queueKey(region, name));
  }

  public send(queueArn: string, body: string, attributes: Message['attributes'] = {}): Message {
    return this.findByArn(queueArn).send(body, attributes, this.now());
  }

  /** Everything that GetQueueAttributes can return. */
  public attributes(queueArn: string): QueueAttributes {
    return this.findByArn(queueArn).attributes(this.now());
  }

  public arn(region: string, name: string): string {
    return `arn:aws:sqs:${region}:${this.environment.accountId}:${name}`;
  }

  public url(region: string, name: string): string {
    return `https://sqs.${region}.amazonaws.com/${this.environment.accountId}/${name}`;
  }

  private getQueueAttributes(call: Call): object {
    const attributes = this.queueOf(call).attributes(this.now());
    const names = (call.input.AttributeNames ?? []) as readonly string[];
    const unknown = names.find((name) => name !== 'All' && !Object.hasOwn({ ...attributes, ...allKnown() }, name));
    if (unknown !== undefined) {
      throw sqsError('InvalidAttributeName', 'InvalidAttributeName', `Unknown Attribute ${unknown}.`);
    }
    const asked = Object.entries(attributes).filter(([name]) => names.includes('All') || names.includes(name));
    return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
  }

  private sendMessage(call: Call): object {
    const queue = this.queueOf(call);
    const { MessageBody: body, MessageAttributes: attributes = {} } = call.input;
    const maximumSize = Number(queue.attributes(this.now()).MaximumMessageSize);
    if (typeof body !== 'string' || body === '') {
      throw sqsError(
        'MissingRequiredParameterException',
        'MissingParameter',
        'The request must contain the parameter MessageBody.',
      );
    }
    if (Buffer.byteLength(body) > maximumSize) {
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${maximumSize} bytes.`,
      );
    }
    const given = attributes as Readonly<Record<string, MessageAttribute>>;
    const empty = Object.entries(given).find(([, { StringValue }]) => StringValue === '');
    if (empty) {
      throw invalidParameter(
        `Message (user) attribute '${empty[0]}' must contain a non-empty value of type '${empty[1].DataType}'.`,
      );
    }
    const sent = queue.send(body, given, this.now());
    return { MessageId: sent.id, ...digests(sent, 'MD5OfMessageBody') };
  }

  private async receiveMessage(call: Call): Promise<object> {
    const queue = this.queueOf(call);
    const { input } = call;
    const attributes = queue.attributes(this.now());
    const count = bounded(input, 'MaxNumberOfMessages', 1, 10, 'Must be between 1 and 10, if provided.') ?? 1;
    const wait =
      bounded(input, 'WaitTimeSeconds', 0, 20, 'Must be >= 0 and <= 20, if provided.') ??
      Number(attributes.ReceiveMessageWaitTimeSeconds);
    const visibility = optionalNumber(input, 'VisibilityTimeout') ?? Number(attributes.VisibilityTimeout);
    const { clock } = this.environment;
    const deadline = clock.now() + wait * 1000;
    let received = queue.receive(count, visibility * 1000, clock.now());
    while (received.length === 0 && clock.now() < deadline) {
      await clock.sleep(POLL_INTERVAL);
      received = queue.receive(count, visibility * 1000, clock.now());
    }
    const names = (input.MessageAttributeNames ?? []) as readonly string[];
    return received.length === 0 ? {} : { Messages: received.map((message) => describe(message, names)) };
  }

  private authorization(call: Call): AuthorizationRequest {
    const { region, operation, input } = call;
    const name = optionalText(input, 'QueueName') ?? optionalText(input, 'QueueUrl')?.split('/').at(-1);
    return { action: `sqs:${operation}`, resourceArn: name === undefined ? '*' : this.arn(region, name) };
  }

  private queueOf({ region, input }: Call): Queue {
    return this.find(region, requiredText(input, 'QueueUrl').split('/').at(-1) ?? '');
  }

  private findByArn(arn: string): Queue {
    const [, , , region = '', , name = ''] = arn.split(':');
    return this.find(region, name);
  }

  private find(region: string, name: string): Queue {
    const queue = this.queues.get(queueKey(region, name));
    if (!queue) {
      const message = 'The specified queue does not exist.';
      throw sqsError('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', message);
    }
    return queue;
  }

  private now(): number {
    return this.environment.clock.now();
  }
}

function checkAttributes(name: string, attributes: QueueAttributes): void {
  if (name.endsWith('.fifo')) {
    throw invalidParameter('The local AWS has standard queues only.');
  }
  const unknown = Object.keys(attributes).find((attribute) => !KNOWN_ATTRIBUTES.includes(attribute));
  if (unknown !== undefined) {
    throw sqsError('InvalidAttributeName', 'InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  }
}

function allKnown(): object {
  return Object.fromEntries(KNOWN_ATTRIBUTES.map((name) => [name, '']));
}

function bounded(input: Call['input'], name: string, min: number, max: number, rule: string): number | undefined {
  const value = optionalNumber(input, name);
  if (value !== undefined && (value < min || value > max)) {
    throw invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${rule}`);
  }
  return value;
}

/** Returns only the requested attributes. */
function describe(message: Message, names: readonly string[]): object {
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => names.some((asked) => matches(name, asked))),
  );
  const { id, receiptHandle, body } = message;
  return {
    MessageId: id,
    ReceiptHandle: receiptHandle,
    Body: body,
    ...digests({ ...message, attributes }, 'MD5OfBody'),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
function matches(name: string, asked: string): boolean {
  return ['All', '*', name].includes(asked) || (asked.endsWith('.*') && name.startsWith(asked.slice(0, -'.*'.length)));
}

function digests({ body, attributes }: Pick<Message, 'body' | 'attributes'>, bodyMember: string): object {
  return {
    [bodyMember]: md5(body),
    ...(Object.keys(attributes).length > 0 && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}

function invalidParameter(message: string): ServiceError {
  return sqsError('InvalidParameterValueException', 'InvalidParameterValue', message);
}

/** Adds the query protocol's error code, which SQS still sends: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait */
function sqsError(code: string, queryCode: string, message: string): ServiceError {
  return new ServiceError(code, message, 400, { headers: { 'x-amzn-query-error': `${queryCode};Sender` } });
}

function queueKey(region: string, name: string): string {
  return `${region}:${name}`;
}
