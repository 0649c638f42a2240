import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App,
  Fn,
  NestedStack,
  Stack,
  type StackProps,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../../lib';
import { cycleIn, joined, policies, policySize, prerequisitesOf, resources, statements } from './template';

const ENVIRONMENT = { account: '111122223333', region: 'eu-central-1' };
const TYPE = 'Custom::OnDemandKeyRotation';
const KEY_ACTIONS = ['kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListKeyRotations', 'kms:RotateKeyOnDemand'];
const LEDGER_ACTIONS = ['ssm:GetParametersByPath', 'ssm:PutParameter'];

function stackOf(props?: StackProps, app = new App(), id = 'Stack'): Stack {
  return new Stack(app, id, props);
}

function keyArn(n: number, region = 'eu-central-1'): string {
  return `arn:aws:kms:${region}:111122223333:key/00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
}

function rotateImported(stack: Construct, n: number, provider?: OnDemandKeyRotationProvider, arn = keyArn(n)): void {
  const key = kms.Key.fromKeyArn(stack, `Key${n}`, arn);
  new OnDemandKeyRotation(stack, `Rotation${n}`, { key, rotationToken: 'token', provider });
}

describe('the function', () => {
  test('has the settings that the handler needs', () => {
    const stack = stackOf();
    rotateImported(stack, 1);

    const template = Template.fromStack(stack);
    const role = Match.stringLikeRegexp('^OnDemandKeyRotationProviderRole');
    const logGroup = Match.stringLikeRegexp('^OnDemandKeyRotationProviderLogGroup');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize: 256,
      Role: { 'Fn::GetAtt': [role, 'Arn'] },
      Environment: { Variables: { ROLE_ARN: { 'Fn::GetAtt': [role, 'Arn'] } } },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', LogGroup: { Ref: logGroup } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 3600,
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Delete' });
  });

  test('has the settings that the user chooses', () => {
    const stack = stackOf();
    new OnDemandKeyRotationProvider(stack, 'Provider', {
      logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'mine'),
      applicationLogLevel: lambda.ApplicationLogLevel.DEBUG,
      runtime: lambda.Runtime.NODEJS_22_X,
    });

    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs22.x',
      LoggingConfig: { ApplicationLogLevel: 'DEBUG', LogGroup: 'mine' },
    });
    template.resourceCountIs('AWS::Logs::LogGroup', 0);
    expect(JSON.stringify(policies(template))).toContain(':log-group:mine:*');
  });

  test('in a VPC waits for the permission to create network interfaces, and has connections', () => {
    const stack = stackOf();
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { vpc: new ec2.Vpc(stack, 'Vpc') });
    provider.connections.allowToAnyIpv4(ec2.Port.HTTPS);
    new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), rotationToken: 'x', provider });

    const template = Template.fromStack(stack);
    template.hasResource('AWS::Lambda::Function', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ProviderFunctionPolicy')]),
    });
    expect(networkInterfaceActions(template)).toEqual(
      expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']),
    );
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });
});

describe.each([
  ['at their defaults', {}],
  ['inverted', { '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/aws-lambda:useCdkManagedLogGroup': false }],
  ['as in a new app', { '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/aws-lambda:useCdkManagedLogGroup': true }],
])('with feature flags %s', (_, context) => {
  test.each([
    [1, 6],
    [3, 8],
    [400, 412],
  ])('%d rotations add %d resources', (rotations, count) => {
    const stack = stackOf({}, new App({ context }));
    for (let n = 0; n < rotations; n += 1) rotateImported(stack, n);

    const template = Template.fromStack(stack);
    expect(resources(template)).toHaveLength(count);
    expect(policies(template).length).toBeLessThanOrEqual(10);
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });
});

describe('the permissions', () => {
  test('are exactly these', () => {
    const stack = stackOf({ env: ENVIRONMENT }, new App({ context: { '@aws-cdk/aws-iam:minimizePolicies': false } }));
    rotateImported(stack, 1);
    rotateImported(stack, 2);

    const template = Template.fromStack(stack);
    const [policy] = policies(template);
    expect(statements(policy)).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching('^OnDemandKeyRotationProviderLogGroup') as unknown, 'Arn'] },
      },
      { Effect: 'Allow', Action: LEDGER_ACTIONS, Resource: ledgerIn('eu-central-1', ENVIRONMENT.account) },
      {
        Effect: 'Deny',
        Action: 'ssm:PutParameter',
        Resource: ledgerIn('*', ENVIRONMENT.account),
        Condition: { StringEquals: { 'ssm:Overwrite': 'true' } },
      },
      { Effect: 'Allow', Action: KEY_ACTIONS, Resource: [keyArn(1), keyArn(2)] },
    ]);
    const [role] = resources(template, 'AWS::IAM::Role');
    expect(Object.keys((role as { Properties: object }).Properties)).toEqual([
      'AssumeRolePolicyDocument',
      'Description',
    ]);
  });

  test('fit into the policies even with the longest ARNs, in a VPC', () => {
    const stack = stackOf();
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { vpc: new ec2.Vpc(stack, 'Vpc') });
    for (let n = 0; n < 51; n += 1) {
      rotateImported(stack, n, provider, keyArn(n, 'us-gov-west-1').replace('arn:aws:', 'arn:aws-us-gov:'));
    }

    const sizes = policies(Template.fromStack(stack)).map(policySize);
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeGreaterThan(4500);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6144);
  });

  test('list a key once, however often it is rotated', () => {
    const stack = stackOf();
    const key = kms.Key.fromKeyArn(stack, 'Key', keyArn(1));
    new OnDemandKeyRotation(stack, 'One', { key, rotationToken: 'x' });
    new OnDemandKeyRotation(stack, 'Other', { key, rotationToken: 'x' });

    expect(statements(policies(Template.fromStack(stack))[0])[3]).toMatchObject({ Resource: keyArn(1) });
  });

  test("reach the ledgers of the keys' Regions", () => {
    const stack = stackOf({ env: ENVIRONMENT });
    rotateImported(stack, 1);
    rotateImported(stack, 2, undefined, keyArn(2, 'us-east-1'));
    rotateImported(stack, 3, undefined, keyArn(3, 'us-east-1'));

    expect(statements(policies(Template.fromStack(stack))[0])[1]?.Resource).toEqual(
      ['eu-central-1', 'us-east-1'].map((region) => ledgerIn(region, ENVIRONMENT.account)),
    );
  });

  test("reach the ledgers of any Region if the key's is known only at deployment", () => {
    const stack = stackOf({ env: ENVIRONMENT });
    rotateImported(stack, 1, undefined, Fn.importValue('KeyArn'));

    expect(statements(policies(Template.fromStack(stack))[0])[1]?.Resource).toEqual(
      ['eu-central-1', '*'].map((region) => ledgerIn(region, ENVIRONMENT.account)),
    );
  });

  test.each([
    ['L2', (stack: Stack) => new kms.Key(stack, 'Key')],
    ['L1', (stack: Stack) => kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keyPolicy: { Statement: [] } }))],
    ['L1 by its ARN', (stack: Stack) => kms.Key.fromKeyArn(stack, 'Imported', new kms.CfnKey(stack, 'Key').attrArn)],
  ])("reach only the ledgers of the stack's Region for a key declared as %s", (_, key) => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', { key: key(stack), rotationToken: 'x' });

    const template = Template.fromStack(stack);
    expect(statements(policies(template)[0])[1]?.Resource).toEqual(ledgerIn({ Ref: 'AWS::Region' }));
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });

  test('leave the key policy alone', () => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), rotationToken: 'x' });

    const [key] = resources(Template.fromStack(stack), 'AWS::KMS::Key');
    expect(
      (key as { Properties: { KeyPolicy: { Statement: unknown[] } } }).Properties.KeyPolicy.Statement,
    ).toHaveLength(1);
  });

  test('are deployed before the rotation, as is the function', () => {
    const stack = stackOf();
    for (let n = 0; n < 51; n += 1) rotateImported(stack, n);

    const template = Template.fromStack(stack);
    const rotations = Object.keys(template.findResources(TYPE)).map((rotation) =>
      prerequisitesOf(template.toJSON(), rotation),
    );
    const providerTypes = [
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::Role',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::Function',
      'AWS::Logs::LogGroup',
    ];
    expect(rotations[0]).toEqual(providerTypes);
    expect(rotations[50]).toEqual(['AWS::IAM::ManagedPolicy', ...providerTypes]);
  });
});

describe("a user's role", () => {
  test('gets the statements in customer managed policies, and the rotation waits for them', () => {
    const stack = stackOf(undefined, new App({ context: { '@aws-cdk/aws-iam:minimizePolicies': false } }));
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
    for (let n = 0; n < 51; n += 1) rotateImported(stack, n, provider);

    const template = Template.fromStack(stack);
    expect(provider.role).toBe(role);
    template.resourceCountIs('AWS::IAM::Role', 1);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 2);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    const allowed = policies(template).flatMap((policy) =>
      statements(policy).flatMap(({ Action, Resource }) =>
        (Action as string[]).includes('kms:RotateKeyOnDemand') ? (Resource as string) : [],
      ),
    );
    expect(allowed.sort()).toEqual(Array.from({ length: 51 }, (_, n) => keyArn(n)));
    Object.keys(template.findResources(TYPE)).forEach((rotation) => {
      expect(prerequisitesOf(template.toJSON(), rotation)).toContain('AWS::IAM::ManagedPolicy');
    });
  });

  test('that is immutable is left alone', () => {
    const app = new App();
    const stack = stackOf({ env: ENVIRONMENT }, app);
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/rotator', { mutable: false });
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
    rotateImported(stack, 1, provider);
    const other = stackOf({ env: ENVIRONMENT }, app, 'Other');
    rotateImported(other, 1, provider);

    [stack, other].forEach((each) => {
      expect(policies(Template.fromStack(each))).toEqual([]);
    });
  });

  test('shared by the providers of two stacks keeps the policies of both, because none has a fixed name', () => {
    const app = new App();
    const stacks = ['One', 'Other'].map((id) => stackOf({ env: ENVIRONMENT }, app, id));
    stacks.forEach((stack) => {
      const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/rotator');
      const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
      new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), rotationToken: 'x', provider });
    });

    stacks.forEach((stack) => {
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::IAM::Policy', 0);
      template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
        Roles: ['rotator'],
        ManagedPolicyName: Match.absent(),
      });
    });
  });

  test("in another stack gets its statements in the rotation's stack", () => {
    const app = new App();
    const role = new iam.Role(stackOf({}, app, 'Roles'), 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const stack = stackOf({}, app);
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
    new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), rotationToken: 'x', provider });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  });
});

describe('a provider shared by stacks', () => {
  test("has the policies for another stack's rotations in that stack, without a cycle", () => {
    const app = new App();
    const own = stackOf({}, app, 'Own');
    const other = stackOf({}, app, 'Other');
    const provider = OnDemandKeyRotationProvider.getOrCreate(own);
    for (let n = 0; n < 51; n += 1) {
      new OnDemandKeyRotation(other, `Rotation${n}`, {
        key: new kms.Key(other, `Key${n}`),
        rotationToken: 'x',
        provider,
      });
    }

    const template = Template.fromStack(other);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 2);
    template.resourceCountIs('AWS::Lambda::Function', 0);
    Object.keys(template.findResources(TYPE)).forEach((rotation) => {
      expect(prerequisitesOf(template.toJSON(), rotation)).toContain('AWS::IAM::ManagedPolicy');
    });
    expect(other.dependencies).toEqual([own]);
    expect(own.dependencies).toEqual([]);
  });

  test('rotates a key of a third stack', () => {
    const app = new App();
    const [providers, keys, rotations] = ['Providers', 'Keys', 'Rotations'].map((id) => stackOf({}, app, id)) as [
      Stack,
      Stack,
      Stack,
    ];
    const provider = new OnDemandKeyRotationProvider(providers, 'Provider');
    const key = new kms.Key(keys, 'Key');
    key.grantEncrypt(provider);
    new OnDemandKeyRotation(rotations, 'Rotation', { key, rotationToken: 'x', provider });

    expect(() => app.synth()).not.toThrow();
  });

  test.each([
    ['from a nested stack', (parent: Stack, nested: Stack) => ({ provider: parent, rotation: nested, key: nested })],
    [
      "from a nested stack, for the parent's key",
      (parent: Stack, nested: Stack) => ({ provider: parent, rotation: nested, key: parent }),
    ],
    ['from the parent stack', (parent: Stack, nested: Stack) => ({ provider: nested, rotation: parent, key: parent })],
    [
      'from a sibling',
      (parent: Stack, nested: Stack) => ({
        provider: new NestedStack(parent, 'Sibling'),
        rotation: nested,
        key: nested,
      }),
    ],
  ])('is used %s without a cycle', (_, place) => {
    const parent = stackOf();
    const { provider, rotation, key } = place(parent, new NestedStack(parent, 'Nested'));
    new OnDemandKeyRotation(rotation, 'Rotation', {
      key: new kms.Key(key, 'Key'),
      rotationToken: 'x',
      provider: new OnDemandKeyRotationProvider(provider, 'Provider'),
    });

    const stacks = parent.node.findAll().filter((child) => Stack.isStack(child));
    stacks.forEach((stack) => {
      expect(cycleIn(Template.fromStack(stack).toJSON())).toBeUndefined();
    });
    Template.fromStack(rotation).resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  });

  test('is one for each stack by default', () => {
    const parent = stackOf();
    const nested = new NestedStack(parent, 'Nested');
    const provider = OnDemandKeyRotationProvider.getOrCreate(parent);
    expect(OnDemandKeyRotationProvider.getOrCreate(new kms.Key(parent, 'Key'))).toBe(provider);
    expect(OnDemandKeyRotationProvider.getOrCreate(nested)).not.toBe(provider);
  });
});

function ledgerIn(region: unknown, account: unknown = { Ref: 'AWS::AccountId' }): unknown {
  const partition = { Ref: 'AWS::Partition' };
  return joined('arn:', partition, ':ssm:', region, ':', account, ':parameter/on-demand-key-rotation/*');
}

describe('the quota of managed policies', () => {
  function rotateIn(stacks: number): Stack {
    const app = new App();
    const platform = stackOf({}, app, 'Platform');
    const provider = new OnDemandKeyRotationProvider(platform, 'Provider');
    for (let n = 1; n <= stacks; n += 1) rotateImported(stackOf({}, app, `Stack${n}`), n, provider);
    return platform;
  }

  test.each([
    [9, []],
    [10, [expect.stringContaining("the provider's role gets 11 managed policies, and IAM attaches 10 by default:")]],
  ])('is checked if %d further stacks use a provider', (stacks, warnings) => {
    const found = Annotations.fromStack(rotateIn(stacks)).findWarning('/Platform/Provider', Match.anyValue());
    expect(found.map(({ entry }) => entry.data)).toEqual(warnings);
  });
});

test.each([
  [10, []],
  [11, ["the provider's role gets 11 managed policies, and IAM attaches 10 by default"]],
])('the policies of %s providers on an imported role are counted together', (providers, sentences) => {
  const app = new App();
  const stacks = Array.from({ length: providers }, (_, n) => new Stack(app, `Stack${n}`, { env: ENVIRONMENT }));
  stacks.forEach((stack, n) => {
    const role = iam.Role.fromRoleName(stack, 'Role', 'shared');
    rotateImported(stack, n, new OnDemandKeyRotationProvider(stack, 'Provider', { role }));
  });
  const [stack] = stacks as [Stack];
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('policiesPerRole'));
  expect(warnings.map(({ entry }) => entry.data)).toEqual(
    sentences.map((each) => expect.stringContaining(each) as unknown),
  );
});

test('a role with customizeRoles reports all permissions that it lacks', () => {
  const app = new App();
  iam.Role.customizeRoles(app, { preventSynthesis: true });
  const stack = stackOf({ env: ENVIRONMENT }, app);
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
  rotateImported(stack, 1, provider);
  const outdir = app.synth().directory;
  const report = readFileSync(join(outdir, 'iam-policy-report.txt'), 'utf8');
  expect(report).toContain(keyArn(1));
  expect(report).toContain('parameter/on-demand-key-rotation/*');
});

test('a provider in a nested stack and one in its parent rotate keys of each other without a cycle', () => {
  const parent = stackOf();
  const nested = new NestedStack(parent, 'Nested');
  const [outer, inner] = [parent, nested].map(
    (stack) => new OnDemandKeyRotationProvider(stack, 'Provider', { vpc: vpcIn(stack) }),
  );
  const [outerKey, innerKey] = [parent, nested].map((stack) => new kms.Key(stack, 'Key')) as [kms.Key, kms.Key];
  const rotate = (stack: Stack, key: kms.IKey, provider: OnDemandKeyRotationProvider | undefined, id: string) =>
    new OnDemandKeyRotation(stack, id, { key, provider, rotationToken: 'x', rotateOnCreate: true });
  rotate(nested, innerKey, outer, 'NestedByOuter');
  rotate(parent, innerKey, outer, 'InnerKeyByOuter');
  rotate(parent, outerKey, outer, 'Own');
  rotate(parent, kms.Key.fromKeyArn(parent, 'Imported', keyArn(1)), inner, 'ByInner');
  // The key waits for the nested stack, because its policy names a role there.
  const user = new iam.Role(nested, 'User', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  outerKey.addToResourcePolicy(
    new iam.PolicyStatement({ actions: ['kms:Decrypt'], principals: [user], resources: ['*'] }),
  );

  [parent, nested].forEach((stack) => {
    expect(cycleIn(Template.fromStack(stack).toJSON())).toBeUndefined();
  });
});

function vpcIn(stack: Stack): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-12345678',
    availabilityZones: ['a'],
    privateSubnetIds: ['subnet-12345678'],
  });
}

function networkInterfaceActions(template: Template): unknown[] {
  return policies(template)
    .flatMap(statements)
    .flatMap(({ Action }) => Action as string[])
    .filter((action) => action.startsWith('ec2:'));
}
