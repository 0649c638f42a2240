/** What is published: everything that the package needs, and nothing else. */
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import ts from 'typescript';
import { PROJECT, run, runTool } from './command';
import { NAME, app, installed, tarball, workspace } from './workspace';

const published = installed('newest');
const modules = readdirSync(join(PROJECT, 'lib'))
  .filter((file) => /(?<!\.d)\.ts$/.test(file))
  .map((file) => file.replace(/\.ts$/, ''));

const text = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const json = (...path: string[]): Record<string, unknown> => JSON.parse(text(...path)) as Record<string, unknown>;

test('the tarball has these files and no others', async () => {
  const listed = (await run('tar', ['-tzf', tarball()], workspace())).trim().split('\n');
  expect(listed.map((file) => file.replace(/^package\//, '')).sort()).toEqual(
    [
      '.jsii',
      '.jsii.tabl.json.gz',
      'API.md',
      'CHANGELOG.md',
      'LICENSE',
      'LICENSE-3RD-PARTY',
      'README.md',
      'package.json',
      'cli/dist/index.js',
      'lambda/dist/index.js',
      ...modules.flatMap((module) => [`lib/${module}.js`, `lib/${module}.d.ts`]),
    ].sort(),
  );
});

// https://constructs.dev/contribute
describe('Construct Hub lists the package', () => {
  const assembly = json(published, '.jsii');
  const manifest = json(published, 'package.json');

  test('by its keywords, license and assembly', () => {
    const { name, version, license, keywords } = manifest;
    expect(assembly).toMatchObject({
      schema: 'jsii/0.10.0',
      name,
      version,
      license,
      docs: { stability: 'experimental' },
    });
    expect({ name, license, keywords }).toEqual({
      name: NAME,
      license: 'Apache-2.0',
      keywords: expect.arrayContaining(['cdk', 'aws-cdk', 'awscdk']) as string[],
    });
    expect(text(published, 'LICENSE')).toMatch(/Apache License\s+Version 2\.0/);
  });

  test('with its README, author, repository and the versions that it needs', () => {
    expect(assembly.readme).toEqual({ markdown: text(published, 'README.md') });
    const website = 'https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation';
    expect(manifest).toMatchObject({
      author: { name: expect.any(String) as string, url: website },
      repository: { type: 'git', url: `${website}.git` },
      homepage: `${website}#readme`,
      bugs: `${website}/issues`,
      engines: { node: '>= 20' },
      main: 'lib/index.js',
      types: 'lib/index.d.ts',
    });
    expect(assembly.repository).toEqual(manifest.repository);
    expect(Object.keys(assembly.dependencies as object)).toEqual(['aws-cdk-lib', 'constructs']);
  });

  test('for every language', () => {
    expect(Object.keys(assembly.targets as object).sort()).toEqual(['dotnet', 'go', 'java', 'js', 'python']);
  });

  test('with what README and doc comments show, in every language', () => {
    const { snippets } = JSON.parse(
      gunzipSync(readFileSync(join(published, '.jsii.tabl.json.gz'))).toString(),
    ) as Tablet;
    const shown = Object.values(snippets);
    // The README's, and one for each class.
    expect(shown).toHaveLength(4);
    for (const { didCompile, translations } of shown) {
      expect(didCompile).toBe(true);
      expect(Object.keys(translations).sort()).toEqual(['$', 'csharp', 'go', 'java', 'python']);
      expect(translations.go?.source).toContain('defer jsii.Close()');
    }
  });
});

interface Tablet {
  readonly snippets: Readonly<
    Record<string, { didCompile: boolean; translations: Readonly<Record<string, { source: string }>> }>
  >;
}

test('it has no dependencies, and the two peers of every construct library', () => {
  const { dependencies, bundledDependencies, peerDependencies } = json(published, 'package.json');
  expect({ dependencies, bundledDependencies, peerDependencies }).toEqual({
    peerDependencies: { 'aws-cdk-lib': '^2.200.0', constructs: '^10.0.0' },
  });
});

test('it has no install scripts', () => {
  const { scripts } = json(published, 'package.json') as { scripts: Record<string, string> };
  const onInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
  expect(onInstall.filter((name) => name in scripts)).toEqual([]);
});

test('it comes with the license of every package that is bundled', async () => {
  const licenses = text(published, 'LICENSE-3RD-PARTY');
  const bundled = await packagesInBundles();
  expect(bundled).toEqual(
    expect.arrayContaining(['@aws-sdk/client-kms', '@aws-sdk/client-ssm', '@smithy/core', 'commander']),
  );
  const named = [...licenses.matchAll(/^(\S+) (\d\S*) \((.+)\)$/gm)].map(([, name, version, license]) => ({
    name,
    version,
    license,
  }));
  expect(named).toHaveLength(bundled.length);
  for (const name of bundled) {
    const { version, license } = json(PROJECT, 'node_modules', name, 'package.json');
    expect(named).toContainEqual({ name, version, license });
  }
  expect(licenses).toMatch(/Apache License\s+Version 2\.0/);
});

test('the changelog has an entry for its version', () => {
  const { version } = json(published, 'package.json');
  expect(text(published, 'CHANGELOG.md')).toContain(`## ${String(version)}`);
});

test('the handler is complete: it loads where nothing is installed', async () => {
  const empty = mkdtempSync(join(workspace(), 'lambda-'));
  writeFileSync(join(empty, 'index.js'), text(published, 'lambda', 'dist', 'index.js'));
  const environment = { AWS_REGION: 'us-east-1', NODE_PATH: '' };
  expect(await run(process.execPath, ['-p', 'typeof require("./index").handler'], empty, environment)).toBe(
    'function\n',
  );
});

test('the command line is complete: it runs where nothing else is installed', async () => {
  const empty = mkdtempSync(join(workspace(), 'cli-'));
  writeFileSync(join(empty, 'index.js'), text(published, 'cli', 'dist', 'index.js'));
  expect(await run(process.execPath, ['index.js', '--help'], empty, { NODE_PATH: '' })).toContain('status [options]');
});

test('npx finds the command line', async () => {
  const { version } = json(published, 'package.json');
  expect(await run('npx', ['--no-install', NAME, '--version'], app('newest'))).toBe(`${String(version)}\n`);
});

test.each(modules)('lib/%s.js is the output of tsc, apart from the marker of jsii', (module) => {
  const { config } = ts.readConfigFile(join(PROJECT, 'tsconfig.json'), (file) => text(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, PROJECT);
  const fileName = join(PROJECT, 'lib', `${module}.ts`);
  const { outputText } = ts.transpileModule(text(fileName), {
    fileName,
    compilerOptions: { ...options, isolatedModules: true },
  });
  const jsiiMarker = /^.*(const JSII_RTTI_SYMBOL_1 =|static \[JSII_RTTI_SYMBOL_1\] =).*\n/gm;
  expect(text(published, 'lib', `${module}.js`).replace(jsiiMarker, '')).toBe(outputText);
});

test('neither constructs nor handler contain a literal partition', () => {
  const own = [...readdirSync(join(PROJECT, 'lib')).map((file) => join('lib', file)), ...handlerSources()];
  expect(own.filter((file) => file.endsWith('.ts') && text(PROJECT, file).includes('arn:aws'))).toEqual([]);
});

test('API.md matches the doc comments; if not: npm run docs:api', async () => {
  await runTool('jsii-docgen', ['--output', join(workspace(), 'API.md')], PROJECT);
  expect(text(published, 'API.md') === text(workspace(), 'API.md')).toBe(true);
});

/** Without minified white space, esbuild names the source files in the bundle. */
async function packagesInBundles(): Promise<string[]> {
  const { scripts } = json(PROJECT, 'package.json') as { scripts: Record<string, string> };
  const bundles = ['build:handler', 'build:cli'].map((script) => {
    const options = (scripts[script] ?? '')
      .replace(/--banner\S*?"[^"]*"/, '')
      .split(/ +/)
      .slice(1)
      .filter((option) => !/^--(outfile|metafile|minify-whitespace)/.test(option));
    return runTool('esbuild', options, PROJECT);
  });
  const names = [
    ...(await Promise.all(bundles)).join('\n').matchAll(/^\s*\/\/ .*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)/gm),
  ].map(([, name = '']) => name);
  return [...new Set(names)];
}

function handlerSources(): string[] {
  return readdirSync(join(PROJECT, 'lambda')).map((file) => join('lambda', file));
}
