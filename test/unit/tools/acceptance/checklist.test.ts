import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AwsRun, checklist } from '../../../../tools/acceptance/checklist';
import { merge, readRuns } from '../../../../tools/acceptance/take';

const ROOT = join(__dirname, '..', '..', '..', '..');

const RUN: AwsRun = {
  part: 'life-of-a-token',
  step: 'no-change',
  outcome: 'held',
  at: '2026-12-01T10:00:00.000Z',
  version: '0.1.0',
  region: 'eu-central-1',
};

test('the page matches the parts and the runs on AWS; if not: `npm run acceptance -- --checklist`', () => {
  expect(readFileSync(join(ROOT, 'docs', 'first-real-deploy.md'), 'utf8')).toBe(checklist(readRuns(ROOT)));
});

test('a step that held is ticked off, with date and version', () => {
  expect(checklist([])).toContain('- [ ] **Not yet:** deploy again with the same token.');
  expect(checklist([RUN])).toContain(
    '- [x] **held, 2026-12-01, eu-central-1, version 0.1.0:** deploy again with the same token.',
  );
  expect(checklist([{ ...RUN, outcome: 'broken' }])).toContain('- [ ] **broken, 2026-12-01');
});

test('a later run replaces the results of its steps, and keeps the others', () => {
  const other = { ...RUN, step: 'new-token' };
  const step = { name: 'no-change', item: '', expected: '', outcome: 'broken' as const, reason: 'why' };
  const notReached = { ...step, name: 'new-token', outcome: 'not reached' as const };
  const merged = merge([RUN, other], {
    about: {
      id: 'abc123',
      onAws: true,
      account: '111122223333',
      region: 'us-east-1',
      replicaRegion: 'us-west-2',
      version: '0.2.0',
      startedAt: '2027-01-01T00:00:00.000Z',
      finishedAt: undefined,
      broken: [],
      interruption: undefined,
    },
    parts: [
      {
        name: 'life-of-a-token',
        chapter: 'The promise',
        startedAt: '2027-01-01T01:00:00.000Z',
        seconds: 1,
        steps: [step, notReached],
      },
    ],
  });
  expect(merged).toEqual([
    other,
    { ...RUN, outcome: 'broken', at: '2027-01-01T01:00:00.000Z', version: '0.2.0', region: 'us-east-1' },
  ]);
});
