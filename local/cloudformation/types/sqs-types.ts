import type { QueueAttributes } from '../../sqs/queue';
import type { Sqs } from '../../sqs/sqs';
import { generatedName, type PhysicalResource, type Properties, type ResourceType } from '../resource-type';
import { optionalString, stringList } from './property-readers';

/** Properties that are attributes of the queue, under the same name. */
const ATTRIBUTES = [
  'DelaySeconds',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html */
export function sqsTypes(sqs: Sqs): Record<string, ResourceType> {
  return { 'AWS::SQS::Queue': queueType(sqs), 'AWS::SQS::QueuePolicy': queuePolicyType(sqs) };
}

function queueType(sqs: Sqs): ResourceType {
  const resource = (region: string, name: string): PhysicalResource => {
    const url = sqs.url(region, name);
    return { physicalId: url, attributes: { Arn: sqs.arn(region, name), QueueName: name, QueueUrl: url } };
  };
  return {
    properties: [...ATTRIBUTES, 'QueueName', 'Tags'],
    createOnly: ['QueueName'],
    attributes: ['Arn', 'QueueName', 'QueueUrl'],
    create: ({ place, properties }) => {
      const name = optionalString(properties, 'QueueName') ?? generatedName(place, 80);
      return resource(place.region, sqs.createQueue(place.region, name, attributesOf(properties)));
    },
    update: ({ place, properties, physicalId }) => {
      sqs.setQueueAttributes(place.region, nameIn(physicalId), attributesOf(properties));
      return resource(place.region, nameIn(physicalId));
    },
    delete: ({ place, physicalId }) => {
      sqs.deleteQueue(place.region, nameIn(physicalId));
    },
  };
}

/** A queue policy is stored, but not evaluated: the account's own roles need only their own permissions. */
function queuePolicyType(sqs: Sqs): ResourceType {
  const set = (region: string, properties: Properties): void => {
    const policy = JSON.stringify(properties.PolicyDocument);
    stringList(properties, 'Queues').forEach((url) => {
      sqs.setQueueAttributes(region, nameIn(url), { Policy: policy });
    });
  };
  return {
    properties: ['PolicyDocument', 'Queues'],
    required: ['PolicyDocument', 'Queues'],
    attributes: ['Id'],
    create: ({ place, properties }) => {
      set(place.region, properties);
      const id = generatedName(place);
      return { physicalId: id, attributes: { Id: id } };
    },
    update: ({ place, properties, physicalId }) => {
      set(place.region, properties);
      return { physicalId, attributes: { Id: physicalId } };
    },
    delete: () => undefined,
  };
}

function attributesOf(properties: Properties): QueueAttributes {
  return Object.fromEntries(
    ATTRIBUTES.flatMap((name) => {
      const value = optionalString(properties, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function nameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
