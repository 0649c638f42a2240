import { parameterName, parse, serialize } from '../../../lambda/ledger-record';
import { KEY_ID, record } from './situations';

const PATH = `/on-demand-key-rotation/${KEY_ID}`;
const valueOf = (state: 'refused' | 'rotated' | 'claimed' | 'requested' | 'baseline', more = {}) => {
  const { number, ...value } = record(2, state, more);
  expect(number).toBe(2);
  return serialize(value);
};
const parameter = (name: string, value = valueOf('refused')) => ({
  name: `${PATH}/${name}`,
  value,
  version: 1,
});
const read = (...parameters: ReturnType<typeof parameter>[]) => parse(KEY_ID, parameters);

test('the parameter of a record is named by its key and its number', () => {
  expect(parameterName(KEY_ID, 12)).toBe(`${PATH}/12`);
});

test('a claim is read with the materials before it', () => {
  const { records } = read(parameter('1', valueOf('claimed', { materialsBefore: ['a', 'b'] })));
  expect(records).toMatchObject([{ state: 'claimed', materialsBefore: ['a', 'b'] }]);
});

test('a record is read with the claim that it ends', () => {
  expect(read(parameter('2', valueOf('rotated', { ends: 1 }))).records).toMatchObject([{ state: 'rotated', ends: 1 }]);
});

test('orders records by number, not by name', () => {
  const { records, last, damage } = read(parameter('10'), parameter('9'), parameter('1'));
  expect(records.map(({ number }) => number)).toEqual([1, 9, 10]);
  expect([last, damage]).toEqual([10, []]);
});

test.each(['01', '0', '-1', '1.0', '1e3', 'x', '1/x', '1/2', ' 1', '1234567890'])(
  'a parameter named %j is a stray, and hides no record',
  (name) => {
    const { records, damage, last } = read(parameter('1'), parameter(name));
    expect(records.map(({ number }) => number)).toEqual([1]);
    expect(damage).toEqual([{ kind: 'stray', parameter: `${PATH}/${name}` }]);
    expect(last).toBe(1);
  },
);

test('a parameter of another ledger is a stray', () => {
  const name = '/on-demand-key-rotation/other/1';
  expect(parse(KEY_ID, [{ name, value: valueOf('refused'), version: 1 }]).damage).toEqual([
    { kind: 'stray', parameter: name },
  ]);
});

test.each<[string, string]>([
  ['invalid JSON', 'rotated'],
  ['null', 'null'],
  ['a string', '"rotated"'],
  ['another state', valueOf('rotated', { state: 'done' })],
  ['no token', valueOf('rotated', { token: undefined })],
  ['no date', valueOf('rotated', { recordedAt: 'yesterday' })],
  ['a number as its date', valueOf('rotated', { recordedAt: 2026 as unknown as string })],
  ['a string as the number of the claim that it ends', valueOf('rotated', { ends: '1' })],
  ['a claim without the materials before', valueOf('claimed', { materialsBefore: undefined })],
  ['a claim with numbers as materials', valueOf('claimed', { materialsBefore: [1] })],
  ['a request without its claim', valueOf('requested', { claim: undefined })],
])('a value with %s is unreadable, and its number is taken', (_, value) => {
  expect(read(parameter('1', value))).toEqual({
    records: [],
    damage: [{ kind: 'unreadable', parameter: `${PATH}/1` }],
    last: 1,
  });
});

test.each([2, 0, undefined])('a record of version %s was changed', (version) => {
  expect(parse(KEY_ID, [{ ...parameter('1'), version }])).toMatchObject({
    records: [],
    damage: [{ kind: 'changed', parameter: `${PATH}/1` }],
    last: 1,
  });
});

test.each(['baseline', 'claimed', 'requested', 'rotated', 'refused'] as const)(
  'a %s record is read back unchanged',
  (state) => {
    expect(read(parameter('2', valueOf(state))).records).toEqual([record(2, state)]);
  },
);

test('the replacement that failures suggest for a lost record is a record', () => {
  const { records, damage } = read(
    parameter('1', '{"state":"refused","token":"(lost)","recordedAt":"1970-01-01T00:00:00Z"}'),
  );
  expect([records.length, damage]).toEqual([1, []]);
});

test('a token that looks like a reference to a parameter is escaped, and read back unchanged', () => {
  const value = valueOf('claimed', { token: '{{ssm:secret}}' });
  expect(value).not.toContain('{{');
  expect(read(parameter('1', value)).records[0]?.token).toBe('{{ssm:secret}}');
});
