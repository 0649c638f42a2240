import * as failures from '../../../lambda/failures';
import { serialize, type Claimed, type NewRecord } from '../../../lambda/ledger-record';
import { baseline, claimed, refused, requested, rotated } from '../../../lambda/records';
import { KEY_ARN, NOW, OURS, ago, key, material, record, request, rotation } from './situations';

const author = { request: request(), invocation: OURS, now: NOW };
const signed = {
  token: 'A',
  keyArn: KEY_ARN,
  recordedAt: new Date(NOW).toISOString(),
  stackId: 'stack',
  logicalResourceId: 'Rotation',
  requestId: 'request',
  invocation: OURS,
};
const claim = record(4, 'claimed', { token: 'B' }) as Claimed;
const rotations = [rotation(1, ago(2)), rotation(2, ago(1))];
const read = (written: NewRecord): unknown => JSON.parse(serialize(written));

test('a baseline records the material in force', () => {
  expect(read(baseline(author, key(rotations), undefined))).toEqual({
    state: 'baseline',
    ...signed,
    keyMaterialAfter: material(2),
    remainingRotations: 23,
  });
});

test('a claim records the materials before it, as far as KMS names them, and the claim that it ends', () => {
  const unnamed = rotation(3, ago(0), { KeyMaterialId: undefined });
  const automatic = rotation(3, ago(0), { RotationType: 'AUTOMATIC' });
  expect(read(claimed(author, key([...rotations, unnamed, automatic]), claim))).toEqual({
    state: 'claimed',
    ...signed,
    ends: 4,
    keyMaterialBefore: material(3),
    materialsBefore: [1, 2].map((n) => material(n).slice(0, 16)),
  });
});

test('a requested record holds the request ID by which CloudTrail identifies the call', () => {
  expect(read(requested(author, claim, { acceptedAt: NOW, kmsRequestId: 'kms' }))).toEqual({
    state: 'requested',
    ...signed,
    claim: 4,
    acceptedAt: new Date(NOW).toISOString(),
    kmsRequestId: 'kms',
  });
});

test("a rotation belongs to its claim's token, even if another invocation records it", () => {
  expect(
    read(rotated(author, claim, rotation(2, ago(1)), key(rotations), { acceptedAt: NOW, kmsRequestId: 'kms' })),
  ).toEqual({
    state: 'rotated',
    ...signed,
    token: 'B',
    ends: 4,
    rotationDate: new Date(ago(1)).toISOString(),
    keyMaterialAfter: material(2),
    remainingRotations: 23,
    acceptedAt: new Date(NOW).toISOString(),
    kmsRequestId: 'kms',
  });
});

test('a rotation is recorded without its date if KMS omits it', () => {
  const undated = { ...rotation(2, ago(1)), RotationDate: undefined };
  expect(read(rotated(author, claim, undated, key(rotations), {}))).not.toHaveProperty('rotationDate');
});

test('a refusal records its reason', () => {
  expect(read(refused(author, failures.keyDisabled(KEY_ARN), undefined))).toEqual({
    state: 'refused',
    ...signed,
    code: 'KeyDisabled',
    reason: `Key ${KEY_ARN} is disabled.`,
  });
});

describe('the longest record fits a standard parameter of 4 KB', () => {
  const token = '"'.repeat(10_000);
  const longest = {
    ...author,
    request: request({ token, stackId: 's'.repeat(400), logicalResourceId: 'l'.repeat(255) }),
  };

  test('as a claim after all rotations that KMS grants', () => {
    const many = key(Array.from({ length: 25 }, (_, n) => rotation(n, n)));
    expect(Buffer.byteLength(serialize(claimed(longest, many, claim)))).toBeLessThan(4096);
  });

  test('as a refusal, with a long reason', () => {
    const long = failures.unexpected(new Error('é'.repeat(5_000)));
    expect(Buffer.byteLength(serialize(refused(longest, long, claim)))).toBeLessThan(4096);
  });
});
