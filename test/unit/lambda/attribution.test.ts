import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { hasUnlistedMaterial, isRotating, isSettled, observe, rotationOf } from '../../../lambda/attribution';
import type { KeyState } from '../../../lambda/key-state';
import type { Claimed } from '../../../lambda/ledger-record';
import { HOUR, MINUTE, NOW, SECOND, ago, at, key, material, record, rotation } from './situations';

const claimed = (more = {}) => record(1, 'claimed', { ...at(ago(5 * MINUTE)), ...more }) as Claimed;
const beginning = (n: number) => material(n).slice(0, 16);

describe("a claim's rotation", () => {
  const since = ago(5 * MINUTE);
  interface More {
    readonly claim?: Claimed;
    readonly key?: Partial<Pick<KeyState, 'rotating'>>;
    readonly acceptedAt?: number;
  }
  const cases: [what: string, rotations: readonly RotationsListEntry[], found: number | undefined, more?: More][] = [
    ['is dated after the claim', [rotation(1, since)], 1],
    ['is dated ten seconds before the claim at most, because clocks differ', [rotation(1, since - 10 * SECOND)], 1],
    ['is not dated any earlier', [rotation(1, since - 11 * SECOND)], undefined],
    ['is not automatic', [rotation(1, ago(0), { RotationType: 'AUTOMATIC' })], undefined],
    ['has a key material ID', [rotation(1, ago(0), { KeyMaterialId: undefined })], undefined],
    ['has a key material ID that is not empty', [rotation(1, ago(0), { KeyMaterialId: '' })], undefined],
    ['is the first of two', [rotation(1, ago(2)), rotation(2, ago(1))], 1],
    [
      'was not listed before the claim',
      [rotation(1, ago(2)), rotation(2, ago(1))],
      2,
      { claim: claimed({ materialsBefore: [beginning(1)] }) },
    ],
    ["is not recorded as another claim's", [rotation(3, ago(2)), rotation(2, ago(1))], 2],
    [
      'may be dated to the moment at which the claim settles',
      [rotation(1, ago(HOUR))],
      1,
      { claim: claimed(at(ago(2 * HOUR + 15 * MINUTE))) },
    ],
    [
      'is not dated after the claim has settled',
      [rotation(1, ago(HOUR))],
      undefined,
      { claim: claimed(at(ago(2 * HOUR + 16 * MINUTE))) },
    ],
    [
      'may be dated too early if KMS accepted the call five minutes ago',
      [rotation(1, ago(HOUR))],
      1,
      { acceptedAt: ago(5 * MINUTE) },
    ],
    [
      'may not be dated too early if KMS accepted the call later',
      [rotation(1, ago(HOUR))],
      undefined,
      { acceptedAt: ago(5 * MINUTE - 1) },
    ],
    [
      'may be dated too early if the claim has settled',
      [rotation(1, ago(3 * HOUR))],
      1,
      { claim: claimed(at(ago(75 * MINUTE))) },
    ],
    [
      "may not be dated too early if the claim was made with the rotation's material in force",
      [rotation(1, ago(3 * HOUR))],
      undefined,
      { claim: claimed({ keyMaterialBefore: material(1), ...at(ago(75 * MINUTE)) }) },
    ],
    [
      'may not be dated too early while a rotation is in progress',
      [rotation(1, ago(3 * HOUR))],
      undefined,
      { claim: claimed(at(ago(75 * MINUTE))), key: { rotating: true } },
    ],
    [
      'is dated after the claim rather than too early',
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
])('a claim made %d minutes ago (rotation in progress: %s) has settled: %s', (minutes, rotating, settled) => {
  expect(isSettled(claimed(at(ago(minutes * MINUTE))), key([], { rotating }))).toBe(settled);
});

describe('unlisted key material', () => {
  const showing = (n: number | undefined, rotations: readonly RotationsListEntry[] = []) =>
    key(rotations, { metadata: { CurrentKeyMaterialId: n === undefined ? undefined : material(n) } });

  test.each<[string, KeyState, boolean]>([
    ['is in force if KMS shows new material', showing(1), true],
    ['is not the material from before the claim', showing(0), false],
    ['is not listed material', showing(1, [rotation(1, ago(1))]), false],
    ['is unknown if KMS does not name the material', showing(undefined), false],
  ])('%s', (_, state, expected) => {
    expect(hasUnlistedMaterial(claimed(), state)).toBe(expected);
  });

  test('is unknown if the claim does not name the material before it', () => {
    expect(hasUnlistedMaterial(claimed({ keyMaterialBefore: undefined }), showing(1))).toBe(false);
  });
});

describe('a rotation in progress', () => {
  const started = (minutes: number, seenAt = NOW) =>
    key([], { rotating: true, startDate: new Date(ago(minutes * MINUTE)), seenAt });

  test('is remembered by its start date and when it was last seen', () => {
    const first = observe(undefined, started(3, ago(MINUTE)), undefined);
    expect(first).toEqual({ startDate: ago(3 * MINUTE), lastSeenAt: ago(MINUTE), claim: undefined });
    expect(observe(first, started(3), claimed())).toEqual({
      startDate: ago(3 * MINUTE),
      lastSeenAt: NOW,
      claim: undefined,
    });
    expect(observe(first, started(1), claimed())).toEqual({ startDate: ago(MINUTE), lastSeenAt: NOW, claim: 1 });
    expect(observe(first, key(), claimed())).toBe(first);
  });

  test('is not replaced by the previous one, which a lagging read shows', () => {
    const known = observe(undefined, started(1), claimed());
    expect(observe(known, started(60), claimed())).toBe(known);
  });

  test.each<[string, KeyState, boolean]>([
    ['swallows calls while KMS shows it', key([], { rotating: true }), true],
    ['swallows calls after it was seen, until it is listed', key(), true],
    ['swallows calls after it was seen, if only the previous one is listed', key([rotation(1, ago(4 * MINUTE))]), true],
    ['swallows no calls once it is listed', key([rotation(1, ago(3 * MINUTE))]), false],
    ['swallows no calls if it was seen too long ago', key([], { seenAt: NOW + 4 * MINUTE }), false],
    [
      'swallows calls for longer on a multi-Region key',
      key([], { seenAt: NOW + 4 * MINUTE, metadata: { MultiRegion: true } }),
      true,
    ],
  ])('%s', (_, state, expected) => {
    expect(isRotating(state, { startDate: ago(3 * MINUTE), lastSeenAt: ago(MINUTE), claim: undefined })).toBe(expected);
  });
});
