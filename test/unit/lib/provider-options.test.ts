/** The options of a provider, and the policies in docs/security.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App,
  PropertyInjectors,
  Stack,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps } from '../../../lib';
import { type Json, cycleIn, joined, policies, policySize, resources, statements } from './template';

const ENVIRONMENT = { account: '111122223333', region: 'eu-central-1' };
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const QUEUE_KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App({ context: { '@aws-cdk/aws-iam:minimizePolicies': false } }), 'Stack', {
    env: ENVIRONMENT,
  });
});

function rotateBy(props: OnDemandKeyRotationProviderProps): OnDemandKeyRotationProvider {
  const provider = new OnDemandKeyRotationProvider(stack, 'Provider', props);
  new OnDemandKeyRotation(stack, 'Rotation', {
    key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    rotationToken: 'x',
    provider,
  });
  return provider;
}

test('reserved concurrency is set on the function', () => {
  rotateBy({ reservedConcurrentExecutions: 5 });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5 });
});

test.each([0, -1, 1.5])('reserved concurrency of %d is refused', (reservedConcurrentExecutions) => {
  expect(() => rotateBy({ reservedConcurrentExecutions })).toThrow(
    `Stack/Provider: reservedConcurrentExecutions is ${reservedConcurrentExecutions}; allowed is a whole number from 1.`,
  );
});

test('architecture and environment encryption are set on the function', () => {
  rotateBy({
    architecture: lambda.Architecture.ARM_64,
    environmentEncryption: kms.Key.fromKeyArn(stack, 'EnvironmentKey', QUEUE_KEY_ARN),
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Architectures: ['arm64'],
    KmsKeyArn: QUEUE_KEY_ARN,
  });
});

test("a proxy is set in the function's environment", () => {
  rotateBy({ httpsProxy: 'http://proxy.example.com:3128', noProxy: ['.vpce.amazonaws.com', 'localhost'] });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: { HTTPS_PROXY: 'http://proxy.example.com:3128', NO_PROXY: '.vpce.amazonaws.com,localhost' },
    },
  });
});

test('the function is the default child, on which overrides work', () => {
  const provider = rotateBy({});
  (provider.node.defaultChild as lambda.CfnFunction).addPropertyOverride('MemorySize', 512);
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512 });
});

test('property injectors reach the provider that a rotation makes for its stack', () => {
  PropertyInjectors.of(stack).add({
    constructUniqueId: OnDemandKeyRotationProvider.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ reservedConcurrentExecutions: 7, ...props }),
  });
  new OnDemandKeyRotation(stack, 'Rotation', { key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN), rotationToken: 'x' });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 7 });
});

describe('tracing', () => {
  test("is allowed by the role's managed policy before the function is created", () => {
    rotateBy({ tracing: lambda.Tracing.ACTIVE });

    const template = Template.fromStack(stack);
    const [id, policy] = functionPolicy(template);
    template.hasResource('AWS::Lambda::Function', {
      DependsOn: Match.arrayWith([id]),
      Properties: { TracingConfig: { Mode: 'Active' } },
    });
    expect(statements(policy)).toContainEqual({
      Effect: 'Allow',
      Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      Resource: '*',
    });
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });

  test.each([undefined, lambda.Tracing.DISABLED])('as %s adds nothing', (tracing) => {
    rotateBy({ tracing });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', { TracingConfig: Match.absent() });
    expect(JSON.stringify(policies(template))).not.toContain('xray:');
  });
});

describe("the provider's own log group", () => {
  test('is kept as long as the user wants', () => {
    rotateBy({ logRetention: logs.RetentionDays.TEN_YEARS });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 3653 },
      DeletionPolicy: 'Delete',
    });
  });

  test('is encrypted by a key that CloudWatch Logs may use', () => {
    const logEncryptionKey = new kms.Key(stack, 'LogKey');
    rotateBy({ logEncryptionKey });

    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 365,
      KmsKeyId: stack.resolve(logEncryptionKey.keyArn) as unknown,
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
            Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
            Resource: '*',
            Condition: {
              ArnLike: {
                'kms:EncryptionContext:aws:logs:arn': joined(
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':logs:eu-central-1:111122223333:log-group:*',
                ),
              },
            },
          },
        ]),
      },
    });
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });

  test.each([
    ['logRetention', { logRetention: logs.RetentionDays.ONE_DAY }],
    ['logEncryptionKey', (): OnDemandKeyRotationProviderProps => ({ logEncryptionKey: new kms.Key(stack, 'LogKey') })],
  ])("is not created beside one of the user's, so %s is refused", (name, props) => {
    const logGroup = logs.LogGroup.fromLogGroupName(stack, 'Logs', 'mine');
    expect(() => rotateBy({ logGroup, ...(typeof props === 'function' ? props() : props) })).toThrow(
      `Stack/Provider: both logGroup and ${name} are given; allowed is one of them. A log group of yours has its own retention and encryption key.`,
    );
  });
});

describe('the provider of a stack', () => {
  test('is created with the given props, and found again with the same ones', () => {
    const props = { reservedConcurrentExecutions: 3, tracing: lambda.Tracing.ACTIVE };
    const provider = OnDemandKeyRotationProvider.getOrCreate(stack, props);

    expect(OnDemandKeyRotationProvider.getOrCreate(stack, { ...props, vpc: undefined })).toBe(provider);
    expect(OnDemandKeyRotationProvider.getOrCreate(stack)).toBe(provider);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 3 });
  });

  test('is not changed by other props: they are refused', () => {
    OnDemandKeyRotationProvider.getOrCreate(stack, { architecture: lambda.Architecture.ARM_64 });
    const asker = new Construct(stack, 'Asker');
    expect(() =>
      OnDemandKeyRotationProvider.getOrCreate(asker, {
        architecture: lambda.Architecture.X86_64,
        reservedConcurrentExecutions: 1,
      }),
    ).toThrow(
      "Stack/Asker: the stack's provider, Stack/OnDemandKeyRotationProvider, was created before without the architecture," +
        ' reservedConcurrentExecutions that is required here; allowed is one provider with the same props for all rotations of a stack. Create it' +
        ' before the first rotation, with OnDemandKeyRotationProvider.getOrCreate(stack, props).',
    );
  });
});

describe('a dead-letter queue', () => {
  test("is allowed by the role's managed policy before the function is created", () => {
    const encryptionMasterKey = kms.Key.fromKeyArn(stack, 'QueueKey', QUEUE_KEY_ARN);
    rotateBy({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey }) });

    const template = Template.fromStack(stack);
    const [id, policy] = functionPolicy(template);
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
    template.hasResource('AWS::Lambda::Function', {
      DependsOn: Match.arrayWith([id]),
      Properties: { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    expect(statements(policy)).toEqual(
      expect.arrayContaining([
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } },
        { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: QUEUE_KEY_ARN },
      ]),
    );
    template.resourceCountIs('AWS::IAM::Policy', 0);
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });

  test("adds nothing to a user's role that is immutable", () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/rotator', { mutable: false });
    rotateBy({ role, deadLetterQueue: new sqs.Queue(stack, 'Queue') });
    expect(policies(Template.fromStack(stack))).toEqual([]);
  });

  test('leaves the function with a role that accepts grants', () => {
    const { function: own } = rotateBy({ deadLetterQueue: new sqs.Queue(stack, 'Queue') });
    expect(new sqs.Queue(stack, 'Other').grantSendMessages(own).principalStatements).toHaveLength(1);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });

  test('that is a FIFO queue is refused', () => {
    expect(() => rotateBy({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { fifo: true }) })).toThrow(
      'Stack/Provider: deadLetterQueue is a FIFO queue; allowed is a standard queue.',
    );
  });

  test('leaves room for 50 keys with the longest ARNs in each policy, in a VPC too', () => {
    const longest = { account: '111122223333', region: 'us-gov-west-1' };
    stack = new Stack(new App(), 'Longest', { env: longest });
    const provider = rotateBy({
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-12345678',
        availabilityZones: ['a'],
        privateSubnetIds: ['subnet-12345678'],
      }),
      tracing: lambda.Tracing.ACTIVE,
      deadLetterQueue: sqs.Queue.fromQueueAttributes(stack, 'Queue', {
        queueArn: `arn:aws-us-gov:sqs:us-gov-west-1:111122223333:${'x'.repeat(80)}`,
        keyArn: QUEUE_KEY_ARN.replace('aws', 'aws-us-gov').replace('eu-central-1', 'us-gov-west-1'),
      }),
    });
    for (let n = 0; n < 50; n += 1) {
      const arn = `arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-00000000000000000000000000${String(n).padStart(6, '0')}`;
      new OnDemandKeyRotation(stack, `Rotation${n}`, {
        key: kms.Key.fromKeyArn(stack, `Key${n}`, arn),
        rotationToken: 'x',
        provider,
      });
    }
    const sizes = policies(Template.fromStack(stack)).map(policySize);
    expect(Math.max(...sizes)).toBeGreaterThan(4500);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6144);
  });
});

test('a permissions boundary is applied by the usual Aspect', () => {
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
  rotateBy({});
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    PermissionsBoundary: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/PowerUserAccess']] },
  });
});

test('a role of another account is refused', () => {
  const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::444455556666:role/rotator');
  expect(() => rotateBy({ role })).toThrow(
    "Stack/Provider: role belongs to account 444455556666; allowed is a role of the provider's own account, 111122223333.",
  );
});

test('docs/security.md prints the policy for a role that cannot be changed', () => {
  rotateBy({
    role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'key-rotation'),
    tracing: lambda.Tracing.ACTIVE,
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-12345678',
      availabilityZones: ['a'],
      privateSubnetIds: ['subnet-12345678'],
    }),
    deadLetterQueue: sqs.Queue.fromQueueAttributes(stack, 'Queue', {
      queueArn: 'arn:aws:sqs:eu-central-1:111122223333:lost-requests',
      keyArn: QUEUE_KEY_ARN,
    }),
  });
  const template = Template.fromStack(stack);
  const attached = policies(template).flatMap(statements).map(inPartition);

  const [policy, extraStatements] = jsonBlocks('security.md') as [{ Statement: Json[] }, Json[], Json];
  expect(resources(template, 'AWS::IAM::ManagedPolicy')).toHaveLength(2);
  expect(new Set([...policy.Statement, ...extraStatements])).toEqual(new Set(attached));
});

/** The permissions that Lambda checks before it creates the function. */
function functionPolicy(template: Template): [id: string, policy: Json] {
  const [found] = Object.entries(template.findResources('AWS::IAM::ManagedPolicy')).filter(([id]) =>
    id.includes('FunctionPolicy'),
  );
  if (!found) throw new Error('There is no policy for the function');
  return found;
}

function jsonBlocks(document: string): unknown[] {
  const markdown = readFileSync(join(__dirname, '..', '..', '..', 'docs', document), 'utf8');
  return [...markdown.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json) as unknown);
}

/** The statement with its references to the partition resolved. */
function inPartition(statement: Json): Json {
  const known = JSON.stringify(statement).replace(/\{"Fn::Join":\["",(\[.*?\])\]\}/g, (_, parts: string) =>
    JSON.stringify((JSON.parse(parts) as unknown[]).map((part) => (typeof part === 'string' ? part : 'aws')).join('')),
  );
  return JSON.parse(known) as Json;
}
