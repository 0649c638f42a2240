/** A rotation can be declared wherever a stack can be: in every partition, environment-agnostic, nested, and in a stage. */
import { App, NestedStack, Stack, Stage, aws_kms as kms } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FLAGS } from 'aws-cdk-lib/cx-api';
import { OnDemandKeyRotation } from '../../../lib';
import { type Json, TYPES_OF_A_ROTATION, cycleIn, resources, statements } from './template';

const account = '111122223333';
const PLACES: readonly [place: string, partition: string, stack: (app: App) => Stack][] = [
  ['the commercial partition', 'aws', (app) => new Stack(app, 'Stack', { env: { account, region: 'eu-central-1' } })],
  ['China', 'aws-cn', (app) => new Stack(app, 'Stack', { env: { account, region: 'cn-north-1' } })],
  ['GovCloud', 'aws-us-gov', (app) => new Stack(app, 'Stack', { env: { account, region: 'us-gov-west-1' } })],
  ['any environment', '', (app) => new Stack(app, 'Stack')],
  ['any Region of an account', '', (app) => new Stack(app, 'Stack', { env: { account } })],
  ['a nested stack', '', (app) => new NestedStack(new Stack(app, 'Parent'), 'Nested')],
  [
    'a stage',
    'aws',
    (app) => new Stack(new Stage(app, 'Stage', { env: { account, region: 'eu-central-1' } }), 'Stack'),
  ],
];

const PARTITION_LITERALS = '@aws-cdk/core:enablePartitionLiterals';

/** The CDK refuses flags that exist only in version 1. Literal partitions have a test of their own. */
const ALL_FEATURE_FLAGS = Object.fromEntries(
  Object.entries(FLAGS)
    .filter(([name, flag]) => flag.introducedIn.v2 !== undefined && name !== PARTITION_LITERALS)
    .map(([name, flag]) => [name, flag.recommendedValue] as const),
);

describe.each(PLACES)('in %s', (_, partition, stackOf) => {
  const rotating = (context: Record<string, unknown>): Stack => rotatingIn(stackOf(new App({ context })));
  const [off, on, literal] = [{}, ALL_FEATURE_FLAGS, { [PARTITION_LITERALS]: true }].map(rotating);

  test('there are the same six resources with all feature flags on as with their defaults', () => {
    expect(
      own(off)
        .map(({ Type }) => Type)
        .sort(),
    ).toEqual(TYPES_OF_A_ROTATION);
    expect(own(on)).toEqual(own(off));
    expect(logicalIds(on)).toEqual(logicalIds(off));
  });

  test('no resource has an explicit name, which two deployments would fight over', () => {
    const names = own(on)
      .flatMap(({ Properties }) => Object.entries(Properties as Json))
      .filter(([property]) => property.endsWith('Name'));
    expect(names.filter(([, value]) => typeof value === 'string')).toEqual([]);
  });

  test("the partition in the ARNs is the deployment's", () => {
    const partitions = (stack: Stack | undefined) => new Set(JSON.stringify(own(stack)).match(/(?<=arn:)aws[a-z-]*/g));
    expect(partitions(off)).toEqual(new Set());
    expect(partitions(literal)).toEqual(new Set(partition === '' ? [] : [partition]));
  });

  test('the role trusts the service principal that Lambda has in every partition', () => {
    const [role] = resources(template(on), 'AWS::IAM::Role');
    const { AssumeRolePolicyDocument } = role?.Properties as { AssumeRolePolicyDocument: Json };
    expect(statements({ Properties: { PolicyDocument: AssumeRolePolicyDocument } })).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
  });

  test('there is no cycle', () => {
    [off, on, literal].forEach((each) => {
      expect(cycleIn(template(each).toJSON())).toBeUndefined();
    });
  });
});

test('a nested stack and its parent have a provider each', () => {
  const parent = rotatingIn(new Stack(new App(), 'Parent'));
  const nested = rotatingIn(new NestedStack(parent, 'Nested'));
  [parent, nested].forEach((stack) => {
    template(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });
});

test('the asset is the same wherever and whenever it is synthesized', () => {
  const assets = PLACES.map(([, , stackOf]) => {
    const [provider] = resources(template(rotatingIn(stackOf(new App()))), 'AWS::Lambda::Function');
    return ((provider?.Properties as Json).Code as Json).S3Key;
  });
  expect(new Set(assets).size).toBe(1);
});

function rotatingIn<S extends Stack>(stack: S): S {
  new OnDemandKeyRotation(stack, 'Rotation', {
    key: new kms.Key(stack, 'Key'),
    rotationToken: 'first',
    rotateOnCreate: true,
  });
  return stack;
}

function template(stack: Stack | undefined): Template {
  if (!stack) throw new Error('There is no stack');
  return Template.fromStack(stack);
}

/** Without the key, which belongs to the test. */
function own(stack: Stack | undefined): Json[] {
  return resources(template(stack)).filter(({ Type }) => Type !== 'AWS::KMS::Key');
}

function logicalIds(stack: Stack | undefined): string[] {
  return Object.keys(template(stack).toJSON().Resources as Json);
}
