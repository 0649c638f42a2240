import { createHash, randomUUID } from 'node:crypto';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAt: number;
  readonly receiveCount: number;
  /** Until then it cannot be received. */
  readonly invisibleUntil: number;
  /** From the last ReceiveMessage. */
  readonly receiptHandle: string;
}

/** As SQS writes them: all values are strings. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const DEFAULT_ATTRIBUTES: QueueAttributes = {
  VisibilityTimeout: '30',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
};

/** A standard queue. Messages disappear after the retention period. */
export class Queue {
  private messages: Message[] = [];
  private current: QueueAttributes;
  private modifiedAt: number;

  public constructor(
    public readonly name: string,
    public readonly arn: string,
    private readonly createdAt: number,
    given: QueueAttributes,
  ) {
    this.current = merge(DEFAULT_ATTRIBUTES, given);
    this.modifiedAt = createdAt;
  }

  public setAttributes(given: QueueAttributes, now: number): void {
    this.current = merge(this.current, given);
    this.modifiedAt = now;
  }

  /** Everything that GetQueueAttributes can return. */
  public attributes(now: number): QueueAttributes {
    const messages = this.retained(now);
    const invisible = messages.filter(({ invisibleUntil }) => invisibleUntil > now).length;
    return {
      QueueArn: this.arn,
      ApproximateNumberOfMessages: String(messages.length - invisible),
      ApproximateNumberOfMessagesNotVisible: String(invisible),
      ApproximateNumberOfMessagesDelayed: '0',
      CreatedTimestamp: seconds(this.createdAt),
      LastModifiedTimestamp: seconds(this.modifiedAt),
      ...this.current,
    };
  }

  public send(body: string, attributes: Message['attributes'], now: number): Message {
    const message = { id: randomUUID(), body, attributes, sentAt: now };
    const sent = { ...message, receiveCount: 0, invisibleUntil: now, receiptHandle: '' };
    this.messages.push(sent);
    return sent;
  }

  /** Hides received messages for `visibilityTimeout` milliseconds. */
  public receive(count: number, visibilityTimeout: number, now: number): Message[] {
    const received = this.retained(now)
      .filter(({ invisibleUntil }) => invisibleUntil <= now)
      .slice(0, count)
      .map((message) => ({
        ...message,
        receiveCount: message.receiveCount + 1,
        invisibleUntil: now + visibilityTimeout,
        receiptHandle: randomUUID(),
      }));
    this.messages = this.messages.map((message) => received.find(({ id }) => id === message.id) ?? message);
    return received;
  }

  public delete(receiptHandle: string): void {
    this.messages = this.messages.filter((message) => message.receiptHandle !== receiptHandle);
  }

  private retained(now: number): Message[] {
    const retention = Number(this.current.MessageRetentionPeriod) * 1000;
    this.messages = this.messages.filter(({ sentAt }) => sentAt + retention > now);
    return this.messages;
  }
}

/** A KMS key replaces the SQS-managed one; an empty key ID removes it. */
function merge(before: QueueAttributes, given: QueueAttributes): QueueAttributes {
  const all = { ...before, ...given };
  if ((all.KmsMasterKeyId ?? '') !== '') {
    return { ...all, SqsManagedSseEnabled: 'false' };
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('Kms')));
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function md5OfAttributes(attributes: Message['attributes']): string {
  const hash = createHash('md5');
  const add = (text: string): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    hash.update(length).update(text);
  };
  Object.entries(attributes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .forEach(([name, { DataType, StringValue = '' }]) => {
      add(name);
      add(DataType);
      // Type of the value: string.
      hash.update(Buffer.from([1]));
      add(StringValue);
    });
  return hash.digest('hex');
}

function seconds(moment: number): string {
  return String(Math.floor(moment / 1000));
}
