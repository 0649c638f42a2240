/** The package as npm publishes it, built and packed outside the checkout, so that several builds can run concurrently. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './command';

/** Output of the build, and what the build does not need. */
const NO_SOURCES = /\.js$|\.d\.ts$|\.tgz$/;
const NO_SOURCE_FOLDERS = ['.git', 'cdk.out', 'coverage', 'dist', 'node_modules'];

/** Returns the tarball's path, in `directory`. */
export async function pack(project: string, directory: string): Promise<string> {
  const copy = join(directory, 'sources');
  cpSync(project, copy, { recursive: true, filter: isSource });
  linkPackages(join(project, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['run', 'build'], copy);
  const printed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], copy);
  return join(directory, printed.trim().split('\n').at(-1) ?? '');
}

function isSource(path: string): boolean {
  return !NO_SOURCES.test(path) && !NO_SOURCE_FOLDERS.includes(basename(path));
}

/** Links each package separately, because builds write to `node_modules/.cache`. */
function linkPackages(installed: string, copy: string): void {
  mkdirSync(copy);
  for (const entry of readdirSync(installed)) {
    if (entry !== '.cache') symlinkSync(join(installed, entry), join(copy, entry));
  }
}
