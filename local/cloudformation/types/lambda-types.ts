import { zipSync } from 'fflate';
import type { Iam } from '../../iam/iam';
import type { FunctionConfiguration } from '../../lambda/function';
import type { LambdaService } from '../../lambda/lambda-service';
import type { S3 } from '../../s3/s3';
import { ServiceError } from '../../wire/service';
import {
  generatedName,
  type PhysicalResource,
  type Properties,
  type ResourcePlace,
  type ResourceType,
} from '../resource-type';
import { optionalInteger, optionalObject, optionalString, requiredString, stringList } from './property-readers';

interface LambdaDependencies {
  readonly lambda: LambdaService;
  readonly iam: Iam;
  readonly s3: S3;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html */
export function lambdaTypes(dependencies: LambdaDependencies): Record<string, ResourceType> {
  return {
    'AWS::Lambda::Function': functionType(dependencies),
    'AWS::Lambda::Permission': permissionType(dependencies.lambda),
    'AWS::Lambda::EventInvokeConfig': eventInvokeConfigType(dependencies.lambda),
  };
}

function functionType({ lambda, iam, s3 }: LambdaDependencies): ResourceType {
  const resource = (name: string, arn: string): PhysicalResource => ({ physicalId: name, attributes: { Arn: arn } });
  return {
    properties: [
      'Architectures',
      'Code',
      'DeadLetterConfig',
      'Description',
      'Environment',
      'EphemeralStorage',
      'FunctionName',
      'Handler',
      'KmsKeyArn',
      'LoggingConfig',
      'MemorySize',
      'RecursiveLoop',
      'ReservedConcurrentExecutions',
      'Role',
      'Runtime',
      'Tags',
      'Timeout',
      'TracingConfig',
      'VpcConfig',
    ],
    required: ['Code', 'Role', 'Runtime', 'Handler'],
    createOnly: ['FunctionName'],
    attributes: ['Arn'],
    read: ({ region }, name) => {
      const { description, handler, memorySize, runtime, timeout } = lambda.find(name, region).configuration;
      return { Description: description, Handler: handler, MemorySize: memorySize, Runtime: runtime, Timeout: timeout };
    },
    validate: (properties) => {
      const { Runtime } = properties;
      if (typeof Runtime === 'string' && !Runtime.startsWith('nodejs')) {
        throw new Error(`the local AWS runs functions of a Node.js runtime only, not ${Runtime}.`);
      }
    },
    create: ({ place, properties }) => {
      const name = optionalString(properties, 'FunctionName') ?? generatedName(place, 64);
      const configuration = configurationOf(name, place, properties, s3);
      checkRole(iam, configuration);
      return resource(name, lambda.createFunction(configuration));
    },
    update: ({ place, properties, physicalId }) => {
      const configuration = configurationOf(physicalId, place, properties, s3);
      checkRole(iam, configuration);
      lambda.updateFunction(configuration);
      return resource(physicalId, lambda.find(physicalId, place.region).arn);
    },
    delete: ({ place, physicalId }) => {
      lambda.deleteFunction(physicalId, place.region);
    },
  };
}

/** Lambda refuses a function whose role lacks a permission that its configuration needs. */
function checkRole(iam: Iam, { roleArn, isInVpc, deadLetterQueueArn }: FunctionConfiguration): void {
  if (!iam.findRole(roleArn)) {
    throw new ServiceError(
      'InvalidParameterValueException',
      'The role defined for the function cannot be assumed by Lambda.',
    );
  }
  if (isInVpc && !iam.allows(roleArn, { action: 'ec2:CreateNetworkInterface', resourceArn: '*' })) {
    throw new ServiceError(
      'InvalidParameterValueException',
      'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    );
  }
  if (
    deadLetterQueueArn !== undefined &&
    !iam.allows(roleArn, { action: 'sqs:SendMessage', resourceArn: deadLetterQueueArn })
  ) {
    throw new ServiceError(
      'InvalidParameterValueException',
      'The provided execution role does not have permissions to call SendMessage on SQS',
    );
  }
}

function configurationOf(name: string, place: ResourcePlace, properties: Properties, s3: S3): FunctionConfiguration {
  const logging = optionalObject(properties, 'LoggingConfig') ?? {};
  const variables = optionalObject(optionalObject(properties, 'Environment') ?? {}, 'Variables') ?? {};
  return {
    name,
    region: place.region,
    roleArn: requiredString(properties, 'Role'),
    runtime: requiredString(properties, 'Runtime'),
    handler: requiredString(properties, 'Handler'),
    code: archiveOf(optionalObject(properties, 'Code') ?? {}, s3),
    description: optionalString(properties, 'Description'),
    timeout: optionalInteger(properties, 'Timeout') ?? 3,
    memorySize: optionalInteger(properties, 'MemorySize') ?? 128,
    environment: Object.fromEntries(Object.entries(variables).map(([variable, value]) => [variable, String(value)])),
    logGroup: optionalString(logging, 'LogGroup') ?? `/aws/lambda/${name}`,
    logFormat: optionalString(logging, 'LogFormat') === 'JSON' ? 'JSON' : 'Text',
    logLevel: optionalString(logging, 'ApplicationLogLevel'),
    reservedConcurrentExecutions: optionalInteger(properties, 'ReservedConcurrentExecutions'),
    deadLetterQueueArn: optionalString(optionalObject(properties, 'DeadLetterConfig') ?? {}, 'TargetArn'),
    isInVpc: stringList(optionalObject(properties, 'VpcConfig') ?? {}, 'SubnetIds').length > 0,
  };
}

/** Inline code becomes the file `index.js`. */
function archiveOf(code: Properties, s3: S3): Uint8Array {
  const inline = optionalString(code, 'ZipFile');
  return inline === undefined
    ? s3.object(requiredString(code, 'S3Bucket'), requiredString(code, 'S3Key'))
    : zipSync({ 'index.js': Buffer.from(inline) });
}

/** A permission has no effect: CloudFormation is the only service that invokes functions here. */
function permissionType(lambda: LambdaService): ResourceType {
  const resource = (place: ResourcePlace, properties: Properties, physicalId: string): PhysicalResource => {
    lambda.find(requiredString(properties, 'FunctionName'), place.region);
    return { physicalId, attributes: { Id: physicalId } };
  };
  return {
    properties: [
      'Action',
      'EventSourceToken',
      'FunctionName',
      'Principal',
      'PrincipalOrgID',
      'SourceAccount',
      'SourceArn',
    ],
    required: ['Action', 'FunctionName', 'Principal'],
    attributes: ['Id'],
    create: ({ place, properties }) => resource(place, properties, generatedName(place)),
    update: ({ place, properties, physicalId }) => resource(place, properties, physicalId),
    delete: () => undefined,
  };
}

function eventInvokeConfigType(lambda: LambdaService): ResourceType {
  const set = (place: ResourcePlace, properties: Properties): void => {
    lambda.setEventInvokeConfig(requiredString(properties, 'FunctionName'), place.region, {
      maximumRetryAttempts: optionalInteger(properties, 'MaximumRetryAttempts') ?? 2,
      maximumEventAge: optionalInteger(properties, 'MaximumEventAgeInSeconds') ?? 6 * 3600,
    });
  };
  return {
    properties: ['DestinationConfig', 'FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'Qualifier'],
    required: ['FunctionName', 'Qualifier'],
    createOnly: ['FunctionName', 'Qualifier'],
    attributes: [],
    create: ({ place, properties }) => {
      set(place, properties);
      return { physicalId: generatedName(place), attributes: {} };
    },
    update: ({ place, properties, physicalId }) => {
      set(place, properties);
      return { physicalId, attributes: {} };
    },
    delete: ({ place, properties }) => {
      lambda.setEventInvokeConfig(requiredString(properties, 'FunctionName'), place.region, undefined);
    },
  };
}
