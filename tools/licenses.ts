/**
 * Writes LICENSE-3RD-PARTY: the licenses of all packages in the published bundles, as listed by esbuild.
 *
 *     node tools/licenses.js <esbuild metafile> …
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

const PROJECT = path.join(__dirname, '..');
const HEADING =
  'The published files contain code of the packages below. Each is followed by its license, in the words of its authors.';

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly repository: string;
  /** Empty without a license file. */
  readonly text: string;
}

function main(metafiles: readonly string[]): void {
  if (metafiles.length === 0) throw new Error('Usage: node tools/licenses.js <esbuild metafile> …');
  const folders = new Set(metafiles.flatMap((file) => bundledFolders(path.join(PROJECT, file))));
  const packages = withTexts([...folders].sort().map((folder) => readPackage(path.join(PROJECT, folder))));
  writeFileSync(path.join(PROJECT, 'LICENSE-3RD-PARTY'), `${[HEADING, ...sections(packages)].join(RULE)}\n`);
}

const RULE = `\n\n${'-'.repeat(80)}\n\n`;

/** The folders in `node_modules` of the packages with code in a bundle. */
function bundledFolders(metafile: string): string[] {
  const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as {
    outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
  };
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly repository?: { readonly url?: string };
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license, repository } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)\b/i.test(file))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  return { name, version, license, repository: repository?.url ?? name, text: texts.join('\n\n') };
}

/** Some packages of a monorepo lack the license file that the others have. */
function withTexts(packages: readonly BundledPackage[]): BundledPackage[] {
  return packages.map((each) => {
    if (each.text !== '') return each;
    const { name, version, license, repository } = each;
    const sibling = packages.find(
      (other) => other.text !== '' && other.license === license && other.repository === repository,
    );
    if (!sibling) throw new Error(`${name} ${version} is bundled and has no license file: see to its license by hand`);
    return { ...each, text: sibling.text };
  });
}

/** Most packages of the AWS SDK have the same text, which is printed once. */
function sections(packages: readonly BundledPackage[]): string[] {
  const byText = new Map<string, string[]>();
  for (const { name, version, license, text } of packages)
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  return [...byText].map(([text, owners]) => [...owners, '', text].join('\n'));
}

main(process.argv.slice(2));
