/** What property injectors and Aspects make of the function counts, not its props alone. */
import { App, Aspects, PropertyInjectors, Stack, aws_ec2 as ec2, aws_lambda as lambda } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
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
  template.hasResource('AWS::Lambda::Function', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ProviderFunctionPolicy')]),
    Properties: { VpcConfig: Match.anyValue() },
  });
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']) })]),
    },
  });
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

test('a VPC by an Aspect', () => {
  Aspects.of(stack).add({
    visit: (construct) => {
      if (construct instanceof lambda.CfnFunction)
        construct.addPropertyOverride('VpcConfig', { SubnetIds: ['subnet-12345678'], SecurityGroupIds: ['sg-12345678'] });
    },
  });
  expectNetworkInterfaces(templateWith());
});

test('no VPC', () => {
  const template = templateWith();
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  expect(JSON.stringify(template.toJSON())).not.toContain('ec2:');
});
