/** What property injectors and Aspects make of the function counts, not its props alone. */
import { App, Aspects, PropertyInjectors, Stack, aws_ec2 as ec2, aws_lambda as lambda } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps } from '../../../lib';

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
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith([action]) })]) },
  });
}

/** As templates spell what L1s spell otherwise. */
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
