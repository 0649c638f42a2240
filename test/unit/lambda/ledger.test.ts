import type { LedgerRecord, Refused } from '../../../lambda/ledger-record';
import {
  acceptedInVain,
  beginningOf,
  ownerEndsBy,
  knownMaterials,
  latestRefusals,
  latestRefusedClaims,
  merge,
  missingNumber,
  openClaim,
  pauseAfter,
  requestUnder,
  settledAt,
  spending,
} from '../../../lambda/ledger';
import { HOUR, MINUTE, NOW, ago, at, ledger, material, record } from './situations';

const claim = (number: number, more = {}) => record(number, 'claimed', more);

test('a later read neither removes nor changes known records', () => {
  const known = [record(1, 'rotated'), claim(2)];
  expect(merge(known, [record(1, 'rotated')])).toEqual(known);
  expect(merge(known, [record(1, 'refused')])[0]?.state).toBe('rotated');
  expect(merge([], [claim(2), record(1, 'rotated')]).map(({ number }) => number)).toEqual([1, 2]);
});

describe('a number is missing', () => {
  test('if it was not read, but a later one was or it is known to be taken', () => {
    expect(missingNumber(ledger([record(1, 'rotated'), record(3, 'rotated')]))).toBe(2);
    expect(missingNumber(ledger([record(1, 'rotated')], { last: 2 }))).toBe(2);
  });

  test.each<[string, ReturnType<typeof ledger>]>([
    ['all numbers were read', ledger([record(1, 'rotated')])],
    ['the ledger is empty', ledger()],
    ['its record was read and is damaged', ledger([claim(2)], { damage: [{ kind: 'changed', parameter: '/k/1' }] })],
  ])('but not if %s', (_, view) => {
    expect(missingNumber(view)).toBeUndefined();
  });

  test('even if the name of a stray ends in it', () => {
    expect(missingNumber(ledger([claim(2)], { damage: [{ kind: 'stray', parameter: '/k/x/1' }] }))).toBe(1);
  });
});

test.each<[LedgerRecord['state'], boolean]>([
  ['rotated', true],
  ['baseline', true],
  ['claimed', false],
  ['requested', false],
  ['refused', false],
])('a token with a %s record is used up: %s', (state, isSpent) => {
  expect(spending([record(1, 'refused'), record(2, state)], 'A')?.number).toBe(isSpent ? 2 : undefined);
  expect(spending([record(1, state)], 'B')).toBeUndefined();
});

describe('a claim', () => {
  test.each<[string, LedgerRecord[], number | undefined]>([
    ['without other records', [claim(1)], 1],
    ['whatever the token', [record(1, 'rotated'), claim(2, { token: 'B' })], 2],
    ['with a requested record', [claim(1), record(2, 'requested')], 1],
    ['beside a refusal that ends nothing', [claim(1), record(2, 'refused')], 1],
    ['beside a baseline that ends nothing', [claim(1), record(2, 'baseline', { token: 'B' })], 1],
    ['after one that it ends', [claim(1), claim(2, { ends: 1 })], 2],
  ])('%s is open', (_, records, number) => {
    expect(openClaim(records)?.number).toBe(number);
  });

  test.each(['rotated', 'refused', 'baseline'] as const)('is ended by a %s record that names it', (state) => {
    expect(openClaim([claim(1), record(2, state, { ends: 1 })])).toBeUndefined();
  });

  test('is accepted according to the requested record that names it', () => {
    const [first, second] = [claim(1), claim(3)] as const;
    if (first.state !== 'claimed' || second.state !== 'claimed') throw new Error('No claims');
    const request = record(2, 'requested', { claim: 1 });
    expect(requestUnder([first, request, second], first)).toEqual(request);
    expect(requestUnder([first, request, second], second)).toBeUndefined();
  });

  test('loses its owner after 15 minutes, and settles an hour later', () => {
    const opened = claim(1, at(NOW));
    if (opened.state !== 'claimed') throw new Error('No claim');
    expect(ownerEndsBy(opened)).toBe(NOW + 15 * MINUTE);
    expect(settledAt(opened)).toBe(NOW + 75 * MINUTE);
  });
});

test('KMS has accepted a call in vain if its token is not used up', () => {
  const records = [claim(1), record(2, 'requested', { claim: 1 })];
  expect(acceptedInVain(records, 'A')?.number).toBe(2);
  expect(acceptedInVain([...records, claim(3, { token: 'B', ends: 1 })], 'A')?.number).toBe(2);
  expect(acceptedInVain([...records, record(3, 'rotated', { ends: 1 })], 'A')).toBeUndefined();
  expect(acceptedInVain(records, 'B')).toBeUndefined();
});

describe('refusals in a row', () => {
  const refusal = (number: number, more = {}) => record(number, 'refused', more);
  const numbers = (records: readonly Refused[]) => records.map(({ number }) => number);

  test("are the token's latest ones, including those that end claims", () => {
    const records = [refusal(1), record(2, 'rotated'), refusal(3), claim(4), refusal(5, { ends: 4 }), refusal(6)];
    expect(numbers(latestRefusals(records, 'A'))).toEqual([3, 5, 6]);
    expect(numbers(latestRefusals([...records, claim(7)], 'A'))).toEqual([]);
    expect(numbers(latestRefusals([...records, record(7, 'baseline')], 'A'))).toEqual([]);
    expect(numbers(latestRefusals([...records, refusal(7, { token: 'B' })], 'A'))).toEqual([3, 5, 6]);
    expect(numbers(latestRefusals([...records, refusal(7, { token: 'B' })], 'B'))).toEqual([7]);
  });

  test('of claims are those since a claim that ended otherwise', () => {
    const records = [
      ...[claim(1), refusal(2, { ends: 1 }), claim(3), record(4, 'rotated', { ends: 3 })],
      ...[claim(5), refusal(6, { ends: 5 }), refusal(7), claim(8), refusal(9, { ends: 8 })],
    ];
    expect(numbers(latestRefusedClaims(records, 'A'))).toEqual([6, 9]);
    expect(numbers(latestRefusedClaims(records, 'B'))).toEqual([]);
  });

  test.each([
    [0, -Infinity],
    [4, -Infinity],
    [5, 10 * MINUTE],
    [6, 20 * MINUTE],
    [10, 320 * MINUTE],
    [18, 81920 * MINUTE],
  ])('after %d of them the next one has to wait %d ms', (many, pause) => {
    const refusals = Array.from({ length: many }, (_, i) => refusal(i + 1, at(ago(HOUR))) as Refused);
    expect(pauseAfter(refusals)).toBe(pause === -Infinity ? -Infinity : ago(HOUR) + pause);
  });
});

test('the pause begins at the last refusal', () => {
  const refusals = Array.from({ length: 5 }, (_, i) => record(i + 1, 'refused', at(ago(HOUR - i * MINUTE))) as Refused);
  expect(pauseAfter(refusals)).toBe(ago(HOUR - 4 * MINUTE) + 10 * MINUTE);
});

test('known materials are those before claims and those of rotations, by the beginnings of their IDs', () => {
  const records = [
    claim(1, { materialsBefore: [beginningOf(material(2)), beginningOf(material(1))] }),
    record(2, 'rotated', { keyMaterialAfter: material(3) }),
    record(3, 'baseline', { keyMaterialAfter: material(4) }),
    record(4, 'rotated', { keyMaterialAfter: '' }),
    record(5, 'rotated'),
  ];
  expect([...knownMaterials(records)]).toEqual([2, 1, 3].map((n) => material(n).slice(0, 16)));
});

test('a missing ID has no beginning', () => {
  expect([beginningOf(undefined), beginningOf('')]).toEqual([undefined, undefined]);
});
