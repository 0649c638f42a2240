import type { Stack } from '../../../../local/cloudformation/stack';
import { Client, custom, elements, parameter, provider, type Resources } from './cloudformation-client';

let client: Client;

beforeEach(async () => {
  client = await Client.start({ timeScale: 'virtual' });
});

afterEach(async () => {
  await client.aws.stop();
});

const PROVIDER_ARN = { 'Fn::GetAtt': ['Provider', 'Arn'] };
const WITHOUT_ROLLBACK = { DisableRollback: 'true' };

const nested = (TemplateURL: string, Parameters: Resources = {}, attributes: Resources = {}): unknown => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL, Parameters },
  ...attributes,
});

/** The template of a stack with one custom resource, whose provider and property `a` are parameters. */
function thing(properties: Resources = {}, more: Resources = {}): Promise<string> {
  return client.upload(
    { Thing: custom({ ServiceToken: { Ref: 'ServiceToken' }, a: { Ref: 'A' }, ...properties }), ...more },
    {
      Parameters: { ServiceToken: { Type: 'String' }, A: { Type: 'String' } },
      Outputs: { Id: { Value: { Ref: 'Thing' } }, A: { Value: { Ref: 'A' } } },
    },
  );
}

const childStack = async (a: string, properties: Resources = {}, more: Resources = {}): Promise<unknown> =>
  nested(await thing(properties, more), { ServiceToken: PROVIDER_ARN, A: a });

/** The requests to custom resources, with the property `a` if present. */
const requests = (): string[] =>
  client.received().map(({ RequestType, ResourceProperties: { a } }) => [RequestType, a].filter(Boolean).join(' '));

function child(logicalId = 'Child'): Stack {
  return client.aws.cloudFormation.stack(
    client.aws.cloudFormation.stack('Stack').resources.get(logicalId)?.physicalId ?? '',
  );
}

const statuses = (stack: Stack): string[] =>
  stack.events.filter(({ LogicalResourceId }) => LogicalResourceId === stack.name).map((event) => event.ResourceStatus);

test('a nested stack takes parameters, returns outputs, and has a parent', async () => {
  const parent = async (a: string): Promise<Resources> => ({
    ...provider(),
    Child: await childStack(a),
    Echo: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Type: 'String', Value: { 'Fn::GetAtt': ['Child', 'Outputs.A'] } },
    },
  });
  const outputs = { Outputs: { Id: { Value: { 'Fn::GetAtt': ['Child', 'Outputs.Id'] } } } };
  expect(await client.deploy('CreateStack', await parent('one'), outputs)).toBe('CREATE_COMPLETE');
  expect(client.output('Id')).toBe('made');
  const { id, name, status } = child();
  expect(name).toMatch(/^Stack-Child-[0-9A-F]{12}$/);
  expect(status).toBe('CREATE_COMPLETE');
  const described = await client.call('DescribeStacks', { StackName: name });
  const parentId = client.aws.cloudFormation.stack('Stack').id;
  expect([elements(described, 'ParentId'), elements(described, 'RootId')]).toEqual([[parentId], [parentId]]);
  expect(client.received()[0]).toMatchObject({ StackId: id, LogicalResourceId: 'Thing' });

  expect(await client.deploy('UpdateStack', await parent('two'), outputs)).toBe('UPDATE_COMPLETE');
  expect(requests()).toEqual(['Create one', 'Update two']);
  expect(statuses(child()).slice(2)).toEqual([
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_COMPLETE',
  ]);
  expect(client.aws.cloudFormation.stack('Stack').resources.get('Echo')?.attributes).toMatchObject({ Value: 'two' });

  // Without a change the parent's update visits the nested stack, and has nothing to do.
  expect(await client.deploy('UpdateStack', await parent('two'), outputs)).toBe('UPDATE_COMPLETE');
  expect(requests()).toHaveLength(2);
  expect(await client.delete()).toBe('DELETE_COMPLETE');
  expect(requests()).toEqual(['Create one', 'Update two', 'Delete two']);
  expect(client.aws.cloudFormation.stack(id).status).toBe('DELETE_COMPLETE');
});

test('the provider may be in a sibling of the nested stack that uses it', async () => {
  const providerUrl = await client.upload(provider(), { Outputs: { Arn: { Value: PROVIDER_ARN } } });
  const ServiceToken = { 'Fn::GetAtt': ['Platform', 'Outputs.Arn'] };
  const parent = async (a: string): Promise<Resources> => ({
    Platform: nested(providerUrl),
    Child: nested(await thing(), { ServiceToken, A: a }),
    Own: custom({ ServiceToken, a }),
  });
  expect(await client.deploy('CreateStack', await parent('one'))).toBe('CREATE_COMPLETE');
  expect(await client.deploy('UpdateStack', await parent('two'))).toBe('UPDATE_COMPLETE');
  expect(requests().sort()).toEqual(['Create one', 'Create one', 'Update two', 'Update two']);
  expect(await client.deploy('UpdateStack', { Platform: nested(providerUrl) })).toBe('UPDATE_COMPLETE');
  expect(requests().slice(4)).toEqual(['Delete two', 'Delete two']);
  expect(await client.delete()).toBe('DELETE_COMPLETE');
});

test('the Updates of a nested stack are swapped back when its parent rolls back', async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one'), Other: parameter(false) });
  const failing = {
    ...provider(),
    Child: await childStack('two'),
    Other: parameter(true, { DependsOn: 'Child' }),
  };
  expect(await client.deploy('UpdateStack', failing)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests()).toEqual(['Create one', 'Update two', 'Update one']);
  expect(statuses(child()).slice(2)).toEqual([
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE',
  ]);
  expect(await client.deploy('UpdateStack', { ...provider(), Child: await childStack('three') })).toBe(
    'UPDATE_COMPLETE',
  );
});

test('a failure in a nested stack fails its parent, whose reason names both', async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one') });
  const failing = { ...provider(), Child: await childStack('two', { fail: 'Update' }) };
  expect(await client.deploy('UpdateStack', failing)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(client.history('Child')).toContain(
    `UPDATE_FAILED: Embedded stack ${child().id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource(s) failed to update: [Thing]. `,
  );
  expect(requests()).toEqual(['Create one', 'Update two', 'Update one']);
});

test("a nested stack that cannot be created is deleted in its parent's rollback", async () => {
  const failing = { ...provider(), Child: await childStack('one', { fail: 'Create' }) };
  expect(await client.deploy('CreateStack', failing)).toBe('ROLLBACK_COMPLETE');
  const [reason = ''] = client.history('Child').filter((each) => each.startsWith('CREATE_FAILED'));
  expect(reason).toMatch(
    /Embedded stack arn:\S+ was not successfully created: The following resource\(s\) failed to create: \[Thing\]/,
  );
  const [id = ''] = /arn:\S+/.exec(reason) ?? [];
  expect(statuses(client.aws.cloudFormation.stack(id))).toEqual([
    'CREATE_IN_PROGRESS',
    'CREATE_FAILED',
    'DELETE_IN_PROGRESS',
    'DELETE_COMPLETE',
  ]);
  expect(requests()).toEqual(['Create one', 'Delete one']);
});

test('nested stacks clean up after all updates, and before the parent deletes the provider', async () => {
  const more = { Gone: custom({ ServiceToken: { Ref: 'ServiceToken' } }) };
  const later = custom({ a: 'late', delay: 20_000 }, { DependsOn: 'Child' });
  const both = {
    ...provider(),
    Child: await childStack('one', {}, more),
    Second: await childStack('second'),
  };
  await client.deploy('CreateStack', both);
  expect(await client.deploy('UpdateStack', { ...provider(), Child: await childStack('one'), Later: later })).toBe(
    'UPDATE_COMPLETE',
  );
  expect(requests().slice(3)).toEqual(expect.arrayContaining(['Create late', 'Delete', 'Delete second']));
  expect(requests()[3]).toBe('Create late');

  expect(await client.deploy('UpdateStack', { Other: parameter(false) })).toBe('UPDATE_COMPLETE');
  expect(requests().slice(6).sort()).toEqual(['Delete late', 'Delete one']);
  expect(client.aws.lambda.dropped).toEqual([]);
});

test('without rollback a failed nested stack can be retried, or rolled back by RollbackStack', async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one') });
  const failing = { ...provider(), Child: await childStack('two', { fail: 'Update' }) };
  expect(await client.deploy('UpdateStack', failing, {}, WITHOUT_ROLLBACK)).toBe('UPDATE_FAILED');
  expect(child().status).toBe('UPDATE_FAILED');
  expect(
    await client.deploy('UpdateStack', { ...provider(), Child: await childStack('two') }, {}, WITHOUT_ROLLBACK),
  ).toBe('UPDATE_COMPLETE');
  expect(child().status).toBe('UPDATE_COMPLETE');

  expect(await client.deploy('UpdateStack', { ...failing, Other: parameter(false) }, {}, WITHOUT_ROLLBACK)).toBe(
    'UPDATE_FAILED',
  );
  await client.call('RollbackStack', { StackName: 'Stack' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(child().status).toBe('UPDATE_ROLLBACK_COMPLETE');
});

test("a nested stack whose rollback fails blocks its parent's rollback until its resource is skipped", async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one', { fail: 'Update' }) });
  const failing = { ...provider(), Child: await childStack('two', { fail: 'Update' }) };
  expect(await client.deploy('UpdateStack', failing)).toBe('UPDATE_ROLLBACK_FAILED');
  expect(child().status).toBe('UPDATE_ROLLBACK_FAILED');
  await client.call('ContinueUpdateRollback', {
    StackName: 'Stack',
    'ResourcesToSkip.member.1': `${child().name}.Thing`,
  });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(client.history('Thing', child().name)).toContain('UPDATE_COMPLETE: Resource skipped during UpdateRollback');
});

test('a nested stack that cannot be deleted fails the deletion of its parent', async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one', { fail: 'Delete' }) });
  expect(await client.delete()).toBe('DELETE_FAILED');
  expect(client.history('Child').at(-1)).toMatch(
    /^DELETE_FAILED: Embedded stack arn:\S+ was not successfully deleted: The following resource\(s\) failed to delete: \[Thing\]\. $/,
  );
});

test('a nested stack is cancelled with its parent', async () => {
  await client.deploy('CreateStack', { ...provider(), Child: await childStack('one', { delay: 0 }) });
  await client.begin('UpdateStack', { ...provider(), Child: await childStack('two', { delay: 600_000 }) });
  while (requests().length < 2) await client.aws.clock.sleep(100);
  await client.call('CancelUpdateStack', { StackName: 'Stack' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests()).toEqual(['Create one', 'Update two', 'Update one']);
});
