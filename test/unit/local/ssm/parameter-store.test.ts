/** Parameter Store beyond what the recordings cover, and the settings for tests. */
import type { GetParametersByPathCommandInput, Parameter, PutParameterCommandInput, SSM } from '@aws-sdk/client-ssm';
import { MINUTE, OTHER_REGION, refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let ssm: SSM;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  ssm = wire.ssm();
});

afterAll(() => wire.stop());

beforeEach(() => {
  const { parameterStore } = wire;
  parameterStore.list(REGION, '/').forEach(({ name }) => {
    parameterStore.delete(REGION, name);
  });
  Object.assign(parameterStore, {
    readLag: 0,
    longestPage: 10,
    defaultTier: 'Standard',
    supportsTiers: true,
    secondCreator: undefined,
  });
});

const put = (
  Name: string,
  Value: string,
  more: Partial<PutParameterCommandInput> = {},
): Promise<{ Version?: number; Tier?: string }> => ssm.putParameter({ Name, Value, Type: 'String', ...more });

const get = async (Name: string): Promise<Parameter | undefined> => (await ssm.getParameter({ Name })).Parameter;

describe('of several creators', () => {
  test('one wins', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, writer) => put('/a', String(writer))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('two can win: each gets its version, and the later value stays', async () => {
    wire.parameterStore.secondCreator = { within: MINUTE, version: 2 };
    expect(await put('/a', 'first')).toMatchObject({ Version: 1 });
    wire.clock.pass(MINUTE);
    expect(await put('/a', 'second')).toMatchObject({ Version: 2 });
    expect(await get('/a')).toMatchObject({ Value: 'second', Version: 2 });
    wire.clock.pass(MINUTE + 1);
    expect(await refusal(put('/a', 'third'))).toMatchObject({ name: 'ParameterAlreadyExists' });
  });

  test('two can both get version 1', async () => {
    wire.parameterStore.secondCreator = { within: MINUTE, version: 1 };
    expect(await put('/a', 'first')).toMatchObject({ Version: 1 });
    expect(await put('/a', 'second')).toMatchObject({ Version: 1 });
  });
});

test.each<[string, string, string, Partial<PutParameterCommandInput>, string]>([
  ['a value beyond 4 KB, counted in bytes', '/a', 'ä'.repeat(2049), {}, 'ValidationException'],
  ['a new parameter without a type', '/a', 'x', { Type: undefined }, 'ValidationException'],
  ['an unsupported type', '/a', 'x', { Type: 'SecureString' }, 'ValidationException'],
  ['a path without its slash', 'a/b', 'x', {}, 'ValidationException'],
  ['a reserved name', '/ssm/a', 'x', {}, 'ValidationException'],
  ['a name of AWS', '/aws/a', 'x', {}, 'AccessDeniedException'],
  ['more than 15 levels', '/a'.repeat(16), 'x', {}, 'HierarchyLevelLimitExceededException'],
])('refuses %s', async (_, name, value, more, code) => {
  expect(await refusal(put(name, value, more))).toMatchObject({ name: code });
});

test.each([
  ['JSON with nested objects', JSON.stringify({ a: { b: { c: {} } } })],
  ['exactly 4 KB', 'x'.repeat(4096)],
])('%s is a value like any other', async (_, value) => {
  await put('/a', value);
  expect(await get('/a')).toMatchObject({ Value: value });
});

test('with and without the leading slash, it is one parameter', async () => {
  await put('/a', 'one');
  expect(await refusal(put('a', 'two'))).toMatchObject({ name: 'ParameterAlreadyExists' });
  expect(await put('a', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect(await get('/a')).toMatchObject({ Name: '/a', Value: 'two' });
});

describe('the tier', () => {
  test('of a new parameter is the default of the account', async () => {
    wire.parameterStore.defaultTier = 'Advanced';
    expect(await put('/a', 'x')).toMatchObject({ Tier: 'Advanced' });
    expect(await put('/b', 'x', { Tier: 'Standard' })).toMatchObject({ Tier: 'Standard' });
  });

  test('is Advanced only if needed under Intelligent-Tiering', async () => {
    wire.parameterStore.defaultTier = 'Intelligent-Tiering';
    expect(await put('/a', 'x')).toMatchObject({ Tier: 'Standard' });
    expect(await put('/b', 'x'.repeat(4097))).toMatchObject({ Tier: 'Advanced' });
  });

  test('is refused in a partition without tiers', async () => {
    wire.parameterStore.supportsTiers = false;
    expect(await refusal(put('/a', 'x', { Tier: 'Standard' }))).toMatchObject({ name: 'ValidationException' });
    expect((await put('/a', 'x')).Tier).toBeUndefined();
  });
});

describe('a path', () => {
  const names = async (input: Partial<GetParametersByPathCommandInput>): Promise<string[][]> => {
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const answer = await ssm.getParametersByPath({ Path: '/ledger', Recursive: true, ...input, NextToken });
      pages.push((answer.Parameters ?? []).map(({ Name }) => Name ?? ''));
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    return pages;
  };

  const below = [...Array.from({ length: 13 }, (_, index) => `/ledger/key/${index + 10}`), '/ledger/top'];

  beforeEach(() => {
    ['/ledgers', ...below].forEach((name) => {
      wire.parameterStore.put(REGION, name, 'x');
    });
  });

  test('holds what is below it, in pages of ten', async () => {
    const pages = await names({});
    expect(pages.map(({ length }) => length)).toEqual([10, 4]);
    expect(pages.flat()).toEqual(below);
  });

  test('can have shorter pages, requested or not', async () => {
    expect((await names({ MaxResults: 5 })).map(({ length }) => length)).toEqual([5, 5, 4]);
    wire.parameterStore.longestPage = 7;
    expect((await names({})).map(({ length }) => length)).toEqual([7, 7]);
  });

  test('refuses pages of more than ten', async () => {
    expect(await refusal(names({ MaxResults: 11 }))).toMatchObject({ name: 'ValidationException' });
  });
});

test('each Region has its own parameters, and the version of the bootstrap stack', async () => {
  await put('/a', '1');
  const elsewhere = wire.ssm(OTHER_REGION);
  expect(await refusal(elsewhere.getParameter({ Name: '/a' }))).toMatchObject({ name: 'ParameterNotFound' });
  const { Parameter: version } = await elsewhere.getParameter({ Name: '/cdk-bootstrap/hnb659fds/version' });
  expect(version?.Value).toBe('33');
});

describe('reads that lag', () => {
  test('lag while writes see the present', async () => {
    wire.parameterStore.readLag = 600_000;
    await put('/lagging', '1');
    wire.clock.pass(599_999);
    expect(await refusal(get('/lagging'))).toMatchObject({ name: 'ParameterNotFound' });
    expect(await refusal(put('/lagging', '2'))).toMatchObject({ name: 'ParameterAlreadyExists' });
    wire.clock.pass(1);
    await put('/lagging', '2', { Overwrite: true });
    expect(await get('/lagging')).toMatchObject({ Value: '1', Version: 1 });
    expect(wire.parameterStore.get(REGION, '/lagging')).toBe('2');
  });

  test('can lag for some parameters and operations only', async () => {
    wire.parameterStore.readLag = (operation, name): number =>
      operation === 'GetParametersByPath' && name === '/x/a' ? 1000 : 0;
    await put('/x/a', '1');
    await put('/x/b', '1');
    expect((await ssm.getParametersByPath({ Path: '/x' })).Parameters).toMatchObject([{ Name: '/x/b' }]);
    expect(await get('/x/a')).toMatchObject({ Value: '1' });
  });
});

test('an unsupported operation is refused by name', async () => {
  expect(await refusal(ssm.listDocuments({}))).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('ListDocuments') as string,
  });
});
