import { Client, elements, parameter, ValidationError } from './cloudformation-client';

let client: Client;

beforeAll(async () => {
  client = await Client.start();
});

afterAll(async () => {
  await client.aws.stop();
});

let count = 0;

/** Deploys a new stack, and returns its outputs by name. */
async function outputs(
  template: object,
  input: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  count += 1;
  const StackName = `Stack${count}`;
  await client.call('CreateStack', {
    StackName,
    TemplateBody: JSON.stringify({ Resources: { P: parameter(false) }, ...template }),
    ...input,
  });
  const described = await client.call('DescribeStacks', { StackName });
  expect(elements(described, 'StackStatus')).toEqual(['CREATE_COMPLETE']);
  const values = elements(described, 'OutputValue');
  return Object.fromEntries(elements(described, 'OutputKey').map((key, index) => [key, values[index] ?? '']));
}

const value = (Value: unknown): object => ({ Value });

test('functions, pseudo parameters and conditions are evaluated', async () => {
  const template = {
    Parameters: { Stage: { Type: 'String', Default: 'test' }, List: { Type: 'CommaDelimitedList', Default: 'a, b,c' } },
    Mappings: { Map: { 'eu-central-1': { short: 'ec1' } } },
    Conditions: {
      Test: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
      Not: { 'Fn::Not': [{ Condition: 'Test' }] },
      Both: { 'Fn::And': [{ Condition: 'Test' }, { Condition: 'Not' }] },
      Either: { 'Fn::Or': [{ Condition: 'Test' }, { Condition: 'Not' }] },
    },
    Resources: {
      Key: { Type: 'AWS::KMS::Key', Properties: { Description: { 'Fn::If': ['Not', 'x', { Ref: 'AWS::NoValue' }] } } },
      Absent: { Type: 'AWS::KMS::Key', Condition: 'Both' },
    },
    Outputs: {
      Join: value({ 'Fn::Join': ['-', [{ Ref: 'Stage' }, { Ref: 'AWS::Region' }]] }),
      Sub: value({
        'Fn::Sub': ['${AWS::AccountId} ${Own} ${!Literal}', { Own: { 'Fn::Select': [1, { Ref: 'List' }] } }],
      }),
      Key: value({ 'Fn::Sub': '${Key.Arn}' }),
      Split: value({ 'Fn::Select': ['5', { 'Fn::Split': [':', { 'Fn::GetAtt': ['Key', 'Arn'] }] }] }),
      Map: value({ 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'short'] }),
      If: value({ 'Fn::If': ['Either', 'yes', 'no'] }),
      Absent: { ...value({ Ref: 'Absent' }), Condition: 'Both' },
    },
  };
  const given = await outputs(template);
  const [key] = client.aws.kms.keys('eu-central-1');
  expect(given).toEqual({
    Join: 'test-eu-central-1',
    Sub: '123456789012 b ${Literal}',
    Key: key?.arn,
    Split: `key/${key?.keyId ?? ''}`,
    Map: 'ec1',
    If: 'yes',
  });
});

test('parameters and dynamic references are read from Parameter Store', async () => {
  client.aws.parameterStore.put('eu-central-1', '/stored', 'from the store');
  const template = {
    Parameters: { Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/stored' } },
    Outputs: { Parameter: value({ Ref: 'Stored' }), Dynamic: value('<{{resolve:ssm:/stored}}>') },
  };
  expect(await outputs(template)).toEqual({ Parameter: 'from the store', Dynamic: '<from the store>' });
});

test('an export can be imported, and cannot be deleted while it is', async () => {
  await outputs({ Outputs: { Out: { ...value('shared'), Export: { Name: 'Exported' } } } });
  const exporter = `Stack${count}`;
  expect(await outputs({ Outputs: { In: value({ 'Fn::ImportValue': 'Exported' }) } })).toEqual({ In: 'shared' });
  await client.call('DeleteStack', { StackName: exporter });
  const described = await client.call('DescribeStacks', { StackName: exporter });
  expect(elements(described, 'StackStatus')).toEqual(['CREATE_COMPLETE']);
  expect(elements(described, 'StackStatusReason')).toEqual([
    `Delete canceled. Cannot delete export Exported as it is in use by Stack${count}.`,
  ]);
});

const refused: [string, object | string, RegExp][] = [
  ['YAML', 'Resources:\n  A: {}', /JSON templates only/],
  ['malformed JSON', '{"Resources"', /JSON not well-formed/],
  ['no resources', {}, /At least one Resources member/],
  [
    'an unknown section',
    { Resources: { P: parameter(false) }, Transform: 'AWS::Serverless-2016-10-31' },
    /section Transform/,
  ],
  [
    'an unknown type',
    { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } },
    /Unrecognized resource types: \[AWS::S3::Bucket\]/,
  ],
  [
    'an unknown property',
    { Resources: { K: { Type: 'AWS::KMS::Key', Properties: { Colour: 'red' } } } },
    /property Colour of AWS::KMS::Key/,
  ],
  [
    'a missing property',
    { Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String' } } } },
    /required key \[Value\]/,
  ],
  [
    'an unknown function',
    {
      Resources: { P: parameter(false), Q: { Type: 'AWS::KMS::Key', Properties: { Description: { 'Fn::Cidr': [] } } } },
    },
    /Fn::Cidr/,
  ],
  [
    'an unresolved reference',
    { Resources: { Q: { Type: 'AWS::KMS::Key', Properties: { Description: { Ref: 'Nowhere' } } } } },
    /Unresolved resource dependencies \[Nowhere\]/,
  ],
  [
    'an unknown attribute',
    { Resources: { P: parameter(false) }, Outputs: { O: value({ 'Fn::GetAtt': ['P', 'Colour'] }) } },
    /does not support attribute type Colour/,
  ],
  [
    'a dependency cycle',
    { Resources: { P: parameter(false, { DependsOn: 'Q' }), Q: parameter(false, { DependsOn: 'P' }) } },
    /Circular dependency between resources: \[P, Q\]/,
  ],
  [
    'a parameter without value',
    { Parameters: { A: { Type: 'String' } }, Resources: { P: parameter(false) } },
    /Parameters: \[A\] must have values/,
  ],
  [
    'a broken rule',
    {
      Rules: { R: { Assertions: [{ Assert: { 'Fn::Contains': [['a'], 'b'] }, AssertDescription: 'no b' }] } },
      Resources: { P: parameter(false) },
    },
    /no b/,
  ],
  [
    'a function of another runtime',
    {
      Resources: {
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: { Code: { ZipFile: '' }, Role: 'r', Handler: 'h', Runtime: 'python3.13' },
        },
      },
    },
    /Node.js runtime only, not python3.13/,
  ],
];

test.each(refused)('%s is refused before anything is created', async (_, template, message) => {
  const body = typeof template === 'string' ? template : JSON.stringify(template);
  const refusal = client.call('CreateStack', { StackName: 'Refused', TemplateBody: body });
  await expect(refusal).rejects.toThrow(ValidationError);
  await expect(refusal).rejects.toThrow(message);
  await expect(client.call('DescribeStacks', { StackName: 'Refused' })).rejects.toThrow(
    'Stack with id Refused does not exist',
  );
});

test('unknown operations and services are refused by name', async () => {
  await expect(client.call('CreateStackRefactor', { StackName: 'Stack1' })).rejects.toThrow(
    'no operation CreateStackRefactor of service cloudformation',
  );
  const response = await fetch(client.aws.url, {
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=local/20261122/eu-central-1/ec2/aws4_request' },
  });
  expect(await response.text()).toContain('The local AWS has no service ec2.');
});
