import { Client, elements, parameter, provider, type Resources, REGION } from './cloudformation-client';

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

test('a key is changed in place, never replaced, and scheduled for deletion', async () => {
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
  const changed = key({ KeyUsage: 'GENERATE_VERIFY_MAC', KeySpec: 'HMAC_256', PendingWindowInDays: 7 });
  expect(await client.deploy('UpdateStack', { Key: changed })).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(client.history('Key').join()).toContain('is not updatable with parameters provided.');
  expect(keys()).toEqual([{ keyId: created?.keyId, state: 'Disabled', description: 'two' }]);
  expect(await client.delete()).toBe('DELETE_COMPLETE');
  expect(created?.state).toBe('PendingDeletion');
  expect(created?.regionalKey.deletion?.windowInDays).toBe(7);
});

const named = (Name: string, attributes: Resources = {}): unknown => ({
  ...(parameter(false, attributes) as object),
  Properties: { Type: 'String', Value: 'fine', Name },
});

const names = (): (string | undefined)[] => client.aws.parameterStore.list(REGION, '/test').map(({ name }) => name);

test('a replacement that is rolled back leaves the resource as it was', async () => {
  await client.deploy('CreateStack', { Parameter: named('/test/one') });
  const failing = { Parameter: named('/test/two'), Refused: parameter(true, { DependsOn: 'Parameter' }) };
  expect(await client.deploy('UpdateStack', failing)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(names()).toEqual(['/test/one']);
  expect(client.aws.cloudFormation.stack('Stack').resources.get('Parameter')?.physicalId).toBe('/test/one');
  expect(await client.deploy('UpdateStack', { Parameter: named('/test/two') })).toBe('UPDATE_COMPLETE');
  expect(names()).toEqual(['/test/two']);
});

test('a rollback retains a new resource by its DeletionPolicy, unless RetainExceptOnCreate applies', async () => {
  const failing = {
    Kept: named('/test/kept', { DeletionPolicy: 'Retain' }),
    Excepted: named('/test/excepted', { DeletionPolicy: 'RetainExceptOnCreate' }),
    Refused: parameter(true, { DependsOn: ['Kept', 'Excepted'] }),
  };
  expect(await client.deploy('CreateStack', failing)).toBe('ROLLBACK_COMPLETE');
  expect(names()).toEqual(['/test/kept']);
  await client.delete();
  client.aws.parameterStore.delete(REGION, '/test/kept');

  await client.deploy('CreateStack', { Other: parameter(false) });
  const update = { Other: parameter(false), ...failing };
  expect(await client.deploy('UpdateStack', update, {}, { RetainExceptOnCreate: 'true' })).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );
  expect(names()).toEqual([]);
  expect(await client.deploy('UpdateStack', update)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(names()).toEqual(['/test/kept']);
});

test('ImportExistingResources imports an existing resource, which survives a rollback', async () => {
  client.aws.parameterStore.put(REGION, '/test/there', 'before');
  const there = { There: named('/test/there', { DeletionPolicy: 'Retain' }) };
  await client.deploy('CreateStack', { Other: parameter(false) });
  const execute = async (resources: Resources): Promise<string> => {
    await client.begin('CreateChangeSet', resources, {}, { ChangeSetName: 'set', ImportExistingResources: 'true' });
    await client.call('ExecuteChangeSet', { StackName: 'Stack', ChangeSetName: 'set' });
    return client.settled();
  };
  const failing = { Other: parameter(false), ...there, Refused: parameter(true, { DependsOn: 'There' }) };
  expect(await execute(failing)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(names()).toEqual(['/test/there']);
  expect(await execute({ Other: parameter(false), ...there })).toBe('UPDATE_COMPLETE');
  expect(client.history('There').slice(-2)).toEqual([
    'IMPORT_IN_PROGRESS: Resource import started.',
    'IMPORT_COMPLETE: Resource import completed.',
  ]);
  expect(await client.deploy('UpdateStack', { Other: parameter(false), Again: there.There })).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );
});

test('drift detection finds changed and deleted resources', async () => {
  await client.deploy('CreateStack', { Key: key({ Description: 'mine' }), Gone: named('/test/gone'), Same: key() });
  const drift = async (): Promise<string[]> => {
    const [id = ''] = elements(await client.call('DetectStackDrift', { StackName: 'Stack' }), 'StackDriftDetectionId');
    const detected = await client.call('DescribeStackDriftDetectionStatus', { StackDriftDetectionId: id });
    const drifts = await client.call('DescribeStackResourceDrifts', { StackName: 'Stack' });
    return [...elements(detected, 'StackDriftStatus'), ...elements(drifts, 'StackResourceDriftStatus')];
  };
  expect(await drift()).toEqual(['IN_SYNC', 'IN_SYNC', 'IN_SYNC', 'IN_SYNC']);
  client.aws.kms.keys(REGION)[0]?.update({ description: 'theirs' });
  client.aws.parameterStore.delete(REGION, '/test/gone');
  expect(await drift()).toEqual(['DRIFTED', 'MODIFIED', 'DELETED', 'IN_SYNC']);
});

test('a retained key survives its stack', async () => {
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
])('a function with %s gets no other permissions', async (_, policies: Resources, expected) => {
  const thing = {
    Type: 'Custom::Reader',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] }, key: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    DependsOn: Object.keys(policies),
  };
  expect(await client.deploy('CreateStack', { ...provider(READER), Key: key(), ...policies, Thing: thing })).toBe(
    expected,
  );
});

test('function settings are deployed and deleted with the stack', async () => {
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
