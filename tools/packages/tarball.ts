/** The package as npm publishes it, built and packed outside of the checkout, so that several can be made at once. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './command';

/** What the package is built from. */
const SOURCES = [
  'lib',
  'lambda',
  'package.json',
  'tsconfig.json',
  'README.md',
  'API.md',
  'CHANGELOG.md',
  'LICENSE',
  'examples',
  'tools/packages',
];

/** Returns the tarball's path, in `directory`. */
export async function pack(project: string, directory: string): Promise<string> {
  const copy = join(directory, 'sources');
  mkdirSync(copy, { recursive: true });
  for (const source of SOURCES)
    cpSync(join(project, source), join(copy, source), { recursive: true, filter: isSource });
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  // Its `prepare` script builds first.
  const printed = await run('npm', ['pack', '--pack-destination', directory], copy);
  return join(directory, printed.trim().split('\n').at(-1) ?? '');
}

function isSource(path: string): boolean {
  return !/\.js$|\.d\.ts$/.test(path) && !['dist', 'node_modules'].includes(basename(path));
}
