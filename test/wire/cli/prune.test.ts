/** `prune` over the wire: it deletes only ledgers of deleted keys. */
import type { OldLedger } from '../../../cli/prune';
import { REGION, Stage, keyIdOf } from '../stage';
import { commandLine, rows } from './command-line';

let stage: Stage;

const DAY = 24 * 60;

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const prune = (...args: string[]) => commandLine(stage, ['prune', ...args]);

/** A key that has been rotated and then deleted. */
async function deletedKey(options = {}): Promise<string> {
  const key = stage.newKey(options);
  await stage.send(stage.create(key, 'A'));
  stage.key(key).scheduleDeletion(7);
  stage.pass(8 * DAY);
  return key;
}

test('without --yes it lists the ledgers of deleted keys, and deletes nothing', async () => {
  const key = await deletedKey();
  const { exitCode, out, err } = await prune();
  expect(exitCode).toBe(0);
  expect(out).toMatch(new RegExp(`^${keyIdOf(key)} +2 +A +\\d{4}-\\d\\d-\\d\\d +app +can be deleted$`, 'm'));
  expect(err).toContain('1 ledger of a key that is gone. Nothing was deleted');
  expect(stage.ledger(key)).toHaveLength(2);
});

test('with --yes it deletes them, but not those of existing keys, pending deletion or not', async () => {
  const there = stage.newKey();
  await stage.send(stage.create(there, 'A'));
  const gone = await deletedKey();
  const pending = stage.newKey();
  await stage.send(stage.create(pending, 'A'));
  stage.key(pending).scheduleDeletion(7);
  stage.pass(2 * DAY);
  for (let n = 0; n < 12; n++) await stage.record(gone, { state: 'refused', token: `t${n}` }, 9 * DAY);
  const run = await prune('--yes', '--output', 'json');
  expect(run.exitCode).toBe(0);
  expect(rows<OldLedger>(run)).toEqual([
    expect.objectContaining({ keyId: keyIdOf(gone), records: 14, tokens: ['A'], deleted: true }),
  ]);
  expect([gone, there, pending].map((key) => stage.ledger(key).length)).toEqual([0, 2, 2]);
});

test('a ledger that may still be needed is kept, with the reason', async () => {
  const fresh = `arn:aws:kms:${REGION}:123456789012:key/00000000-0000-4000-8000-000000000000`;
  const name = `/on-demand-key-rotation/${keyIdOf(fresh)}/1`;
  const record = {
    state: 'baseline',
    token: 'A',
    keyArn: fresh,
    recordedAt: new Date(stage.now).toISOString(),
    stackId: 'arn:aws:cloudformation:r:1:stack/app/1',
  };
  await stage.services.parameterStore(REGION).putParameter(name, JSON.stringify(record));
  const young = rows<OldLedger>(await prune('--yes', '--output', 'json'));
  expect(young.map(({ kept }) => kept)).toEqual(['it was written to in the last 24 hours']);

  const multiRegion = await deletedKey({ multiRegion: true });
  const strange = await deletedKey();
  await stage.services.parameterStore(REGION).putParameter(`/on-demand-key-rotation/${keyIdOf(strange)}/notes`, 'mine');
  const run = await prune('--yes', '--output', 'json');
  const kept = new Map(rows<OldLedger>(run).map((row) => [row.keyId, row.kept]));
  expect(kept.get(keyIdOf(multiRegion))).toBe('a multi-Region key may come back');
  expect(kept.get(keyIdOf(strange))).toBe('a parameter in it is none of ours');
  expect(stage.ledger(multiRegion)).toHaveLength(2);
  expect(run.err).toContain('1 ledger of a key that is gone. 2 more are kept.');
});

test('there is nothing to prune', async () => {
  expect(await prune('--yes')).toEqual({ exitCode: 0, out: '', err: 'No ledger of a key that is gone.\n' });
});
