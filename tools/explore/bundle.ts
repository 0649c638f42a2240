import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Plugin, build } from 'esbuild';

/** A deliberate defect: a fragment of the handler's source, and what takes its place. */
export interface Mutation {
  readonly name: string;
  /** The file in `lambda/`. */
  readonly file: string;
  readonly fragment: string;
  readonly by: string;
  /** The scripts that are explored to catch it. */
  readonly scripts: readonly string[];
}

/** Bundles the explorer, with the handler as it is or with a defect, into a program that runs by itself. */
export async function bundleExplorer(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [join(__dirname, '..', 'explore.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'warning',
    plugins: mutation ? [mutating(mutation)] : [],
  });
}

function mutating({ name, file, fragment, by }: Mutation): Plugin {
  return {
    name: 'mutation',
    setup(building) {
      let isDone = false;
      building.onLoad({ filter: /[\\/]lambda[\\/][\w-]+\.ts$/ }, async ({ path }) => {
        if (basename(path) !== file) return undefined;
        const pieces = (await readFile(path, 'utf8')).split(fragment);
        if (pieces.length !== 2)
          throw new Error(`Mutation "${name}": its fragment is ${pieces.length - 1} times in ${file}, not once`);
        isDone = true;
        return { contents: pieces.join(by), loader: 'ts' };
      });
      building.onEnd(() => {
        if (!isDone) throw new Error(`Mutation "${name}": the handler does not use ${file}`);
      });
    },
  };
}
