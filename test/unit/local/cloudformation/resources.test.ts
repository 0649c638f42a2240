import { Client, provider, type Resources, REGION } from './cloudformation-client';

let client: Client;

beforeEach(async () => {
  client = await Client.start({ timeScale: 'virtual' });
});

afterEach(async () => {
  await client.aws.stop();
});

const key = (Properties: object = {}, attributes: object = {}): unknown => ({
  Type: 'AWS::KMS::Key',
  Properties,
  ...attributes,
});

test('a key is changed in place, replaced where it must be, and scheduled for deletion', async () => {
  await client.deploy('CreateStack', {
    Key: key({ Description: 'one', EnableKeyRotation: true, PendingWindowInDays: 7 }),
  });
  const keys = (): object[] =>
    client.aws.kms
      .keys(REGION)
      .map(({ keyId, state, regionalKey: { description } }) => ({ keyId, state, description }));
  const [created] = client.aws.kms.keys(REGION);
  await client.deploy('UpdateStack', { Key: key({ Description: 'two', Enabled: false, PendingWindowInDays: 7 }) });
  expect(keys()).toEqual([{ keyId: created?.keyId, state: 'Disabled', description: 'two' }]);
  expect(created?.kmsKey.automaticRotation.enabled).toBe(false);
  await client.deploy('UpdateStack', {
    Key: key({ Description: 'three', KeyUsage: 'GENERATE_VERIFY_MAC', KeySpec: 'HMAC_256', PendingWindowInDays: 7 }),
  });
  expect(keys()).toMatchObject([{ state: 'PendingDeletion' }, { state: 'Enabled', description: 'three' }]);
  expect(created?.regionalKey.deletion?.windowInDays).toBe(7);
  expect(await client.delete()).toBe('DELETE_COMPLETE');
  expect(keys()).toMatchObject([{ state: 'PendingDeletion' }, { state: 'PendingDeletion' }]);
});

test('a replacement that is rolled back leaves the key as it was', async () => {
  await client.deploy('CreateStack', { Key: key({ Description: 'one' }) });
  const refused = {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Value: 'x'.repeat(5000) },
    DependsOn: 'Key',
  };
  const status = await client.deploy('UpdateStack', {
    Key: key({ Description: 'two', MultiRegion: true }),
    Refused: refused,
  });
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(client.aws.kms.keys(REGION)).toMatchObject([{ state: 'Enabled' }, { state: 'PendingDeletion' }]);
  expect(client.aws.cloudFormation.stack('Stack').resources.get('Key')?.physicalId).toBe(
    client.aws.kms.keys(REGION)[0]?.keyId,
  );
});

test('a retained key outlives its stack', async () => {
  await client.deploy('CreateStack', { Key: key({}, { DeletionPolicy: 'Retain' }) });
  expect(await client.delete()).toBe('DELETE_COMPLETE');
  expect(client.history('Key').at(-1)).toBe('DELETE_SKIPPED');
  expect(client.aws.kms.keys(REGION)).toMatchObject([{ state: 'Enabled' }]);
});

test('an alias whose name is taken fails the stack', async () => {
  const { keyId } = client.aws.kms.createKey(REGION);
  client.aws.kms.createAlias(REGION, 'alias/taken', keyId);
  const alias = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/taken', TargetKeyId: { Ref: 'Key' } } };
  expect(await client.deploy('CreateStack', { Key: key(), Alias: alias })).toBe('ROLLBACK_COMPLETE');
  expect(client.history('Alias').join()).toContain('HandlerErrorCode: AlreadyExists');
});

const READER = `
exports.handler = async ({ StackId, RequestId, LogicalResourceId, ResponseURL, ResourceProperties }) => {
  const { createHash, createHmac } = require('node:crypto');
  const headers = { 'authorization': 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20261122/' + process.env.AWS_REGION + '/kms/aws4_request',
    'x-amz-target': 'TrentService.DescribeKey' };
  const described = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify({ KeyId: ResourceProperties.key }) });
  const answer = { Status: described.ok ? 'SUCCESS' : 'FAILED', Reason: await described.text(), PhysicalResourceId: 'x', StackId, RequestId, LogicalResourceId };
  if (described.ok) delete answer.Reason;
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
};`;

const policy = (Type: string, more: Resources): unknown => ({
  Type,
  Properties: {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'kms:DescribeKey', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } }],
    },
    Roles: [{ Ref: 'Role' }],
    ...more,
  },
});

test.each([
  ['no policy', {}, 'ROLLBACK_FAILED'],
  ['an inline policy', { Policy: policy('AWS::IAM::Policy', { PolicyName: 'read' }) }, 'CREATE_COMPLETE'],
  ['a managed policy', { Policy: policy('AWS::IAM::ManagedPolicy', {}) }, 'CREATE_COMPLETE'],
])('with %s a function may do as much', async (_, policies: Resources, expected) => {
  const thing = {
    Type: 'Custom::Reader',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] }, key: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    DependsOn: Object.keys(policies),
  };
  expect(await client.deploy('CreateStack', { ...provider(READER), Key: key(), ...policies, Thing: thing })).toBe(
    expected,
  );
});

test("the function's settings come with the stack, and go with it", async () => {
  const config = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Provider' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    },
  };
  const group = { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/group', RetentionInDays: 1 } };
  const settings = {
    LoggingConfig: { LogGroup: { Ref: 'Group' }, LogFormat: 'JSON' },
    Environment: { Variables: { A: 'b' } },
  };
  await client.deploy('CreateStack', { ...provider(undefined, settings), Config: config, Group: group });
  const name = client.aws.cloudFormation.stack('Stack').resources.get('Provider')?.physicalId ?? '';
  expect(client.aws.lambda.find(name)).toMatchObject({
    configuration: { logGroup: '/group', logFormat: 'JSON', environment: { A: 'b' } },
    eventInvokeConfig: { maximumRetryAttempts: 0, maximumEventAge: 60 },
  });
  await client.delete();
  expect(() => client.aws.lambda.find(name)).toThrow('Function not found');
  expect(() => client.aws.logs.events(REGION, '/group')).toThrow('does not exist');
});
