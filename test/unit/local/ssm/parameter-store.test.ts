import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type Parameter,
  PutParameterCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { ACCOUNT, ServicesOnTheWire, OTHER_REGION, refusal, REGION } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let ssm: SSMClient;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
  ssm = wire.ssm();
});

afterEach(() => wire.stop());

const put = (
  Name: string,
  Value: string,
  more: Partial<PutParameterCommandInput> = { Type: 'String' },
): Promise<unknown> => ssm.send(new PutParameterCommand({ Name, Value, ...more }));

const get = async (Name: string): Promise<Parameter | undefined> =>
  (await ssm.send(new GetParameterCommand({ Name }))).Parameter;

const NOT_FOUND = { name: 'ParameterNotFound', message: '' };

test('a parameter is put, read by name, by ARN and by version, overwritten and deleted', async () => {
  const ARN = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/a/b`;
  expect(await put('/a/b', 'one')).toMatchObject({ Version: 1 });
  const one = {
    Name: '/a/b',
    Type: 'String',
    Value: 'one',
    Version: 1,
    LastModifiedDate: new Date(wire.clock.now()),
    ARN,
    DataType: 'text',
  };
  expect(await get('/a/b')).toEqual(one);
  expect(await get(ARN)).toEqual(one);
  expect(await get('/a/b:1')).toEqual({ ...one, Selector: ':1' });

  expect(await put('/a/b', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect(await get('/a/b')).toMatchObject({ Value: 'two', Version: 2 });
  await ssm.send(new DeleteParameterCommand({ Name: '/a/b' }));
  expect(await refusal(get('/a/b'))).toEqual(NOT_FOUND);
});

test('of writers at once, without Overwrite, one wins', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, writer) => put('/a', String(writer))));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await refusal(put('/a', 'late'))).toEqual({
    name: 'ParameterAlreadyExists',
    message: 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  });
});

test.each<[string, string, string, Partial<PutParameterCommandInput>]>([
  ['an empty value', '/a', '', { Type: 'String' }],
  ['a value beyond 4 KB', '/a', 'ä'.repeat(2049), { Type: 'String' }],
  ['a reference to another parameter', '/a', '{"x":"{{ssm:b}}"}', { Type: 'String' }],
  ['a new parameter without a type', '/a', 'x', {}],
  ['a type that is not played', '/a', 'x', { Type: 'SecureString' }],
  ['a path without its slash', 'a/b', 'x', { Type: 'String' }],
  ['a character that no name has', '/a b', 'x', { Type: 'String' }],
  ['a reserved name', '/ssm/a', 'x', { Type: 'String' }],
  ['tags on an overwrite', '/a', 'x', { Type: 'String', Overwrite: true, Tags: [{ Key: 'k', Value: 'v' }] }],
])('refuses %s', async (_, name, value, more) => {
  expect(await refusal(put(name, value, more))).toMatchObject({ name: 'ValidationException' });
});

test('JSON with nested objects is a value like any other', async () => {
  const value = JSON.stringify({ a: { b: { c: {} } } });
  await put('/a', value);
  expect(await get('/a')).toMatchObject({ Value: value });
});

test('a value of exactly 4 KB fits', async () => {
  await put('/a', 'x'.repeat(4096));
  expect((await get('/a'))?.Value).toHaveLength(4096);
});

describe('a path', () => {
  const names = async (input: object): Promise<string[][]> => {
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const answer = await ssm.send(
        new GetParametersByPathCommand({ Path: '/ledger', Recursive: true, ...input, NextToken }),
      );
      pages.push((answer.Parameters ?? []).map(({ Name }) => Name ?? ''));
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    return pages;
  };

  beforeEach(async () => {
    for (let index = 10; index < 23; index++) {
      await put(`/ledger/key/${index}`, 'x');
    }
    await put('/ledgers', 'x');
    await put('/ledger/top', 'x');
  });

  test('holds what is below it, in pages of ten', async () => {
    const pages = await names({});
    expect(pages.map(({ length }) => length)).toEqual([10, 4]);
    expect(pages.flat()).toEqual([
      ...Array.from({ length: 13 }, (_, index) => `/ledger/key/${index + 10}`),
      '/ledger/top',
    ]);
  });

  test('gives shorter pages when asked for, or when it likes', async () => {
    expect((await names({ MaxResults: 5 })).map(({ length }) => length)).toEqual([5, 5, 4]);
    wire.parameterStore.longestPage = 7;
    expect((await names({})).map(({ length }) => length)).toEqual([7, 7]);
  });

  test('without Recursive holds its own level only', async () => {
    expect(await names({ Recursive: false })).toEqual([['/ledger/top']]);
  });

  test('refuses more than ten at once, and tokens of another’s', async () => {
    expect(await refusal(names({ MaxResults: 11 }))).toMatchObject({ name: 'ValidationException' });
    const call = ssm.send(new GetParametersByPathCommand({ Path: '/ledger', NextToken: 'nonsense' }));
    expect(await refusal(call)).toMatchObject({ name: 'InvalidNextToken' });
  });
});

test('several are read and deleted at once; what is not there is named', async () => {
  await put('/a', '1');
  await put('b', '2');
  const Names = ['/a', 'b', '/c'];
  const read = await ssm.send(new GetParametersCommand({ Names }));
  expect(read.Parameters?.map(({ Value }) => Value)).toEqual(['1', '2']);
  expect(read.InvalidParameters).toEqual(['/c']);
  const deleted = await ssm.send(new DeleteParametersCommand({ Names }));
  expect(deleted).toMatchObject({ DeletedParameters: ['/a', 'b'], InvalidParameters: ['/c'] });
});

test('each Region has its own, and the version of the bootstrap stack', async () => {
  await put('/a', '1');
  const elsewhere = wire.ssm(OTHER_REGION);
  expect(await refusal(elsewhere.send(new GetParameterCommand({ Name: '/a' })))).toEqual(NOT_FOUND);
  const { Parameter: version } = await elsewhere.send(
    new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }),
  );
  expect(version?.Value).toBe('33');
});

test('descriptions and tags are told, values are not', async () => {
  await put('/a', '1', { Type: 'String', Description: 'mine', Tags: [{ Key: 'k', Value: 'v' }] });
  await ssm.send(
    new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: '/a', Tags: [{ Key: 'l', Value: 'w' }] }),
  );
  const { TagList } = await ssm.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: '/a' }));
  expect(TagList).toEqual([
    { Key: 'k', Value: 'v' },
    { Key: 'l', Value: 'w' },
  ]);
  const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
  expect(Parameters).toContainEqual(expect.objectContaining({ Name: '/a', Description: 'mine', Version: 1 }));
  expect(JSON.stringify(Parameters)).not.toContain('"Value"');
});

test('reads can lag, while a write knows the present', async () => {
  wire.parameterStore.readLag = 1000;
  await put('/a', '1');
  expect(await refusal(get('/a'))).toEqual(NOT_FOUND);
  expect(await refusal(put('/a', '2'))).toMatchObject({ name: 'ParameterAlreadyExists' });
  wire.clock.pass(1000);
  await put('/a', '2', { Overwrite: true });
  expect(await get('/a')).toMatchObject({ Value: '1' });
  expect(wire.parameterStore.get(REGION, '/a')).toBe('2');
});
