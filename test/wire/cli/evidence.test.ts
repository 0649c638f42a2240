/** `evidence` over the wire: what KMS, the ledger and CloudTrail show, combined, with mismatches. */
import type { Entry, KeyEvidence } from '../../../cli/evidence/key-evidence';
import { ServiceError } from '../../../local/wire/service';
import { tokenDigest } from '../../../lambda/token-digest';
import { REGION, Stage } from '../stage';
import { commandLine, rows } from './command-line';

type Row = Entry & Pick<KeyEvidence, 'keyArn'>;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const evidence = (...args: string[]) => commandLine(stage, ['evidence', ...args]);
const ofKey = async (key: string, ...args: string[]) =>
  rows<Row>(await evidence('--key', key, '--output', 'json', ...args));
const iso = (minutes = 0) => new Date(stage.now + minutes * 60_000).toISOString();

test('a rotation has its token, stack, request, material before and after, and its caller', async () => {
  const key = stage.newKey();
  const before = stage.key(key).currentMaterialId;
  await stage.send(stage.create(key, 'incident-4711'));
  stage.pass(20);
  const [claim, record] = stage.ledger(key);
  const [call] = stage.calls(key);
  expect(await ofKey(key)).toEqual([
    {
      region: REGION,
      keyArn: key,
      keyId: key.split('/')[1],
      aliases: [],
      kind: 'rotated',
      at: record?.state === 'rotated' ? record.rotationDate : '',
      token: 'incident-4711',
      tokenDigest: tokenDigest('incident-4711'),
      stackId: claim?.stackId,
      logicalResourceId: claim?.logicalResourceId,
      requestId: claim?.requestId,
      materialBefore: before,
      materialAfter: stage.key(key).currentMaterialId,
      kmsRequestId: call?.requestId,
      caller: 'arn:aws:iam::123456789012:user/administrator',
      sourceIp: '127.0.0.1',
      trail: 'found',
    },
  ]);
});

test('a rotation by hand has no token, but the caller from CloudTrail', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, 'A'));
  const before = stage.key(key).currentMaterialId;
  stage.pass(10);
  await stage.kmsByHand.rotateKeyOnDemand(key);
  stage.pass(20);
  const [ours, byHand, ...more] = await ofKey(key);
  expect(more).toEqual([]);
  expect(ours).toMatchObject({ kind: 'rotated', token: 'A' });
  expect(byHand).toMatchObject({
    kind: 'by hand',
    materialBefore: before,
    materialAfter: stage.key(key).currentMaterialId,
    caller: 'arn:aws:iam::123456789012:user/administrator',
    kmsRequestId: stage.calls(key)[1]?.requestId,
    trail: 'found',
  });
  expect(byHand?.token).toBeUndefined();
});

test('automatic rotations, failed attempts, baselines, and records of rotations that KMS does not list', async () => {
  const key = stage.newKey({ enableKeyRotation: true });
  stage.key(key).rotateAutomatically();
  stage.pass(5);
  stage.key(key).update({ enabled: false });
  await stage.send(stage.create(key, 'refused'));
  stage.key(key).update({ enabled: true });
  await stage.record(key, { state: 'baseline', token: 'first' });
  await stage.record(
    key,
    { state: 'rotated', token: 'lost', keyMaterialAfter: 'f'.repeat(64), acceptedAt: iso(-200) },
    100,
  );
  const entries = await ofKey(key);
  expect(entries.map(({ kind, token, trail }) => [kind, token, trail])).toEqual([
    ['no rotation', 'lost', 'missing'],
    ['automatic', undefined, undefined],
    ['refused', 'refused', undefined],
    ['baseline', 'first', undefined],
  ]);
  expect(entries[2]?.reason).toBe(`[KeyDisabled] Key ${key} is disabled.`);
});

test('an open claim is undecided once it can no longer rotate', async () => {
  const key = stage.newKey();
  await stage.record(key, { state: 'claimed', token: 'A' }, 30);
  expect((await ofKey(key)).map(({ kind }) => kind)).toEqual(['never rotated']);
  stage.pass(60);
  expect((await ofKey(key)).map(({ kind }) => kind)).toEqual(['undecided', 'never rotated']);
});

test('a period limits the entries, and older calls are out of CloudTrail’s reach', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, 'old'));
  stage.pass(100 * 24 * 60);
  await stage.send(stage.update(key, 'old', 'new'));
  stage.pass(20);
  expect((await ofKey(key)).map(({ token, trail }) => [token, trail])).toEqual([
    ['old', 'out of reach'],
    ['new', 'found'],
  ]);
  expect((await ofKey(key, '--from', iso(-60))).map(({ token }) => token)).toEqual(['new']);
  expect((await ofKey(key, '--to', iso(-60 * 24))).map(({ token }) => token)).toEqual(['old']);
  expect((await ofKey(key, '--from', iso(-120), '--to', iso(-60))).map(({ kind }) => kind)).toEqual(['never rotated']);
  expect((await evidence('--from', 'yesterday')).exitCode).toBe(2);
  expect((await evidence('--from', iso(0), '--to', iso(-1))).exitCode).toBe(2);
});

test('without CloudTrail the rest is shown, and nothing counts as missing there', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, 'A'));
  stage.pass(20);
  const end = stage.aws.intercept({ service: 'cloudtrail', operation: 'LookupEvents' }, 'before', () => {
    throw new ServiceError('AccessDeniedException', 'User: x is not authorized to perform: cloudtrail:LookupEvents');
  });
  const run = await evidence('--key', key, '--output', 'json');
  end();
  expect(run.exitCode).toBe(3);
  expect(run.err).toContain('[Incomplete] cloudtrail:LookupEvents is not allowed');
  expect(rows<Row>(run)).toEqual([expect.objectContaining({ kind: 'rotated', token: 'A', trail: 'out of reach' })]);
});

test('the page shows who created it, in which account and with which calls, and escapes tokens', async () => {
  const key = stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/page', key);
  await stage.send(stage.create(key, '<script>alert("1")</script> & co'));
  await stage.kmsByHand.rotateKeyOnDemand(key);
  stage.pass(20);
  const { exitCode, out } = await evidence('--key', 'alias/page', '--output', 'html');
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^<!doctype html>/);
  expect(out).not.toContain('<script');
  expect(out).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co');
  expect(out).toContain('arn:aws:iam::123456789012:user/local');
  expect(out).toContain('123456789012');
  expect(out).toContain('kms:ListKeyRotations 1×');
  expect(out).toContain('cloudtrail:LookupEvents 2×');
  expect(out).toContain('Time line of alias/page');
  expect(out).toContain('rotated by hand: no record');
  // It is self-contained.
  expect(out).not.toMatch(/(src|href)=|url\(|@import/);
});

test('the table has a line for each entry', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, 'A'));
  stage.pass(20);
  const { out, err } = await evidence('--key', key);
  const [header, row] = out.split('\n');
  expect(header?.split(/ {2,}/)).toEqual(['KEY', 'WHEN', 'WHAT', 'TOKEN', 'BY', 'CALLER', 'MATERIAL', 'REASON']);
  expect(row).toContain(`rotated  A      app  administrator  ${stage.key(key).currentMaterialId?.slice(0, 8) ?? ''}`);
  expect(err).toBe('Keys: 1. Rotations for a token: 1. Entries to be explained: 0.\n');
});
