/** Permissions follow what property injectors and Aspects make of the function, not only its props. */
import {
  App,
  Aspects,
  PropertyInjectors,
  Stack,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_sns as sns,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps } from '../../../lib';
import { resources } from './template';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
});

function vpc(): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-12345678',
    availabilityZones: ['a'],
    privateSubnetIds: ['subnet-12345678'],
  });
}

function templateWith(props?: OnDemandKeyRotationProviderProps): Template {
  new OnDemandKeyRotationProvider(stack, 'Provider', props);
  return Template.fromStack(stack);
}

function expectNetworkInterfaces(template: Template): void {
  template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.anyValue() });
  expectToWaitFor('ec2:CreateNetworkInterface', template);
}

function expectToWaitFor(action: string, template: Template): void {
  template.hasResource('AWS::Lambda::Function', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ProviderFunctionPolicy')]),
  });
  const statements = resources(template, 'AWS::IAM::ManagedPolicy').map(({ Properties }) => JSON.stringify(Properties));
  expect(statements).toContainEqual(expect.stringContaining(`"${action}"`));
}

/** Converts property names from an L1's to the template's. */
function capitalized(name: string): string;
function capitalized(value: object): object;
function capitalized(given: string | object): string | object {
  if (typeof given === 'string') return given.charAt(0).toUpperCase() + given.slice(1);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, unknown] => [capitalized(name), value]),
  );
}

test('a VPC by props', () => {
  expectNetworkInterfaces(templateWith({ vpc: vpc() }));
});

test('a VPC by a property injector', () => {
  const injected = vpc();
  PropertyInjectors.of(stack).add({
    constructUniqueId: lambda.Function.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, vpc: injected }),
  });
  expectNetworkInterfaces(templateWith());
});

describe('what a property injector adds to functions', () => {
  test.each([
    ['tracing', () => ({ tracing: lambda.Tracing.ACTIVE }), 'xray:PutTraceSegments'],
    ['a dead-letter queue', () => ({ deadLetterQueueEnabled: true }), 'sqs:SendMessage'],
    ['a dead-letter topic', () => ({ deadLetterTopic: new sns.Topic(stack, 'Topic') }), 'sns:Publish'],
  ])("is allowed to a user's role without an inline policy: %s", (_, injected, action) => {
    const added = injected();
    PropertyInjectors.of(stack).add({
      constructUniqueId: lambda.Function.PROPERTY_INJECTION_ID,
      inject: (props: object) => ({ ...props, ...added }),
    });
    const template = templateWith({ role: iam.Role.fromRoleName(stack, 'Role', 'my-role') });
    expectToWaitFor(action, template);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.allResourcesProperties('AWS::IAM::ManagedPolicy', { Roles: ['my-role'] });
  });
});

test("the function waits for a given role's own policies", () => {
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
  templateWith({ role }).hasResource('AWS::Lambda::Function', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^RoleDefaultPolicy')]),
    Properties: { Role: stack.resolve(role.roleArn) as unknown },
  });
});

describe.each([
  [
    'a property',
    (resource: lambda.CfnFunction, property: string, value: object) => Object.assign(resource, { [property]: value }),
  ],
  [
    'an override',
    (resource: lambda.CfnFunction, property: string, value: object) => {
      resource.addPropertyOverride(capitalized(property), capitalized(value));
    },
  ],
])('by %s that an Aspect sets', (_, set) => {
  function setByAspect(property: string, value: object): void {
    const visit = (construct: IConstruct) => {
      if (construct instanceof lambda.CfnFunction) set(construct, property, value);
    };
    Aspects.of(stack).add({ visit });
  }

  test('a VPC', () => {
    setByAspect('vpcConfig', { subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] });
    expectNetworkInterfaces(templateWith());
  });

  test('tracing', () => {
    setByAspect('tracingConfig', { mode: 'Active' });
    expectToWaitFor('xray:PutTraceSegments', templateWith());
  });
});

test('no VPC', () => {
  const template = templateWith();
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  expect(JSON.stringify(template.toJSON())).not.toContain('ec2:');
});
