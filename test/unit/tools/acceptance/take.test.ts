import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replay } from '../../../../tools/acceptance/replay';
import type { Recording } from '../../../../tools/acceptance/recording';
import { take } from '../../../../tools/acceptance/take';

let project: string;
let folder: string;

const about = {
  id: 'abc123',
  account: '111122223333',
  region: 'eu-central-1',
  replicaRegion: 'us-west-2',
  version: '0.1.0',
};
const parts = [
  {
    name: 'life-of-a-token',
    chapter: 'The promise',
    startedAt: '2026-12-01T10:00:00.000Z',
    seconds: 1,
    steps: [{ name: 'no-change', item: '', expected: '', outcome: 'held' }],
  },
];
const recording = (by: string, timed = false): Recording => ({
  by,
  timed,
  service: 'KMS',
  operation: 'RotateKeyOnDemand',
  region: 'eu-central-1',
  input: { KeyId: 'alias/any' },
  error: { name: 'InvalidArnException', message: 'Key Aliases are not supported for this operation.', statusCode: 400 },
  requestId: 'a',
  startedAt: '2026-12-01T10:00:00.000Z',
  milliseconds: 9,
});

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'take-test-'));
  folder = join(project, 'acceptance-report');
  for (const path of ['acceptance-report', 'docs', 'tools/acceptance'])
    mkdirSync(join(project, path), { recursive: true });
  writeFileSync(join(project, 'tools/acceptance/aws-runs.json'), '[]');
  const recordings = [recording('answers'), recording('answers', true), recording('evidence')];
  writeFileSync(join(folder, 'recordings.json'), JSON.stringify(recordings));
});

afterEach(() => {
  rmSync(project, { recursive: true });
});

const writeReport = (onAws: boolean): void => {
  const report = { about: { ...about, onAws, startedAt: '2026-12-01T09:00:00.000Z' }, parts };
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report));
};

test('imports replayable recordings, and ticks off the steps that held', async () => {
  writeReport(true);
  expect(await take(folder, project)).toHaveLength(2);
  const directory = join(project, 'test/unit/local/recordings');
  expect(readdirSync(directory)).toEqual(['2026-12-01-eu-central-1-abc123.json']);
  const taken = JSON.parse(readFileSync(join(directory, '2026-12-01-eu-central-1-abc123.json'), 'utf8')) as Recording[];
  expect(taken).toEqual([recording('answers')]);
  expect(await replay(taken)).toEqual([]);
  expect(readFileSync(join(project, 'docs/first-real-deploy.md'), 'utf8')).toContain(
    '- [x] **held, 2026-12-01, eu-central-1, version 0.1.0:** deploy again with the same token.',
  );
});

test('refuses a report of the local AWS, and a folder without a report', async () => {
  await expect(take(folder, project)).rejects.toThrow('There is no report in');
  writeReport(false);
  await expect(take(folder, project)).rejects.toThrow('whose answers prove nothing about AWS');
  expect(readFileSync(join(project, 'tools/acceptance/aws-runs.json'), 'utf8')).toBe('[]');
});
