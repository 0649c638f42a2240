import { Client, custom, elements, parameter, provider } from './cloudformation-client';

let client: Client;

beforeEach(async () => {
  client = await Client.start({ timeScale: 'virtual' });
});

afterEach(async () => {
  await client.aws.stop();
});

const WITHOUT_ROLLBACK = { DisableRollback: 'true' };
const requests = (): string[] =>
  client.received('Thing').map(({ RequestType, ResourceProperties: { a } }) => [RequestType, a].join(' '));

test('a failed rollback ends in UPDATE_ROLLBACK_FAILED; continuing it repeats the swapped Update', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old', fail: 'Update' }) });
  const update = { ...provider(), Thing: custom({ a: 'new', fail: 'Update' }) };
  expect(await client.deploy('UpdateStack', update)).toBe('UPDATE_ROLLBACK_FAILED');
  expect(client.history().at(-1)).toBe('UPDATE_ROLLBACK_FAILED: The following resource(s) failed to update: [Thing]. ');
  await expect(client.deploy('UpdateStack', update)).rejects.toThrow(
    'is in UPDATE_ROLLBACK_FAILED state and can not be updated',
  );

  await client.call('ContinueUpdateRollback', { StackName: 'Stack' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_FAILED');
  expect(client.received()[3]).toMatchObject({ ResourceProperties: { a: 'old' }, OldResourceProperties: { a: 'new' } });

  await client.call('ContinueUpdateRollback', { StackName: 'Stack', 'ResourcesToSkip.member.1': 'Thing' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests()).toEqual(['Create old', 'Update new', 'Update old', 'Update old']);
});

test('without rollback only the failed resource is restored, and its retry reuses the request ID', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old' }), Other: parameter(false) });
  const failing = {
    ...provider(),
    Thing: custom({ a: 'new', fail: 'Update' }),
    Other: parameter(false, { Description: undefined }),
  };
  expect(await client.deploy('UpdateStack', failing, {}, WITHOUT_ROLLBACK)).toBe('UPDATE_FAILED');
  const [, failed, back] = client.received();
  expect(back).toMatchObject({ ResourceProperties: { a: 'old' }, OldResourceProperties: { a: 'new' } });
  expect(client.history('Thing').at(-1)).toMatch(/^UPDATE_FAILED: .*no luck/);
  expect(client.history()).not.toContainEqual(expect.stringContaining('ROLLBACK'));

  expect(
    await client.deploy(
      'UpdateStack',
      { ...provider(), Thing: custom({ a: 'new' }), Other: parameter(false) },
      {},
      WITHOUT_ROLLBACK,
    ),
  ).toBe('UPDATE_COMPLETE');
  expect(client.received()[3]).toMatchObject({
    RequestId: failed?.RequestId,
    ResourceProperties: { a: 'new' },
    OldResourceProperties: { a: 'old' },
  });

  await client.deploy('UpdateStack', { ...provider(), Thing: custom({ a: 'third' }), Other: parameter(false) });
  expect(client.received()[4]?.RequestId).not.toBe(failed?.RequestId);
});

test('without rollback the next update deletes and recreates a resource whose creation failed', async () => {
  expect(
    await client.deploy('CreateStack', { ...provider(), Thing: custom({ fail: 'Create' }) }, {}, WITHOUT_ROLLBACK),
  ).toBe('CREATE_FAILED');
  expect(await client.deploy('UpdateStack', { ...provider(), Thing: custom() }, {}, WITHOUT_ROLLBACK)).toBe(
    'UPDATE_COMPLETE',
  );
  const [failed, removed, again] = client.received();
  expect([removed?.RequestType, again?.RequestType]).toEqual(['Delete', 'Create']);
  expect(again?.RequestId).toBe(failed?.RequestId);
});

test('without rollback a replacement is refused', async () => {
  const named = (Name: string): unknown => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Value: 'v', Name },
  });
  await client.deploy('CreateStack', { Parameter: named('one') });
  expect(await client.deploy('UpdateStack', { Parameter: named('two') }, {}, WITHOUT_ROLLBACK)).toBe('UPDATE_FAILED');
  expect(client.history('Parameter').at(-1)).toBe(
    'UPDATE_FAILED: Replacement type updates not supported on stack with disable-rollback.',
  );
});

test('RollbackStack rolls back a failed update with swapped Updates', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old' }), Other: parameter(false) });
  const failing = { ...provider(), Thing: custom({ a: 'new' }), Other: parameter(true, { DependsOn: 'Thing' }) };
  expect(await client.deploy('UpdateStack', failing, {}, WITHOUT_ROLLBACK)).toBe('UPDATE_FAILED');
  await client.call('RollbackStack', { StackName: 'Stack' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests()).toEqual(['Create old', 'Update new', 'Update old']);
});

test('a changed service token is refused without calling the provider', async () => {
  const second = Object.fromEntries(
    Object.entries(provider()).map(([name, resource]) => [name.replace('Provider', 'Second'), resource]),
  );
  const both = { ...provider(), ...second };
  await client.deploy('CreateStack', { ...both, Thing: custom({ a: 'old' }) });
  const moved = { ...both, Thing: custom({ a: 'old', ServiceToken: { 'Fn::GetAtt': ['Second', 'Arn'] } }) };
  expect(await client.deploy('UpdateStack', moved)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(client.history('Thing')).toContain('UPDATE_FAILED: Modifying service token is not allowed.');
  expect(client.received()).toHaveLength(1);
});

test('a reference to an attribute that the response lacks fails', async () => {
  const consumer = (name: string): unknown => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Value: { 'Fn::GetAtt': ['Thing', name] } },
  });
  const resources = { ...provider(), Thing: custom({ data: '{"There":"yes"}' }) };
  expect(await client.deploy('CreateStack', { ...resources, Consumer: consumer('There') })).toBe('CREATE_COMPLETE');
  expect(await client.deploy('UpdateStack', { ...resources, Consumer: consumer('Missing') })).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );
  expect(client.history('Consumer').join()).toContain("Vendor response doesn't contain Missing attribute in object");
  const output = { Outputs: { Missing: { Value: { 'Fn::GetAtt': ['Thing', 'Missing'] } } } };
  expect(await client.deploy('UpdateStack', { ...resources, Consumer: consumer('There') }, output)).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );
});

test('a response of more than 4096 bytes is refused', async () => {
  const data = JSON.stringify({ Long: 'x'.repeat(4096) });
  expect(await client.deploy('CreateStack', { ...provider(), Thing: custom({ data }) })).toBe('ROLLBACK_FAILED');
  expect(client.history('Thing')).toContain('CREATE_FAILED: Response object is too long.');
});

test('without a response the resource fails after its ServiceTimeout, and a late response is accepted and ignored', async () => {
  const resources = { ...provider(), Thing: custom({ silent: 'Create', ServiceTimeout: 30 }) };
  const started = client.aws.clock.now();
  expect(await client.deploy('CreateStack', resources)).toBe('ROLLBACK_COMPLETE');
  expect(client.aws.clock.now() - started).toBeGreaterThanOrEqual(30_000);
  expect(client.history('Thing').join()).toContain('did not receive a response from your Custom Resource');
  const { ResponseURL } = client.received()[0] as unknown as { ResponseURL: string };
  expect((await fetch(ResponseURL, { method: 'PUT', body: '{}' })).status).toBe(200);
  expect(await client.settled()).toBe('ROLLBACK_COMPLETE');
});

test('a stack whose resource cannot be deleted can be deleted without it', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ fail: 'Delete' }) });
  expect(await client.delete()).toBe('DELETE_FAILED');
  await client.call('DeleteStack', { StackName: 'Stack', 'RetainResources.member.1': 'Thing' });
  expect(await client.settled()).toBe('DELETE_COMPLETE');
});

test('a change set without changes fails with the reason that the CLI matches', async () => {
  const resources = { Parameter: parameter(false) };
  await client.deploy('CreateStack', resources);
  await client.begin('CreateChangeSet', resources, {}, { ChangeSetName: 'Empty' });
  const described = await client.call('DescribeChangeSet', { StackName: 'Stack', ChangeSetName: 'Empty' });
  expect(elements(described, 'Status')).toEqual(['FAILED']);
  expect(elements(described, 'StatusReason')[0]).toMatch(/^The submitted information didn't contain changes\./);
  await client.call('DeleteChangeSet', { StackName: 'Stack', ChangeSetName: 'Empty' });
  await client.call('DeleteChangeSet', { StackName: 'Stack', ChangeSetName: 'Empty' });
  await expect(client.call('DescribeChangeSet', { StackName: 'Stack', ChangeSetName: 'Empty' })).rejects.toThrow(
    'does not exist',
  );
});
