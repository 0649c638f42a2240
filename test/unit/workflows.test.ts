/** What may publish is told in the workflows, so they are held to the rules of the house. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const WORKFLOWS = join(__dirname, '..', '..', '.github', 'workflows');
const text = (file: string): string => readFileSync(join(WORKFLOWS, file), 'utf8');

/** The text of each job, by name. */
function jobs(file: string): Map<string, string> {
  const [, body = ''] = text(file).split(/^jobs:\n/m);
  const [, ...parts] = body.split(/^ {2}([\w-]+):\n/m);
  return new Map(parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1] ?? ''] as const] : [])));
}

const all = readdirSync(WORKFLOWS).flatMap((file) => [...jobs(file)].map(([name, job]) => ({ file, name, job })));

test.each(readdirSync(WORKFLOWS))('%s pins each action by commit, and says which version that is', (file) => {
  const actions = text(file).match(/uses: .*/g) ?? [];
  expect(actions).not.toEqual([]);
  for (const action of actions) expect(action).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(readdirSync(WORKFLOWS))('%s grants nothing to all of its jobs', (file) => {
  expect(text(file)).toMatch(/^permissions: \{\}$/m);
});

test.each(all)('the job $name of $file ends by itself, and says what it may do', ({ job }) => {
  expect(job).toMatch(/^ {4}timeout-minutes: \d+$/m);
  expect(job).toMatch(/^ {4}permissions:/m);
});

describe('the release', () => {
  const release = jobs('release.yml');
  const publishers = [...release].filter(([, job]) => job.includes('    environment: '));

  test('goes to the registry of each language', () => {
    expect(publishers.map(([name]) => name)).toEqual(['npm', 'pypi', 'nuget', 'maven-central', 'go']);
  });

  test.each(publishers)('to %s runs no code of the checkout or of its dependencies', (_, job) => {
    expect(job).toContain('    needs: attest\n');
    expect(job).not.toMatch(/npm (ci|install|run)|npx|pip install|go install/);
  });

  test.each(['npm', 'pypi', 'nuget'])('to %s needs no secret', (name) => {
    expect(release.get(name)).toContain('      id-token: write\n');
    expect(release.get(name)).not.toContain('secrets.');
  });

  test('is built where nothing can be published', () => {
    expect(release.get('build')).toContain('    permissions:\n      contents: read\n    steps:');
    expect(release.get('build')).not.toMatch(/secrets\.|environment:/);
  });
});
