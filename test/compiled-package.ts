import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..');
const CACHE = join(ROOT, 'node_modules', '.cache');

/** A new folder from which Node.js finds the installed packages. */
export function appFolder(name: string): string {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, `${name}-`));
}

/** Compiles library and example app into a folder, for apps in separate processes: Jest compiles only for its own. */
export function compilePackage(folder: string): void {
  const sources = ['lib', 'bin'].flatMap((name) =>
    readdirSync(join(ROOT, name))
      .filter((file) => /(?<!\.d)\.ts$/.test(file))
      .map((file) => join(ROOT, name, file)),
  );
  buildSync({ entryPoints: sources, outbase: ROOT, outdir: folder, format: 'cjs', platform: 'node' });
  mkdirSync(join(folder, 'lambda', 'dist'), { recursive: true });
  copyFileSync(join(ROOT, 'lambda', 'dist', 'index.js'), join(folder, 'lambda', 'dist', 'index.js'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
}
