import { createHash } from 'node:crypto';
import {
  generatedName,
  type PhysicalResource,
  type Properties,
  type ResourcePlace,
  type ResourceType,
} from '../resource-type';
import { optionalString } from './property-readers';

/** A type whose resources do nothing but exist and be referred to. */
interface InertType {
  readonly properties: readonly string[];
  readonly required?: readonly string[];
  /** The property that names the resource. */
  readonly name?: string;
  readonly attributes?: (place: ResourcePlace, name: string) => Readonly<Record<string, string>>;
  readonly physicalId?: (place: ResourcePlace, name: string) => string;
}

const INERT: Readonly<Record<string, InertType>> = {
  'AWS::CDK::Metadata': { properties: ['Analytics'] },
  'AWS::CloudFormation::WaitConditionHandle': { properties: [] },
  'AWS::Events::Rule': {
    properties: [
      'Description',
      'EventBusName',
      'EventPattern',
      'Name',
      'RoleArn',
      'ScheduleExpression',
      'State',
      'Tags',
      'Targets',
    ],
    name: 'Name',
    attributes: ({ region, accountId }, name) => ({ Arn: `arn:aws:events:${region}:${accountId}:rule/${name}` }),
  },
  'AWS::CloudWatch::Alarm': {
    properties: [
      'ActionsEnabled',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluationPeriods',
      'ExtendedStatistic',
      'InsufficientDataActions',
      'MetricName',
      'Metrics',
      'Namespace',
      'OKActions',
      'Period',
      'Statistic',
      'Tags',
      'Threshold',
      'TreatMissingData',
      'Unit',
    ],
    required: ['ComparisonOperator', 'EvaluationPeriods'],
    name: 'AlarmName',
    attributes: ({ region, accountId }, name) => ({ Arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}` }),
  },
  'AWS::EC2::SecurityGroup': {
    properties: ['GroupDescription', 'GroupName', 'SecurityGroupEgress', 'SecurityGroupIngress', 'Tags', 'VpcId'],
    required: ['GroupDescription'],
    name: 'GroupName',
    attributes: (_, name) => ({ GroupId: securityGroupId(name) }),
    physicalId: (_, name) => securityGroupId(name),
  },
};

export const inertTypes: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  Object.entries(INERT).map(([typeName, inert]) => [typeName, resourceType(inert)]),
);

function resourceType({
  properties,
  required,
  name,
  attributes = () => ({}),
  physicalId = (_, resourceName) => resourceName,
}: InertType): ResourceType {
  const nameOf = (place: ResourcePlace, given: Properties): string =>
    (name && optionalString(given, name)) ?? generatedName(place, 80);
  return {
    properties,
    required,
    createOnly: name === undefined ? [] : [name],
    attributes: Object.keys(
      attributes({ stackId: '', stackName: '', accountId: '', region: '', logicalId: '', type: '' }, ''),
    ),
    create: ({ place, properties: given }): PhysicalResource => {
      const resourceName = nameOf(place, given);
      return { physicalId: physicalId(place, resourceName), attributes: attributes(place, resourceName) };
    },
    update: ({ place, physicalId: id }): PhysicalResource => ({
      physicalId: id,
      attributes: attributes(place, id.split('/').at(-1) ?? ''),
    }),
    delete: () => undefined,
  };
}

/** Maps a name to its ID, and an ID to itself. */
function securityGroupId(name: string): string {
  return name.startsWith('sg-') ? name : `sg-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;
}
