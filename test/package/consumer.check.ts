/** The installed package works in an app, with the oldest and the newest CDK that it supports. */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { TYPES_OF_A_ROTATION } from '../unit/lib/template';
import { PROJECT, run, runTool } from './command';
import { CDK_VERSIONS, type CdkVersion, app, installed } from './workspace';

const STACKS = ['Anywhere', 'China', 'Commercial', 'Configured', 'GovCloud', 'ParentNested', 'ProductionStaged'];

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
}

describe.each(Object.keys(CDK_VERSIONS) as CdkVersion[])('with the %s CDK', (version) => {
  beforeAll(() => compile(version));

  test.each(['defaults', 'all'])('the app is synthesized with feature flags: %s', async (flags) => {
    const assembly = join(app(version), `flags-${flags}`);
    await run(process.execPath, [join('compiled', 'everywhere.js'), assembly, flags], app(version));

    const templates = rotatingTemplates(assembly);
    expect([...templates.keys()].sort()).toEqual(STACKS);
    for (const template of templates.values()) expect(typesOf(template)).toEqual(TYPES_OF_A_ROTATION);
    expect(partitions(templates.get('China'))).toEqual(flags === 'all' ? ['aws-cn'] : []);
    expect(partitions(templates.get('GovCloud'))).toEqual(flags === 'all' ? ['aws-us-gov'] : []);
    expect(partitions(templates.get('Anywhere'))).toEqual([]);
  });

  test('the function is the published bundle', () => {
    const asset = `asset.${FileSystem.fingerprint(join(installed(version), 'lambda', 'dist'))}`;
    expect(readdirSync(join(app(version), 'flags-all'))).toContain(asset);
    expect(readFileSync(join(app(version), 'flags-all', asset, 'index.js'))).toEqual(
      readFileSync(join(PROJECT, 'lambda', 'dist', 'index.js')),
    );
  });
});

/** Compiles the app against the installed package, and the constructs' own sources against the CDK that is installed there. */
async function compile(version: CdkVersion): Promise<void> {
  const directory = app(version);
  cpSync(join(PROJECT, 'test', 'package', 'app'), directory, { recursive: true });
  mkdirSync(join(directory, 'sources'));
  readdirSync(join(PROJECT, 'lib'))
    .filter((file) => /(?<!\.d)\.ts$/.test(file))
    .forEach((file) => {
      cpSync(join(PROJECT, 'lib', file), join(directory, 'sources', file));
    });
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        skipLibCheck: true,
        target: 'ES2022',
        module: 'node16',
        moduleResolution: 'node16',
        typeRoots: [join(PROJECT, 'node_modules', '@types')],
        types: ['node'],
        rootDir: '.',
        outDir: 'compiled',
      },
      files: ['everywhere.ts', 'sources/index.ts'],
    }),
  );
  await runTool('tsc', ['-p', directory], directory);
}

/** The templates with a rotation, by the name of their stack. */
function rotatingTemplates(assembly: string): Map<string, Template> {
  const files = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.template.json'),
  );
  const templates = files.map(
    (file) => [nameOf(file), JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template] as const,
  );
  return new Map(templates.filter(([, template]) => typesOf(template).includes('Custom::OnDemandKeyRotation')));
}

/** The stack's name, without the hashes and punctuation that the CDK adds to file names. */
function nameOf(file: string): string {
  return (
    /[^/]*$/
      .exec(file)?.[0]
      .replace(/(\.nested)?\.template\.json$/, '')
      .replace(/[0-9A-F]{8}$/, '')
      .replace(/-/g, '') ?? file
  );
}

/** Without the key, which is the app's, and the CDK's own metadata. */
function typesOf(template: Template): string[] {
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  return types.filter((type) => !['AWS::KMS::Key', 'AWS::CDK::Metadata'].includes(type)).sort();
}

/** The partitions that the provider's and the rotation's resources name literally. */
function partitions(template: Template | undefined): string[] {
  const own = Object.values(template?.Resources ?? {}).filter(({ Type }) => Type !== 'AWS::KMS::Key');
  return [...new Set(JSON.stringify(own).match(/(?<=arn:)aws[a-z-]*/g) ?? [])];
}
