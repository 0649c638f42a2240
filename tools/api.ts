/**
 * Guards the public API.
 *
 *     npm run api:check    compares what jsii has made of `lib/` with the baseline, and fails where a user's code would break
 *     npm run api:renew    makes it the baseline
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

const PROJECT = path.join(__dirname, '..');
const ASSEMBLY = path.join(PROJECT, '.jsii');
const BASELINE = path.join(PROJECT, 'test', 'package', 'api-baseline.json');
/** jsii-diff compares packages, and finds their dependencies in the folders above. */
const CACHE = path.join(PROJECT, 'node_modules', '.cache', 'api-baseline');

/** What jsii-diff needs of an assembly: not its README, and not the types of its dependencies. */
const MEMBERS = [
  'schema',
  'name',
  'version',
  'jsiiVersion',
  'author',
  'description',
  'homepage',
  'repository',
  'license',
  'docs',
  'dependencies',
  'types',
  'fingerprint',
];

function renew(): void {
  const assembly = JSON.parse(readFileSync(ASSEMBLY, 'utf8')) as Record<string, unknown>;
  const compared = Object.fromEntries(MEMBERS.map((name) => [name, assembly[name]]));
  const json = JSON.stringify({ ...compared, fingerprint: '*' }, withoutProse, 2);
  writeFileSync(BASELINE, `${json}\n`);
}

/** Of doc comments, jsii-diff reads only the stability. */
function withoutProse(name: string, value: unknown): unknown {
  if (name === 'locationInModule' || name === 'symbolId') return undefined;
  if (name !== 'docs' || typeof value !== 'object' || value === null) return value;
  return 'stability' in value ? { stability: value.stability } : undefined;
}

function check(): void {
  const assembly = readFileSync(BASELINE, 'utf8');
  const { name, version, dependencies } = JSON.parse(assembly) as Record<string, unknown>;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(path.join(CACHE, '.jsii'), assembly);
  writeFileSync(
    path.join(CACHE, 'package.json'),
    JSON.stringify({ name, version, jsii: {}, peerDependencies: dependencies }),
  );

  const jsiiDiff = path.join(PROJECT, 'node_modules', '.bin', 'jsii-diff');
  const { status } = spawnSync(jsiiDiff, [CACHE, PROJECT, '--error-on', 'all'], { stdio: 'inherit' });
  if (status === 0) return;
  console.error('The public API breaks its users. If that is meant: npm run api:renew, and a line in CHANGELOG.md.');
  process.exitCode = 1;
}

const [command] = process.argv.slice(2);
if (command === 'check') check();
else if (command === 'renew') renew();
else throw new Error('Usage: node tools/api.js check|renew');
