import type { KeyMetadata, ListKeyRotationsCommandOutput } from '@aws-sdk/client-kms';
import {
  inForce,
  isSameMaterial,
  lookAt,
  namesMaterials,
  onDemandRotations,
  remainingRotations,
} from '../../../lambda/key-state';
import type { Kms } from '../../../lambda/services';
import { KEY_ARN, NOW, ago, key, material, rotation } from './situations';

/** KMS with pages of rotations, and the calls that it received. */
function kms(metadata: Partial<KeyMetadata>, pages: readonly ListKeyRotationsCommandOutput['Rotations'][] = [[]]) {
  const calls: string[] = [];
  const service: Partial<Kms> = {
    describeKey: () => {
      calls.push('DescribeKey');
      return Promise.resolve({ ...key().metadata, ...metadata });
    },
    getKeyRotationStatus: () => {
      calls.push('GetKeyRotationStatus');
      return Promise.resolve({ $metadata: {}, OnDemandRotationStartDate: new Date(NOW) });
    },
    listKeyRotations: (_, marker, allKeyMaterial) => {
      calls.push(`ListKeyRotations${allKeyMaterial ? ' of all material' : ''}`);
      const n = Number(marker ?? 0);
      const Truncated = n + 1 < pages.length;
      return Promise.resolve({ $metadata: {}, Rotations: pages[n], Truncated, NextMarker: String(n + 1) });
    },
  };
  return { calls, look: (before?: string) => lookAt(service as Kms, KEY_ARN, () => NOW, before) };
}

test('reads all pages, and sorts the rotations', async () => {
  const pages = [[rotation(2, 2)], [rotation(1, 1)], [rotation(3, 3)]];
  const { look, calls } = kms({}, pages);
  const seen = await look();
  expect(seen.rotations.map(({ KeyMaterialId }) => KeyMaterialId)).toEqual([1, 2, 3].map(material));
  expect(seen).toMatchObject({ seenAt: NOW, rotating: true, startDate: new Date(NOW) });
  expect(calls).toEqual(['DescribeKey', 'GetKeyRotationStatus', ...pages.map(() => 'ListKeyRotations')]);
});

test('calls only DescribeKey while the material before an accepted rotation is the current one', async () => {
  const { look, calls } = kms({ CurrentKeyMaterialId: material(1) });
  expect(await look(material(1))).toMatchObject({ rotating: true, rotations: [] });
  expect(calls).toEqual(['DescribeKey']);
});

test.each([undefined, ''])('makes all calls if that material is %j', async (CurrentKeyMaterialId) => {
  const { look, calls } = kms({ CurrentKeyMaterialId });
  await look(CurrentKeyMaterialId);
  expect(calls).toHaveLength(3);
});

test.each<Partial<KeyMetadata>>([
  { CustomKeyStoreId: 'store' },
  { KeyManager: 'AWS' },
  { KeySpec: 'HMAC_256' },
  { KeyState: 'Creating' },
])('calls only DescribeKey for a key with %j', async (metadata) => {
  const { look, calls } = kms(metadata);
  expect((await look()).rotating).toBe(false);
  expect(calls).toEqual(['DescribeKey']);
});

test('also reads the pending material of a key with imported material', async () => {
  const pending = { KeyMaterialId: material(9), KeyMaterialState: 'PENDING_ROTATION' as const };
  const { look, calls } = kms({ Origin: 'EXTERNAL' }, [[{ KeyMaterialId: material(0) }, rotation(1, 1), pending]]);
  const seen = await look();
  expect([seen.pendingMaterial, seen.rotations.length]).toEqual([pending, 1]);
  expect(calls[2]).toBe('ListKeyRotations of all material');
});

test('on-demand rotations are counted, including one in progress', () => {
  const automatic = rotation(2, 2, { RotationType: 'AUTOMATIC' });
  const rotations = [rotation(1, 1), automatic];
  expect(onDemandRotations(key(rotations))).toHaveLength(1);
  expect(remainingRotations(key(rotations))).toBe(24);
  expect(remainingRotations(key(rotations, { rotating: true }))).toBe(23);
  expect(remainingRotations(key(Array.from({ length: 30 }, (_, n) => rotation(n, n))))).toBe(0);
});

test('a missing ID equals no ID', () => {
  expect([
    isSameMaterial('a', 'a'),
    isSameMaterial('a', 'b'),
    isSameMaterial('', ''),
    isSameMaterial(undefined, undefined),
  ]).toEqual([true, false, false, false]);
});

test.each([
  [material(1), material(2), true],
  [undefined, material(2), false],
  ['', material(2), false],
  [material(1), undefined, false],
  [material(1), '', false],
])('KMS names all material if it shows %j for a rotation and %j for the key: %s', (ofRotation, current, expected) => {
  const state = key([rotation(1, 1, { KeyMaterialId: ofRotation })], { metadata: { CurrentKeyMaterialId: current } });
  expect(namesMaterials(state)).toBe(expected);
});

describe('a rotation is in force', () => {
  const [first, second] = [rotation(1, ago(2)), rotation(2, ago(1))] as const;
  test.each([
    ['when its material is the current one', second, material(2), false, true],
    ['when a later one is', first, material(2), false, true],
    ['not when an earlier one is', second, material(1), false, false],
    ['not while one is in progress', second, material(2), true, false],
    ['not when KMS omits its material', rotation(2, ago(1), { KeyMaterialId: undefined }), undefined, false, false],
  ])('%s', (_, of, CurrentKeyMaterialId, rotating, expected) => {
    const rotations = of === first ? [first, second] : [first, of];
    expect(inForce(of, key(rotations, { rotating, metadata: { CurrentKeyMaterialId } }))).toBe(expected);
  });
});
