/**
 * The exploration reads templates without the help of the library or the CDK. These tests check that it reads them correctly.
 */
import { kindOf } from '../../tools/trees/invariants';
import { Order, danglingReferences, step } from '../../tools/trees/order';
import type { Deployment, RenderedStack } from '../../tools/trees/rendered';
import { policiesOf, roleName } from '../../tools/trees/roles';
import { type Template, decide, outcomes, references } from '../../tools/trees/template';
import { Values } from '../../tools/trees/values';

const PRODUCTION = { 'Fn::Equals': [{ Ref: 'Stage' }, 'production'] };

function deployment(
  templates: Readonly<Record<string, Template>>,
  stacks: Readonly<Record<string, Partial<RenderedStack>>> = {},
): Deployment {
  const rendered = Object.entries(templates).map(([path, template]): [string, RenderedStack] => {
    return [
      path,
      { path, template, environment: 'aws://111122223333/eu-central-1', dependencies: [], ...stacks[path] },
    ];
  });
  return {
    rendered: { stacks: new Map(rendered), messages: [], keys: [] },
    decided: new Map(
      Object.entries(templates).map(([path, template]) => [path, decide(template, outcomes(template)[0] ?? {})]),
    ),
  };
}

describe('conditions', () => {
  const template: Template = {
    Conditions: { Production: PRODUCTION, Test: { 'Fn::Not': [{ Condition: 'Production' }] } },
    Resources: {
      Key: { Type: 'AWS::KMS::Key', Condition: 'Production' },
      Topic: { Type: 'AWS::SNS::Topic', Condition: 'Test' },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Name: { 'Fn::If': ['Production', { Ref: 'Key' }, { Ref: 'AWS::NoValue' }] },
          List: [{ Ref: 'AWS::NoValue' }, 'x'],
        },
      },
    },
  };

  test('that follow from others have no outcome of their own', () => {
    expect(outcomes(template)).toEqual([{ Production: true }, { Production: false }]);
  });

  test.each([
    [true, ['Key', 'Policy'], { Name: { Ref: 'Key' }, List: ['x'] }],
    [false, ['Topic', 'Policy'], { List: ['x'] }],
  ])('decide what is deployed: %p', (Production, deployed, properties) => {
    const { resources } = decide(template, { Production });
    expect([...resources.keys()]).toEqual(deployed);
    expect(resources.get('Policy')?.properties).toEqual(properties);
  });

  test('that do not exist make a template invalid', () => {
    expect(() => decide({ Resources: { Key: { Type: 'AWS::KMS::Key', Condition: 'Gone' } } }, {})).toThrow(
      'no condition Gone',
    );
  });

  test('may leave references dangling', () => {
    const unguarded: Template = {
      Conditions: { Production: PRODUCTION },
      Resources: { Key: { Type: 'AWS::KMS::Key', Condition: 'Production' } },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
    };
    const all = deployment({ Stack: unguarded });
    expect([...danglingReferences(all)]).toEqual([]);
    const none = { ...all, decided: new Map([['Stack', decide(unguarded, { Production: false })]]) };
    expect([...danglingReferences(none)]).toEqual([{ stack: 'Stack', from: 'output Arn', to: 'Key' }]);
  });
});

test('references are found in every form', () => {
  const value = [
    { Ref: 'A' },
    { 'Fn::GetAtt': ['B', 'Arn'] },
    { 'Fn::GetAtt': 'C.Arn' },
    { 'Fn::Sub': '${D.Arn}${AWS::Region}${!E}' },
  ];
  expect(references({ deep: value, pseudo: { Ref: 'AWS::Region' } })).toEqual(['A', 'B', 'C', 'D']);
});

describe('the order of deployment', () => {
  const nested = { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters: { Role: { Ref: 'Role' } } } };
  const parent: Template = {
    Resources: {
      Role: { Type: 'AWS::IAM::Role' },
      Nested: nested,
      After: { Type: 'AWS::SNS::Topic', DependsOn: 'Nested' },
    },
  };
  const inner: Template = { Resources: { Inner: { Type: 'AWS::SNS::Topic' } } };
  const within = { 'Parent/Nested': { parent: { path: 'Parent', resource: 'Nested' } } };

  test('reaches into nested stacks and out of them', () => {
    const order = new Order(deployment({ Parent: parent, 'Parent/Nested': inner }, within));
    expect(order.prerequisitesOf(step('Parent/Nested', 'Inner'))).toContain('Parent#Role');
    expect(order.prerequisitesOf(step('Parent', 'After'))).toContain('Parent/Nested#Inner');
    expect(order.cycle()).toBeUndefined();
  });

  test('has a cycle if a parameter of a nested stack waits for that stack', () => {
    const waiting = {
      ...parent,
      Resources: { ...parent.Resources, Role: { Type: 'AWS::IAM::Role', DependsOn: ['After'] } },
    };
    const order = new Order(deployment({ Parent: waiting, 'Parent/Nested': inner }, within));
    expect(order.cycle()).toEqual(expect.arrayContaining(['Parent#Role', 'Parent#After']));
  });
});

test('references are resolved through parameters, outputs, exports and imports', () => {
  const values = new Values(
    deployment(
      {
        Keys: {
          Resources: { Key: { Type: 'AWS::KMS::Key' } },
          Outputs: { Out: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] }, Export: { Name: 'KeyArn' } } },
        },
        Parent: {
          Resources: {
            Nested: {
              Type: 'AWS::CloudFormation::Stack',
              Properties: { Parameters: { Arn: { 'Fn::ImportValue': 'KeyArn' } } },
            },
          },
        },
        'Parent/Nested': { Parameters: { Arn: {} }, Outputs: { Back: { Value: { Ref: 'Arn' } } } },
      },
      { 'Parent/Nested': { parent: { path: 'Parent', resource: 'Nested' } } },
    ),
  );
  expect(values.text('Parent/Nested', { Ref: 'Arn' })).toBe('<Keys#Key.Arn>');
  expect(values.text('Parent', { 'Fn::GetAtt': ['Nested', 'Outputs.Back'] })).toBe('<Keys#Key.Arn>');
  expect(values.text('Parent', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Region' }]] })).toBe('arn:eu-central-1');
});

test('a role is known by its name, its ARN and its reference', () => {
  const inline = (role: unknown) => ({
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'P',
      Roles: [role],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] },
    },
  });
  const all = deployment({
    Stack: { Resources: { Role: { Type: 'AWS::IAM::Role' }, A: inline({ Ref: 'Role' }), B: inline('shared') } },
  });
  expect(policiesOf(all, new Values(all)).map(({ roles, size }) => [roles, size])).toEqual([
    [[roleName('<Stack#Role.Arn>')], 66],
    [[roleName('arn:aws:iam::111122223333:role/path/shared')], 66],
  ]);
});

test('violations of one kind differ only in names', () => {
  const kind = (message: string) => kindOf({ invariant: 'i', message });
  expect(kind('Stack1/Key2/Resource is neither rotated nor reported')).toBe(
    kind('Stage3/Stack4/Key5 is neither rotated nor reported'),
  );
  expect(kind('[KeyArn] NOT ROTATED. Stack1: x')).not.toBe(kind('[KeyArns] NOT ROTATED. Stack1: x'));
});
