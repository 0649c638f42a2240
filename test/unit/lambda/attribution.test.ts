import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { hasUnlistedMaterial, isRotating, isSettled, observe, rotationOf } from '../../../lambda/attribution';
import type { KeyState } from '../../../lambda/key-state';
import type { Claimed } from '../../../lambda/ledger-record';
import { HOUR, MINUTE, NOW, SECOND, ago, at, key, material, record, rotation } from './situations';

const claimed = (more = {}) => record(1, 'claimed', { ...at(ago(5 * MINUTE)), ...more }) as Claimed;
const beginning = (n: number) => material(n).slice(0, 16);

describe('the rotation of a claim', () => {
  const since = ago(5 * MINUTE);
  interface More {
    readonly claim?: Claimed;
    readonly key?: Partial<Pick<KeyState, 'rotating'>>;
    readonly acceptedAt?: number;
  }
  const cases: [what: string, rotations: readonly RotationsListEntry[], found: number | undefined, more?: More][] = [
    ['is dated since', [rotation(1, since)], 1],
    ['is dated since, or ten seconds earlier, for clocks differ', [rotation(1, since - 10 * SECOND)], 1],
    ['is not dated earlier', [rotation(1, since - 11 * SECOND)], undefined],
    ['is not automatic', [rotation(1, ago(0), { RotationType: 'AUTOMATIC' })], undefined],
    ['has an ID', [rotation(1, ago(0), { KeyMaterialId: undefined })], undefined],
    ['has an ID that is not empty', [rotation(1, ago(0), { KeyMaterialId: '' })], undefined],
    ['is the first of two', [rotation(1, ago(2)), rotation(2, ago(1))], 1],
    [
      'is not known from before',
      [rotation(1, ago(2)), rotation(2, ago(1))],
      2,
      { claim: claimed({ materialsBefore: [beginning(1)] }) },
    ],
    ['is one that the ledger does not know as another claim’s', [rotation(3, ago(2)), rotation(2, ago(1))], 2],
    [
      'is not dated after the hour is over',
      [rotation(1, ago(HOUR))],
      undefined,
      { claim: claimed(at(ago(2 * HOUR + 16 * MINUTE))) },
    ],
    [
      'is dated too early where KMS accepted the call five minutes ago',
      [rotation(1, ago(HOUR))],
      1,
      { acceptedAt: ago(5 * MINUTE) },
    ],
    ['is not, where that was later', [rotation(1, ago(HOUR))], undefined, { acceptedAt: ago(5 * MINUTE - 1) }],
    [
      'is dated too early where the claim has settled',
      [rotation(1, ago(3 * HOUR))],
      1,
      { claim: claimed(at(ago(75 * MINUTE))) },
    ],
    [
      'is not, where its material was the current one when the claim was made',
      [rotation(1, ago(3 * HOUR))],
      undefined,
      { claim: claimed({ keyMaterialBefore: material(1), ...at(ago(75 * MINUTE)) }) },
    ],
    [
      'is not, where one is still in progress',
      [rotation(1, ago(3 * HOUR))],
      undefined,
      { claim: claimed(at(ago(75 * MINUTE))), key: { rotating: true } },
    ],
    [
      'is rather dated since than too early',
      [rotation(1, ago(3 * HOUR)), rotation(2, ago(70 * MINUTE))],
      2,
      { claim: claimed(at(ago(75 * MINUTE))) },
    ],
  ];
  test.each(cases.map(([what, ...given]) => [what, given] as const))('%s', (_, [rotations, found, more = {}]) => {
    const claim = more.claim ?? claimed();
    const ledger = [claim, record(2, 'rotated', { keyMaterialAfter: material(3) })];
    const shown = rotationOf(claim, key(rotations, more.key), ledger, more.acceptedAt);
    expect(shown?.KeyMaterialId).toBe(found === undefined ? undefined : material(found));
  });
});

test.each([
  [74, false, false],
  [75, false, true],
  [75, true, false],
])('a claim of %d minutes, with a rotation in progress: %s, has settled: %s', (minutes, rotating, settled) => {
  expect(isSettled(claimed(at(ago(minutes * MINUTE))), key([], { rotating }))).toBe(settled);
});

describe('material that is not listed', () => {
  const showing = (n: number | undefined, rotations: readonly RotationsListEntry[] = []) =>
    key(rotations, { metadata: { CurrentKeyMaterialId: n === undefined ? undefined : material(n) } });

  test.each<[string, KeyState, boolean]>([
    ['is another than before', showing(1), true],
    ['is not that of before', showing(0), false],
    ['is not one that is listed', showing(1, [rotation(1, ago(1))]), false],
    ['is not one that KMS does not name', showing(undefined), false],
  ])('%s', (_, state, expected) => {
    expect(hasUnlistedMaterial(claimed(), state)).toBe(expected);
  });

  test('is not known where that of before is not', () => {
    expect(hasUnlistedMaterial(claimed({ keyMaterialBefore: undefined }), showing(1))).toBe(false);
  });
});

describe('a rotation in progress', () => {
  const started = (minutes: number, seenAt = NOW) =>
    key([], { rotating: true, startDate: new Date(ago(minutes * MINUTE)), seenAt });

  test('is remembered by its start date, as long as it was seen', () => {
    const first = observe(undefined, started(3, ago(MINUTE)));
    expect(first).toEqual({ startDate: ago(3 * MINUTE), lastSeenAt: ago(MINUTE) });
    expect(observe(first, started(3))).toEqual({ startDate: ago(3 * MINUTE), lastSeenAt: NOW });
    expect(observe(first, started(1))).toEqual({ startDate: ago(MINUTE), lastSeenAt: NOW });
    expect(observe(first, key())).toBe(first);
  });

  test('is not forgotten for the one before, which a read that lags shows', () => {
    const known = observe(undefined, started(1));
    expect(observe(known, started(60))).toBe(known);
  });

  test.each<[string, KeyState, boolean]>([
    ['shows', key([], { rotating: true }), true],
    ['was seen, and is not listed', key(), true],
    ['was seen, and only the one before is listed', key([rotation(1, ago(4 * MINUTE))]), true],
    ['was seen, and is listed', key([rotation(1, ago(3 * MINUTE))]), false],
    ['was seen too long ago', key([], { seenAt: NOW + 4 * MINUTE }), false],
    ['was seen, of a multi-Region key', key([], { seenAt: NOW + 4 * MINUTE, metadata: { MultiRegion: true } }), true],
  ])('would swallow a call where it %s: %#', (_, state, expected) => {
    expect(isRotating(state, { startDate: ago(3 * MINUTE), lastSeenAt: ago(MINUTE) })).toBe(expected);
  });
});
