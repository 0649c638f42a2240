import { Client, custom, elements, parameter, provider } from './cloudformation-client';

let client: Client;

beforeEach(async () => {
  client = await Client.start({ timeScale: 'virtual' });
});

afterEach(async () => {
  await client.aws.stop();
});

const kinds = (logicalId?: string): string[] => client.received(logicalId).map(({ RequestType }) => RequestType);

test('a new resource gets a Create with all scalars as strings, and no request while it is unchanged', async () => {
  const resources = { ...provider(), Thing: custom({ Flag: true, Nested: { Number: 42, List: [1, 'b'] } }) };
  expect(await client.deploy('CreateStack', resources)).toBe('CREATE_COMPLETE');
  const [event] = client.received();
  expect(event).toMatchObject({
    RequestType: 'Create',
    LogicalResourceId: 'Thing',
    ResourceType: 'Custom::Thing',
    ResourceProperties: { Flag: 'true', Nested: { Number: '42', List: ['1', 'b'] } },
  });
  expect(event).not.toHaveProperty('PhysicalResourceId');
  expect(event).not.toHaveProperty('OldResourceProperties');
  await expect(client.deploy('UpdateStack', resources)).rejects.toThrow('No updates are to be performed.');
  const changedCode = { ...resources, ...provider('exports.handler = async () => undefined;') };
  expect(await client.deploy('UpdateStack', changedCode)).toBe('UPDATE_COMPLETE');
  expect(kinds()).toEqual(['Create']);
});

test('a changed property, even ServiceTimeout, causes an Update with both sets of properties', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old' }) });
  await client.deploy('UpdateStack', { ...provider(), Thing: custom({ a: 'old', ServiceTimeout: 60 }) });
  expect(client.received()[1]).toMatchObject({
    RequestType: 'Update',
    PhysicalResourceId: 'made',
    ResourceProperties: { a: 'old', ServiceTimeout: '60' },
    OldResourceProperties: { a: 'old' },
    ServiceTimeout: '60',
  });
  expect(client.received()[0]).not.toHaveProperty('ServiceTimeout');
});

test('a changed physical ID is a replacement: the cleanup deletes the old resource', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ id: 'one' }) });
  expect(await client.deploy('UpdateStack', { ...provider(), Thing: custom({ id: 'two' }) })).toBe('UPDATE_COMPLETE');
  expect(kinds()).toEqual(['Create', 'Update', 'Delete']);
  expect(client.received()[2]).toMatchObject({ PhysicalResourceId: 'one', ResourceProperties: { id: 'one' } });
  expect(client.history()).toContain('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
});

test('a failed Update is followed by one with the properties swapped and a new request ID', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old' }) });
  const status = await client.deploy('UpdateStack', { ...provider(), Thing: custom({ a: 'new', fail: 'Update' }) });
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  const [, forward, back] = client.received();
  expect(forward).toMatchObject({ ResourceProperties: { a: 'new' }, OldResourceProperties: { a: 'old' } });
  expect(back).toMatchObject({
    RequestType: 'Update',
    ResourceProperties: { a: 'old' },
    OldResourceProperties: { a: 'new' },
  });
  expect(back?.RequestId).not.toBe(forward?.RequestId);
  expect(client.history('Thing')).toContain(
    `UPDATE_FAILED: Received response status [FAILED] from custom resource. Message returned: no luck (RequestId: ${forward?.RequestId ?? ''})`,
  );
  expect(client.history()).toContain(
    'UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Thing]. ',
  );
});

test('a successful Update is swapped back when another resource fails', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ a: 'old' }), Other: parameter(false) });
  const resources = { ...provider(), Thing: custom({ a: 'new' }), Other: parameter(true, { DependsOn: 'Thing' }) };
  expect(await client.deploy('UpdateStack', resources)).toBe('UPDATE_ROLLBACK_COMPLETE');
  const [, forward, back, ...more] = client.received();
  expect(back).toMatchObject({
    RequestType: 'Update',
    ResourceProperties: { a: 'old' },
    OldResourceProperties: { a: 'new' },
  });
  expect(back?.RequestId).not.toBe(forward?.RequestId);
  expect(more).toEqual([]);
});

test('the physical ID of a FAILED response is adopted', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom() });
  await client.deploy('UpdateStack', { ...provider(), Thing: custom({ fail: 'Update', id: 'strange' }) });
  expect(client.received()[2]).toMatchObject({ RequestType: 'Update', PhysicalResourceId: 'strange' });
});

test('a failed Create is followed by a Delete with the physical ID of its response', async () => {
  expect(await client.deploy('CreateStack', { ...provider(), Thing: custom({ fail: 'Create', id: 'half' }) })).toBe(
    'ROLLBACK_COMPLETE',
  );
  expect(client.received()[1]).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: 'half' });
  expect(client.history()[1]).toBe(
    'ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Thing]. Rollback requested by user.',
  );
});

test('a failed Create without a physical ID is followed by a Delete with a generated one, and loses its reason', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom({ fail: 'Create', id: '' }) });
  expect(client.history('Thing')).toContain('CREATE_FAILED: Invalid PhysicalResourceId');
  expect(client.received()[1]?.PhysicalResourceId).toMatch(/^Stack-Thing-[0-9A-F]{12}$/);
});

test('a successful Create is followed by a Delete when another resource fails', async () => {
  const resources = { ...provider(), Thing: custom(), Other: parameter(true, { DependsOn: 'Thing' }) };
  expect(await client.deploy('CreateStack', resources)).toBe('ROLLBACK_COMPLETE');
  expect(client.received()).toMatchObject([
    { RequestType: 'Create' },
    { RequestType: 'Delete', PhysicalResourceId: 'made' },
  ]);
});

test('a Create that still runs when another resource fails is overtaken by a Delete with a generated ID', async () => {
  const resources = {
    ...provider(),
    Slow: custom({ delay: 600_000 }),
    Bad: custom({ fail: 'Create' }, { DependsOn: 'Wait' }),
    Wait: custom(),
  };
  expect(await client.deploy('CreateStack', resources)).toBe('ROLLBACK_COMPLETE');
  expect(client.history('Slow')).toContain('CREATE_FAILED: Resource creation cancelled');
  const [create, remove] = client.aws.lambda.invocations.filter(({ event }) =>
    JSON.stringify(event).includes('"LogicalResourceId":"Slow"'),
  );
  expect(remove?.startedAt).toBeLessThan(create?.endedAt ?? Infinity);
  expect(remove?.event).toMatchObject({
    RequestType: 'Delete',
    PhysicalResourceId: expect.stringMatching(/^Stack-Slow-/) as unknown,
  });
});

test('an Update that still runs when another resource fails is overtaken by the swapped Update', async () => {
  const quick = { Slow: custom({ delay: 0 }), Bad: custom({ a: 'old' }) };
  await client.deploy('CreateStack', { ...provider(), ...quick });
  const resources = { ...provider(), Slow: custom({ delay: 600_000 }), Bad: custom({ a: 'new', fail: 'Update' }) };
  expect(await client.deploy('UpdateStack', resources)).toBe('UPDATE_ROLLBACK_COMPLETE');
  const [, forward, back] = client.aws.lambda.invocations.filter(({ event }) =>
    JSON.stringify(event).includes('"LogicalResourceId":"Slow"'),
  );
  expect(back?.event).toMatchObject({ ResourceProperties: { delay: '0' }, OldResourceProperties: { delay: '600000' } });
  expect(back?.startedAt).toBeLessThan(forward?.endedAt ?? Infinity);
});

test('a cancelled update swaps an Update that still runs', async () => {
  await client.deploy('CreateStack', { ...provider(), Slow: custom({ delay: 0 }) });
  await client.begin('UpdateStack', { ...provider(), Slow: custom({ delay: 600_000 }) });
  while (kinds().length < 2) await client.aws.clock.sleep(100);
  await client.call('CancelUpdateStack', { StackName: 'Stack' });
  expect(await client.settled()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(kinds()).toEqual(['Create', 'Update', 'Update']);
});

test('a removed resource gets a Delete after all updates; a retained one gets no request', async () => {
  const retained = custom({}, { DeletionPolicy: 'Retain' });
  await client.deploy('CreateStack', { ...provider(), Gone: custom(), Kept: retained, Other: parameter(false) });
  expect(await client.deploy('UpdateStack', { ...provider(), Other: parameter(false) })).toBe('UPDATE_COMPLETE');
  expect(kinds('Gone')).toEqual(['Create', 'Delete']);
  expect(kinds('Kept')).toEqual(['Create']);
  expect(await client.delete()).toBe('DELETE_COMPLETE');
});

test('a failed Delete in the cleanup blocks no other, not even that of a dependency', async () => {
  const gone = { First: custom(), Second: custom({ fail: 'Delete', after: { Ref: 'First' } }) };
  await client.deploy('CreateStack', { ...provider(), ...gone });
  expect(await client.deploy('UpdateStack', { ...provider(), Other: parameter(false) })).toBe('UPDATE_COMPLETE');
  expect(kinds().slice(2)).toEqual(['Delete', 'Delete']);
  expect(client.history('Second').at(-1)).toMatch(/^DELETE_FAILED: .*no luck/);
  expect(client.history('First').at(-1)).toBe('DELETE_COMPLETE');
});

test('a renamed resource gets a Create, and later a Delete for the old name', async () => {
  await client.deploy('CreateStack', { ...provider(), Old: custom() });
  await client.deploy('UpdateStack', { ...provider(), New: custom() });
  expect(
    client
      .received()
      .slice(1)
      .map(({ RequestType, LogicalResourceId }) => `${RequestType} ${LogicalResourceId}`),
  ).toEqual(['Create New', 'Delete Old']);
});

test('deleting a stack deletes dependents before their dependencies', async () => {
  await client.deploy('CreateStack', { ...provider(), First: custom(), Second: custom({ after: { Ref: 'First' } }) });
  expect(await client.delete()).toBe('DELETE_COMPLETE');
  expect(
    client
      .received()
      .slice(2)
      .map(({ LogicalResourceId }) => LogicalResourceId),
  ).toEqual(['Second', 'First']);
  const events = await client.call('DescribeStacks', { StackName: client.events[0]?.StackId ?? '' });
  expect(elements(events, 'StackStatus')).toEqual(['DELETE_COMPLETE']);
});

test('a stack can be deleted while it is still being created', async () => {
  await client.begin('CreateStack', { ...provider(), Slow: custom({ delay: 600_000 }) });
  while (kinds().length < 1) await client.aws.clock.sleep(100);
  await client.call('DeleteStack', { StackName: 'Stack' });
  expect(await client.settled()).toBe('DELETE_COMPLETE');
});

test('event timestamps increase strictly', async () => {
  await client.deploy('CreateStack', { ...provider(), Thing: custom() });
  const times = client.events.map(({ Timestamp }) => Timestamp.getTime());
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
});
