import type {
  DescribeParametersCommandInput,
  GetParametersByPathCommandInput,
  Parameter,
  ParameterMetadata,
  PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { LOCALSTACK, Refused, type Row, STACKD } from '../recorded';
import { ACCOUNT, REGION, type ServicesOnTheWire } from '../services-on-the-wire';

/** The subject is a path that no other row uses. */
type SsmRow = Row<ServicesOnTheWire, string>;

const stackd = (file: string, ...cases: readonly string[]): string => `${STACKD}/ssm/${file}.json: ${cases.join(', ')}`;
const store = (...cases: readonly string[]): string => stackd('parameter_store', ...cases);
const localStack = (test: string): string => `${LOCALSTACK}/ssm/test_ssm.snapshot.json: ${test}`;

const row = (
  operation: string,
  when: string,
  subject: SsmRow['subject'],
  call: SsmRow['call'],
  answer: SsmRow['answer'],
  source: string,
): SsmRow => ({ operation, when, subject, call, answer, source });

const refused =
  (name: string, message: string | ((path: string) => string) = ''): SsmRow['answer'] =>
  (path) =>
    new Refused(name, typeof message === 'string' ? message : message(path));

let paths = 0;
const path = (): string => `/path-${++paths}`;

type Put = readonly [name: string, value: string, more?: Partial<PutParameterCommandInput>];

const write = (world: ServicesOnTheWire, at: string, [name, Value, more]: Put): Promise<object> =>
  world.ssm().putParameter({ Name: at + name, Value, Type: 'String', ...more });

/** A new path with these parameters, written one after another. */
const having =
  (...puts: readonly Put[]): SsmRow['subject'] =>
  async (world) => {
    const at = path();
    for (const put of puts) {
      await write(world, at, put);
    }
    return at;
  };

const put =
  (...input: Put): SsmRow['call'] =>
  (world, at) =>
    write(world, at, input);
const get =
  (name: string): SsmRow['call'] =>
  (world, at) =>
    world.ssm().getParameter({ Name: at + name });
const getAll =
  (...names: readonly string[]): SsmRow['call'] =>
  (world, at) =>
    world.ssm().getParameters({ Names: names.map((name) => at + name) });
const byPath =
  (input: Partial<GetParametersByPathCommandInput> = {}): SsmRow['call'] =>
  (world, at) =>
    world.ssm().getParametersByPath({ Path: at, Recursive: true, ...input });
const describe =
  (filters: (at: string) => DescribeParametersCommandInput['ParameterFilters']): SsmRow['call'] =>
  (world, at) =>
    world.ssm().describeParameters({ ParameterFilters: filters(at) });
const history =
  (input: (world: ServicesOnTheWire, at: string) => Promise<string | undefined> | undefined): SsmRow['call'] =>
  async (world, at) =>
    world.ssm().getParameterHistory({ Name: `${at}/string`, MaxResults: 1, NextToken: await input(world, at) });
const tags = (world: ServicesOnTheWire, at: string): Promise<object> =>
  world.ssm().listTagsForResource({ ResourceType: 'Parameter', ResourceId: `${at}/string` });

const arn = (name: string): string => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`;

const read = (world: ServicesOnTheWire, Name: string, Value: string, more: Partial<Parameter> = {}): Parameter => ({
  ARN: arn(Name),
  DataType: 'text',
  LastModifiedDate: new Date(world.clock.now()),
  Name,
  Type: 'String',
  Value,
  Version: 1,
  ...more,
});

const described = (
  world: ServicesOnTheWire,
  Name: string,
  more: Partial<ParameterMetadata> = {},
): ParameterMetadata => ({
  ARN: arn(Name),
  DataType: 'text',
  LastModifiedDate: new Date(world.clock.now()),
  LastModifiedUser: `arn:aws:iam::${ACCOUNT}:user/administrator`,
  Name,
  Policies: [],
  Tier: 'Standard',
  Type: 'String',
  Version: 1,
  ...more,
});

const parameter =
  (name: string, value: string, more: Partial<Parameter> = {}): SsmRow['answer'] =>
  (at, world) => ({ Parameter: read(world, at + name, value, more) });

const nothing = having();
const LIST: Put = ['/list', 'red, green,blue', { Type: 'StringList' }];
const NESTED: Put = ['/nested/string', 'fixture-nested'];
const ONE: Put = [
  '/string',
  'fixture-one',
  {
    AllowedPattern: 'fixture-.*',
    Description: 'fixture description',
    Tags: [{ Key: 'probe', Value: 'x' }],
    Tier: 'Standard',
  },
];
const TWO: Put = ['/string', 'fixture-two', { Type: undefined, Overwrite: true }];
const one = having(ONE);
const two = having(ONE, TWO);
const several = having(LIST, ONE, NESTED, TWO);
const common = { AllowedPattern: 'fixture-.*', Description: 'fixture description', Version: 2 };

const labelMissing = (label: string): SsmRow['answer'] =>
  refused(
    'ParameterVersionNotFound',
    (at) =>
      `Systems Manager could not find a version of ${at}/string that has the specified label, ${label}. Verify the parameter label and try again.`,
  );
const versionMissing = (version: string): SsmRow['answer'] =>
  refused(
    'ParameterVersionNotFound',
    (at) => `Systems Manager could not find version ${version} of ${at}/string. Verify the version and try again.`,
  );
const badSelector = refused(
  'ValidationException',
  'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
);
const badName = refused(
  'ValidationException',
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
);
const missing = refused('ParameterNotFound');
const created: SsmRow['answer'] = () => ({ Tier: 'Standard', Version: 1 });
const large = 'x'.repeat(4097);
const advanced = having(['/large', large, { Tier: 'Advanced' }]);

const writes: readonly SsmRow[] = [
  row('PutParameter', 'a new parameter', nothing, put(...ONE), created, store('create-string')),
  row(
    'PutParameter',
    'an existing parameter',
    one,
    put('/string', 'fixture-duplicate'),
    refused(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ),
    store('duplicate-string'),
  ),
  row('PutParameter', 'a list', nothing, put(...LIST), created, store('create-list')),
  row(
    'PutParameter',
    'a list with an empty element',
    nothing,
    put('/list', 'a,,b', { Type: 'StringList' }),
    created,
    store('invalid-stringlist'),
  ),
  row(
    'PutParameter',
    'an overwritten parameter',
    one,
    put('/string', 'fixture-two', { Overwrite: true }),
    () => ({ Tier: 'Standard', Version: 2 }),
    store('overwrite-string'),
  ),
  row(
    'PutParameter',
    'an overwritten parameter without a type',
    one,
    put(...TWO),
    () => ({ Tier: 'Standard', Version: 2 }),
    stackd('selector_edges', 'edge-update-string'),
  ),
  row(
    'PutParameter',
    'an overwritten parameter with tags',
    one,
    put('/string', 'fixture-three', { Overwrite: true, Tags: [{ Key: 'new', Value: 'bad' }] }),
    refused(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    ),
    store('overwrite-with-tags'),
  ),
  row(
    'PutParameter',
    'a value that violates the existing pattern',
    one,
    put('/string', 'different', { Type: undefined, Overwrite: true }),
    refused(
      'ParameterPatternMismatchException',
      'Parameter value, cannot be validated against allowedPattern: fixture-.*',
    ),
    store('overwrite-pattern-mismatch'),
  ),
  row(
    'PutParameter',
    'an invalid pattern',
    nothing,
    put('/bad-pattern', 'fixture', { AllowedPattern: '[' }),
    refused('InvalidAllowedPatternException', 'The syntax of the allowedPattern parameter is invalid.'),
    store('invalid-pattern'),
  ),
  row('PutParameter', 'a name with a space', nothing, put('/bad name', 'fixture'), badName, store('invalid-name')),
  row(
    'PutParameter',
    'a data type that does not exist',
    nothing,
    put('/bad-data-type', 'fixture', { DataType: 'bad' }),
    refused(
      'ValidationException',
      'The following data type is not supported: bad. (Data type names are all lowercase.)',
    ),
    store('invalid-data-type'),
  ),
  row(
    'PutParameter',
    'a type that does not exist',
    nothing,
    (world, at) =>
      world.ssm().putParameter(JSON.parse(`{"Name":"${at}","Value":"x","Type":"BadType"}`) as PutParameterCommandInput),
    refused(
      'ValidationException',
      "1 validation error detected: Value 'BadType' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]",
    ),
    store('invalid-type'),
  ),
  row(
    'PutParameter',
    'an empty value',
    nothing,
    put('/empty', ''),
    refused(
      'ValidationException',
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    stackd('empty_value', 'empty-value-create'),
  ),
  row(
    'PutParameter',
    'a reference to another parameter',
    nothing,
    put('/template', '{{ssm:fixture}}'),
    refused(
      'ValidationException',
      "Parameter value: '{{ssm:fixture}}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
    ),
    store('invalid-template-value'),
  ),
  row(
    'PutParameter',
    '4097 characters in the Standard tier',
    nothing,
    put('/large', large, { Tier: 'Standard' }),
    refused(
      'ValidationException',
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    ),
    store('standard-too-large'),
  ),
  row(
    'PutParameter',
    '4097 characters in the Advanced tier',
    nothing,
    put('/large', large, { Tier: 'Advanced' }),
    () => ({ Tier: 'Advanced', Version: 1 }),
    store('advanced-large'),
  ),
  row(
    'PutParameter',
    'the Standard tier for an advanced parameter',
    advanced,
    put('/large', 'short', { Tier: 'Standard', Overwrite: true }),
    refused(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
    ),
    store('advanced-downgrade'),
  ),
  row(
    'PutParameter',
    'the Advanced tier for a standard parameter',
    two,
    put('/string', 'fixture-promoted', { Type: undefined, Tier: 'Advanced', Overwrite: true }),
    () => ({ Tier: 'Advanced', Version: 3 }),
    store('promote-standard'),
  ),
  row(
    'PutParameter',
    'a list in place of a string',
    having(NESTED),
    put('/nested/string', 'fixture-a,fixture-b', { Type: 'StringList', Overwrite: true }),
    () => ({ Tier: 'Standard', Version: 2 }),
    store('string-to-list'),
  ),
  row(
    'DeleteParameters',
    'two existing parameters and a missing one',
    several,
    (world, at) => world.ssm().deleteParameters({ Names: [`${at}/list`, `${at}/nested/string`, `${at}/missing`] }),
    (at) => ({
      DeletedParameters: [`${at}/list`, `${at}/nested/string`],
      InvalidParameters: [`${at}/missing`],
    }),
    store('delete-batch'),
  ),
  row(
    'GetParameter',
    'a deleted parameter',
    having(LIST),
    async (world, at) => {
      await world.ssm().deleteParameters({ Names: [`${at}/list`] });
      return world.ssm().getParameter({ Name: `${at}/list` });
    },
    missing,
    store('verify-batch-deleted-list'),
  ),
  row(
    'DeleteParameter',
    'an existing parameter',
    having(LIST),
    (world, at) => world.ssm().deleteParameter({ Name: `${at}/list` }),
    () => ({}),
    stackd('write_edges', 'cleanup-parameter'),
  ),
  row(
    'DeleteParameter',
    'a missing parameter',
    nothing,
    (world, at) => world.ssm().deleteParameter({ Name: `${at}/missing` }),
    missing,
    store('delete-missing'),
  ),
];

const reads: readonly SsmRow[] = [
  row('GetParameter', 'a missing parameter', nothing, get('/missing'), missing, store('get-missing')),
  row('GetParameter', 'a name', one, get('/string'), parameter('/string', 'fixture-one'), store('get-string')),
  row(
    'GetParameter',
    'an ARN',
    one,
    (world, at) => world.ssm().getParameter({ Name: arn(`${at}/string`) }),
    parameter('/string', 'fixture-one'),
    store('get-string-arn'),
  ),
  row(
    'GetParameter',
    'a list',
    having(LIST),
    get('/list'),
    parameter('/list', 'red, green,blue', { Type: 'StringList' }),
    store('get-list'),
  ),
  row(
    'GetParameter',
    'a list in place of a string',
    having(NESTED, ['/nested/string', 'fixture-a,fixture-b', { Type: 'StringList', Overwrite: true }]),
    get('/nested/string'),
    parameter('/nested/string', 'fixture-a,fixture-b', { Type: 'StringList', Version: 2 }),
    store('get-string-to-list'),
  ),
  row(
    'GetParameter',
    'the first version',
    two,
    get('/string:1'),
    parameter('/string', 'fixture-one', { Selector: ':1' }),
    store('selector:1'),
  ),
  row(
    'GetParameter',
    'the second version',
    two,
    get('/string:2'),
    parameter('/string', 'fixture-two', { Selector: ':2', Version: 2 }),
    store('selector:2'),
  ),
  row(
    'GetParameter',
    'the first version with a leading zero',
    two,
    get('/string:01'),
    parameter('/string', 'fixture-one', { Selector: ':01' }),
    stackd('selector_edges', 'edge-selector:01'),
  ),
  row('GetParameter', 'version 99', two, get('/string:99'), versionMissing('99'), store('selector:99')),
  row('GetParameter', 'version 0', two, get('/string:0'), versionMissing('0'), store('selector:0')),
  row(
    'GetParameter',
    'version 2147483648',
    two,
    get('/string:2147483648'),
    versionMissing('2147483648'),
    stackd('selector_edges', 'edge-selector:2147483648'),
  ),
  row(
    'GetParameter',
    'a label that does not exist',
    two,
    get('/string:missing'),
    labelMissing('missing'),
    store('selector:missing'),
  ),
  row('GetParameter', 'the label -1', two, get('/string:-1'), labelMissing('-1'), store('selector:-1')),
  row('GetParameter', 'two versions', two, get('/string:1:2'), badSelector, store('selector:1:2')),
  row(
    'GetParameter',
    'a colon without a version',
    two,
    get('/string:'),
    badSelector,
    stackd('selector_edges', 'edge-selector:'),
  ),
  row('GetParameter', 'a name with a space', nothing, get('/bad name'), badName, store('preflight-invalid-name')),
  row(
    'GetParameter',
    'a path that does not begin with a slash',
    nothing,
    (world) => world.ssm().getParameter({ Name: 'path/b/c' }),
    badName,
    localStack('test_hierarchical_parameter'),
  ),
  row(
    'GetParameter',
    'a path with an empty level',
    nothing,
    get('//b'),
    badName,
    localStack('test_hierarchical_parameter'),
  ),
  row(
    'GetParameter',
    'with a leading slash that the writer left out',
    async (world) => {
      const name = path().slice(1);
      await world.ssm().putParameter({ Name: name, Value: 'fixture-bare', Type: 'String' });
      return `/${name}`;
    },
    get(''),
    parameter('', 'fixture-bare'),
    stackd('selector_edges', 'edge-get-bare-leading-slash'),
  ),
  row(
    'GetParameters',
    'with and without the leading slash',
    async (world) => {
      const name = path().slice(1);
      await world.ssm().putParameter({ Name: name, Value: 'fixture-bare', Type: 'String' });
      return name;
    },
    (world, name) => world.ssm().getParameters({ Names: [`/${name}`, name] }),
    (name, world) => ({
      InvalidParameters: [],
      Parameters: [read(world, `/${name}`, 'fixture-bare'), read(world, `/${name}`, 'fixture-bare', { Name: name })],
    }),
    stackd('selector_edges', 'edge-batch-bare-aliases'),
  ),
  row(
    'DescribeParameters',
    'a name without a slash',
    async (world) => {
      const name = path().slice(1);
      await world.ssm().putParameter({ Name: name, Value: 'fixture-bare', Type: 'String' });
      return name;
    },
    describe((name) => [{ Key: 'Name', Values: [name] }]),
    (name, world) => ({ Parameters: [described(world, `/${name}`, { Name: name })] }),
    stackd('selector_edges', 'edge-describe-bare'),
  ),
  row(
    'GetParameters',
    'several names, some with versions',
    several,
    getAll('/string:1', '/list', '/string', '/list', '/missing', '/string:99'),
    (at, world) => ({
      InvalidParameters: [`${at}/missing`, `${at}/string:99`],
      Parameters: [
        read(world, `${at}/list`, 'red, green,blue', { Type: 'StringList' }),
        read(world, `${at}/string`, 'fixture-one', { Selector: ':1' }),
        read(world, `${at}/string`, 'fixture-two', { Version: 2 }),
      ],
    }),
    store('get-batch'),
  ),
  row(
    'GetParameters',
    'only missing names',
    two,
    getAll('/z-missing', '/a-missing', '/z-missing', '/string:no-label', '/string:999'),
    (at) => ({
      InvalidParameters: ['/a-missing', '/string:999', '/string:no-label', '/z-missing'].map((name) => at + name),
      Parameters: [],
    }),
    stackd('selector_edges', 'edge-batch-invalid-order'),
  ),
  row(
    'GetParametersByPath',
    'one level',
    several,
    byPath({ Recursive: false, MaxResults: 2 }),
    (at, world) => ({
      Parameters: [
        read(world, `${at}/list`, 'red, green,blue', { Type: 'StringList' }),
        read(world, `${at}/string`, 'fixture-two', { Version: 2 }),
      ],
    }),
    store('path-shallow-0'),
  ),
  row(
    'GetParametersByPath',
    'parameters of type String',
    several,
    byPath({ ParameterFilters: [{ Key: 'Type', Option: 'Equals', Values: ['String'] }] }),
    (at, world) => ({
      Parameters: [
        read(world, `${at}/nested/string`, 'fixture-nested'),
        read(world, `${at}/string`, 'fixture-two', { Version: 2 }),
      ],
    }),
    store('path-filter-type'),
  ),
  row(
    'GetParametersByPath',
    'a filter by name',
    several,
    byPath({ ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/string'] }] }),
    refused(
      'InvalidFilterKey',
      'The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId, Label].',
    ),
    store('path-filter-invalid-key'),
  ),
  row(
    'GetParametersByPath',
    'a filter by a part of the type',
    several,
    byPath({ ParameterFilters: [{ Key: 'Type', Option: 'Contains', Values: ['String'] }] }),
    refused(
      'InvalidFilterOption',
      'The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals].',
    ),
    store('path-filter-invalid-option'),
  ),
  row(
    'GetParametersByPath',
    'an invalid token',
    several,
    byPath({ NextToken: 'fixture-invalid-token' }),
    refused('InvalidNextToken', 'The following token is invalid: fixture-invalid-token.'),
    store('path-invalid-token'),
  ),
  row(
    'GetParameterHistory',
    'the last of two pages',
    two,
    history(async (world, at) => {
      const first = await world.ssm().getParameterHistory({ Name: `${at}/string`, MaxResults: 1 });
      return first.NextToken;
    }),
    (at, world) => {
      const { ARN, ...rest } = described(world, `${at}/string`, common);
      return { Parameters: ARN === undefined ? [] : [{ ...rest, Value: 'fixture-two', Labels: [] }] };
    },
    store('history-1'),
  ),
  row(
    'DescribeParameters',
    'a name prefix and a tag',
    several,
    describe((at) => [
      { Key: 'Name', Option: 'BeginsWith', Values: [`${at}/`] },
      { Key: 'tag:probe', Values: ['x'] },
    ]),
    (at, world) => ({ Parameters: [described(world, `${at}/string`, common)] }),
    store('describe-tag-filter'),
  ),
  row(
    'DescribeParameters',
    'one level below a path',
    several,
    describe((at) => [{ Key: 'Path', Values: [at] }]),
    (at, world) => ({
      Parameters: [described(world, `${at}/list`, { Type: 'StringList' }), described(world, `${at}/string`, common)],
    }),
    store('describe-path-default'),
  ),
  row(
    'DescribeParameters',
    'all below a path',
    several,
    describe((at) => [{ Key: 'Path', Option: 'Recursive', Values: [at] }]),
    (at, world) => ({
      Parameters: [
        described(world, `${at}/list`, { Type: 'StringList' }),
        described(world, `${at}/nested/string`),
        described(world, `${at}/string`, common),
      ],
    }),
    store('describe-path-recursive'),
  ),
  row(
    'DescribeParameters',
    'a legacy filter by name, which matches prefixes',
    having(['/nested/string', 'x'], ['/nested/string-2', 'x'], ['/other', 'x']),
    (world, at) => world.ssm().describeParameters({ Filters: [{ Key: 'Name', Values: [`${at}/nested`] }] }),
    (at, world) => ({
      Parameters: [described(world, `${at}/nested/string`), described(world, `${at}/nested/string-2`)],
    }),
    store('describe-legacy-prefix'),
  ),
  row(
    'DescribeParameters',
    'an advanced parameter',
    advanced,
    describe((at) => [{ Key: 'Name', Values: [`${at}/large`] }]),
    (at, world) => ({ Parameters: [described(world, `${at}/large`, { Tier: 'Advanced' })] }),
    store('describe-after-overwrites'),
  ),
  ...['Type', 'KeyId'].map((Key) =>
    row(
      'DescribeParameters',
      `a filter by ${Key} without values`,
      several,
      describe((at) => [{ Key: 'Name', Option: 'BeginsWith', Values: [`${at}/`] }, { Key }]),
      refused('InvalidFilterValue', `The following filter values are missing : null for filter key ${Key}.`),
      store(`describe-${Key === 'Type' ? 'type' : 'key'}-no-values`),
    ),
  ),
];

const resource = (at: string): { ResourceType: 'Parameter'; ResourceId: string } => ({
  ResourceType: 'Parameter',
  ResourceId: `${at}/string`,
});

const tagging: readonly SsmRow[] = [
  row(
    'AddTagsToResource',
    'tags, one of them empty',
    one,
    (world, at) =>
      world.ssm().addTagsToResource({
        ...resource(at),
        Tags: [
          { Key: 'env', Value: 'one' },
          { Key: 'empty', Value: '' },
        ],
      }),
    () => ({}),
    store('add-tags'),
  ),
  row(
    'ListTagsForResource',
    'tags that were added and replaced',
    one,
    async (world, at) => {
      const added = [
        { Key: 'env', Value: 'one' },
        { Key: 'empty', Value: '' },
      ];
      await world.ssm().addTagsToResource({ ...resource(at), Tags: added });
      await world.ssm().addTagsToResource({ ...resource(at), Tags: [{ Key: 'env', Value: 'two' }] });
      return tags(world, at);
    },
    () => ({
      TagList: [
        { Key: 'probe', Value: 'x' },
        { Key: 'env', Value: 'two' },
        { Key: 'empty', Value: '' },
      ],
    }),
    store('list-tags'),
  ),
  row(
    'RemoveTagsFromResource',
    'a tag that does not exist',
    one,
    (world, at) => world.ssm().removeTagsFromResource({ ...resource(at), TagKeys: ['probe', 'absent'] }),
    () => ({}),
    store('remove-tags'),
  ),
  row(
    'ListTagsForResource',
    'tags after one was removed',
    one,
    async (world, at) => {
      await world.ssm().addTagsToResource({ ...resource(at), Tags: [{ Key: 'env', Value: 'two' }] });
      await world.ssm().removeTagsFromResource({ ...resource(at), TagKeys: ['probe', 'absent'] });
      return tags(world, at);
    },
    () => ({ TagList: [{ Key: 'env', Value: 'two' }] }),
    store('list-tags-after-remove'),
  ),
  row(
    'ListTagsForResource',
    'a parameter that does not exist',
    nothing,
    tags,
    refused('InvalidResourceId'),
    store('tags-missing'),
  ),
];

/** Recorded responses of Parameter Store. */
export const RECORDED: readonly SsmRow[] = [...writes, ...reads, ...tagging];
