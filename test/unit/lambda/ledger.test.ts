import {
  type Attempt,
  type Entry,
  type State,
  attributesOf,
  knownRotations,
  merge,
  missingNumber,
  openAttempt,
  parse,
  serialize,
  spending,
} from '../../../lambda/ledger';

const entry = (state: State, token = 'A', more: Partial<Entry> = {}): Entry => ({
  state,
  token,
  keyArn: 'arn',
  startedAt: '2026-11-22T12:00:00.000Z',
  updatedAt: '2026-11-22T12:00:00.000Z',
  stackId: 'stack',
  logicalResourceId: 'Rotation',
  requestId: 'request',
  invocation: 'invocation',
  keyMaterialBefore: 'before',
  onDemandRotationsBefore: 0,
  ...more,
});

const ledger = (...entries: Entry[]): Attempt[] => entries.map((each, i) => ({ number: i + 1, entry: each }));

describe('reading', () => {
  test('orders attempts by number, not by name', () => {
    const parameters = [10, 9, 1].map((n) => ({
      name: `/on-demand-key-rotation/k/${n}`,
      value: serialize(entry('refused')),
    }));
    expect(parse(parameters).ledger.map(({ number }) => number)).toEqual([1, 9, 10]);
  });

  test.each([
    ['no JSON', 'rotated'],
    ['null', 'null'],
    ['another state', JSON.stringify({ ...entry('rotated'), state: 'done' })],
    ['no token', JSON.stringify({ ...entry('rotated'), token: undefined })],
    ['no date', JSON.stringify({ ...entry('rotated'), startedAt: 'yesterday' })],
  ])('does not pass over what may have been an attempt: %s', (_, value) => {
    const name = '/on-demand-key-rotation/k/1';
    expect(parse([{ name, value }])).toEqual({ ledger: [], unreadable: [name] });
  });

  test('a token that looks like a reference to a parameter is written without one, and read back whole', () => {
    const value = serialize(entry('claimed', '{{ssm:secret}}'));
    expect(value).not.toContain('{{');
    expect(parse([{ name: '/k/1', value }]).ledger[0]?.entry.token).toBe('{{ssm:secret}}');
  });
});

describe('what is known', () => {
  test.each<[State, State, State]>([
    ['rotated', 'claimed', 'rotated'],
    ['claimed', 'requested', 'requested'],
    ['requested', 'claimed', 'requested'],
    ['refused', 'claimed', 'refused'],
  ])('of %s known and %s read, %s stays', (known, read, furthest) => {
    expect(merge(ledger(entry(known)), ledger(entry(read)))[0]?.entry.state).toBe(furthest);
  });

  test('does not shrink when a read lacks an attempt', () => {
    expect(merge(ledger(entry('rotated'), entry('claimed', 'B')), ledger(entry('rotated')))).toHaveLength(2);
  });

  test('a number that is not read, though a later one is or though it is known to be taken, is missing', () => {
    const [first, , third] = ledger(entry('rotated'), entry('rotated'), entry('rotated'));
    expect(missingNumber(first && third ? [first, third] : [], 3)).toBe(2);
    expect(missingNumber(ledger(entry('rotated')), 2)).toBe(2);
    expect(missingNumber(ledger(entry('rotated')), 1)).toBeUndefined();
    expect(missingNumber([], 0)).toBeUndefined();
  });
});

describe('what it says', () => {
  test.each<[State, boolean]>([
    ['rotated', true],
    ['baseline', true],
    ['claimed', false],
    ['requested', false],
    ['refused', false],
  ])('a token with an attempt that is %s is spent: %s', (state, isSpent) => {
    expect(spending(ledger(entry('refused'), entry(state)), 'A') !== undefined).toBe(isSpent);
    expect(spending(ledger(entry(state)), 'B')).toBeUndefined();
  });

  test('the last attempt excludes all others while it is claimed or requested', () => {
    expect(openAttempt(ledger(entry('claimed')))?.number).toBe(1);
    expect(openAttempt(ledger(entry('rotated'), entry('requested', 'B')))?.number).toBe(2);
    expect(openAttempt(ledger(entry('claimed'), entry('rotated', 'A', { ends: 1 })))).toBeUndefined();
    expect(openAttempt([])).toBeUndefined();
  });

  test('a baseline ends no attempt of another token', () => {
    expect(openAttempt(ledger(entry('claimed'), entry('baseline', 'B')))?.number).toBe(1);
  });

  test('knows of the rotations that it records', () => {
    expect(knownRotations([])).toBe(0);
    expect(knownRotations(ledger(entry('rotated', 'A', { onDemandRotationsBefore: 3 })))).toBe(4);
    expect(knownRotations(ledger(entry('claimed', 'A', { onDemandRotationsBefore: 3 })))).toBe(3);
  });

  test('gives every attribute, known or not', () => {
    expect(attributesOf('arn', undefined)).toEqual({
      KeyArn: 'arn',
      RotationDate: '',
      KeyMaterialId: '',
      RemainingRotations: 0,
    });
  });
});
