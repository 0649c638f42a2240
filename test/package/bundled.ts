/** What the build bundled into the handler, as reported by esbuild. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './command';

/** Where the build writes it. */
const METAFILE = join(PROJECT, 'node_modules', '.cache', 'handler.meta.json');

/** Our sources, and the folders of the other bundled packages. */
export function bundledSources(): { own: string[]; packages: string[] } {
  const { inputs } = JSON.parse(readFileSync(METAFILE, 'utf8')) as { inputs: Record<string, unknown> };
  const folders = Object.keys(inputs).map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? input);
  const all = [...new Set(folders)];
  return {
    own: all.filter((folder) => !folder.startsWith('node_modules/')),
    packages: all.filter((folder) => folder.startsWith('node_modules/')),
  };
}
