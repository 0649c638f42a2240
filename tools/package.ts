/**
 * Writes the package to `dist/` as it is published: npm's tarball, and the artifacts for the registry of each jsii language.
 *
 *     npm run package -- [--code-only] [--outdir <directory>] [<language>…]
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LanguagePackages, TARGETS, type Target } from './packages/languages';
import { pack } from './packages/tarball';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'code-only': { type: 'boolean', default: false },
      outdir: { type: 'string', default: 'dist' },
    },
  });
  const targets = positionals.length === 0 ? TARGETS : positionals.map(target);
  const directory = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    const tarball = await pack(process.cwd(), directory);
    mkdirSync(join(values.outdir, 'js'), { recursive: true });
    copyFileSync(tarball, join(values.outdir, 'js', basename(tarball)));
    const packages = await LanguagePackages.from(tarball, process.cwd(), directory);
    for (const each of targets) {
      await (values['code-only']
        ? packages.generate(each, resolve(values.outdir))
        : packages.build(each, resolve(values.outdir)));
      console.log(join(values.outdir, each));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function target(name: string): Target {
  const known = TARGETS.find((each) => each === name);
  if (known === undefined) throw new Error(`There is no language "${name}"; there are: ${TARGETS.join(', ')}`);
  return known;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
