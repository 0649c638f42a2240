import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { type Plugin, build } from 'esbuild';

/** A deliberate defect: a fragment of a source in `lambda/`, and its replacement. */
export interface Defect {
  readonly file: string;
  readonly fragment: string;
  readonly by: string;
}

/**
 * Loads a module of `lambda/` with a defect in it or its imports. This takes some hundredths of a second, since libraries are not
 * bundled.
 *
 * @param globals replace Node's.
 */
export async function loadWithDefect(
  root: string,
  entry: string,
  defect: Defect,
  globals: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'lambda', entry)],
    bundle: true,
    write: false,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [defectPlugin(defect)],
  });
  const module: { exports: unknown } = { exports: {} };
  const run = compileFunction(outputFiles[0]?.text ?? '', ['module', 'exports', 'require', ...Object.keys(globals)]);
  run.call(undefined, module, module.exports, createRequire(join(root, 'package.json')), ...Object.values(globals));
  return module.exports;
}

function defectPlugin({ file, fragment, by }: Defect): Plugin {
  return {
    name: 'defect',
    setup(building) {
      let isPlanted = false;
      building.onLoad({ filter: /[\\/]lambda[\\/][\w-]+\.ts$/ }, async ({ path }) => {
        if (basename(path) !== file) return undefined;
        const pieces = (await readFile(path, 'utf8')).split(fragment);
        if (pieces.length !== 2) throw new Error(`Found ${pieces.length - 1} times in ${file}, not once: ${fragment}`);
        isPlanted = true;
        return { contents: pieces.join(by), loader: 'ts' };
      });
      building.onEnd(() => {
        if (!isPlanted) throw new Error(`The handler does not use ${file}`);
      });
    },
  };
}
