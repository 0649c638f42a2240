import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../tools/packages/command';
import type { LanguagePackages } from '../../tools/packages/languages';
import { pascalCase } from '../../tools/packages/translations';
import { type Cdk, EXAMPLES, type Language, LanguageApp, type Place } from './language';

export class DotNet implements Language {
  public readonly name = '.NET';
  public readonly folder = 'csharp';
  public readonly tools = ['dotnet'];

  public constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
  ) {}

  public async build(): Promise<void> {
    await this.packages.build('dotnet', join(this.place.workspace, 'dist'));
  }

  /** NuGet resolves a range to its oldest version. */
  public async createApp(directory: string, cdk: Cdk): Promise<DotNetApp> {
    cpSync(join(this.place.project, 'examples', this.folder), directory, { recursive: true });
    this.addRefusals(directory);
    writeFileSync(
      join(directory, 'nuget.config'),
      `<configuration>
        <packageSources><add key="built" value="${join(this.place.workspace, 'dist', 'dotnet')}" /></packageSources>
      </configuration>`,
    );
    for (const app of [...EXAMPLES.map(pascalCase), 'Refusals']) {
      if (cdk === 'newest') await run('dotnet', ['add', app, 'package', 'Amazon.CDK.Lib'], directory);
      await run('dotnet', ['build', app], directory);
    }
    const resolved = readFileSync(join(directory, 'App', 'obj', 'project.assets.json'), 'utf8');
    return new DotNetApp(directory, /"Amazon\.CDK\.Lib\/([\d.]+)"/.exec(resolved)?.[1] ?? resolved);
  }

  private addRefusals(directory: string): void {
    const refusals = join(directory, 'Refusals');
    mkdirSync(refusals);
    copyFileSync(join(directory, 'QuickStart', 'QuickStart.csproj'), join(refusals, 'Refusals.csproj'));
    copyFileSync(
      join(this.place.project, 'test', 'languages', 'refusals', 'Refusals.cs'),
      join(refusals, 'Program.cs'),
    );
  }
}

/** The build has already tested what the compiler checks. */
class DotNetApp extends LanguageApp {
  public override run(program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    return run('dotnet', ['run', '--no-build', '--project', pascalCase(program)], this.directory, environment);
  }
}

const OURS = /\bOnDemandKeyRotation\w*/g;
const INITIALIZER = /new (OnDemandKeyRotation\w*Props)\s*\{/g;
const PROPERTY = /^(\w+) = /;

/** Checks without .NET that the generated code has all our types, properties and members that the C# apps use. */
export async function readGenerated(place: Place, packages: LanguagePackages): Promise<void> {
  const outdir = join(place.workspace, 'read');
  await packages.generate('dotnet', outdir);
  const generated = join(outdir, 'dotnet', 'CdkOnDemandKeyRotation');
  const types = join(generated, 'CdkOnDemandKeyRotation');

  const project = readFileSync(join(generated, 'CdkOnDemandKeyRotation.csproj'), 'utf8');
  const reference = '<PackageReference Include="Amazon.CDK.Lib" Version="[2.200.0,3.0.0)" />';
  if (!project.includes(reference)) throw new Error(`The project does not say ${reference}:\n${project}`);

  const examples = join(place.project, 'examples', 'csharp');
  const sources = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.cs'));
  const unknown = sources.flatMap((file) => unknownNames(readFileSync(join(examples, file), 'utf8'), types));
  if (unknown.length > 0) throw new Error(`The generated code does not have ${unknown.join(', ')}`);
}

function unknownNames(source: string, types: string): string[] {
  const classes = [...new Set(source.match(OURS))];
  const properties = [...source.matchAll(INITIALIZER)].flatMap((match) =>
    propertiesIn(source.slice(match.index + match[0].length)).map((name) => [match[1] ?? '', name] as const),
  );
  const members = [...source.matchAll(/\brotation\.(\w+)/g)].map(
    ([, name]) => ['OnDemandKeyRotation', name ?? ''] as const,
  );
  return [
    ...classes.filter((name) => declaration(types, name) === ''),
    ...[...properties, ...members]
      .filter(([type, name]) => !new RegExp(`^ +public .*\\b${name}\\b`, 'm').test(declaration(types, type)))
      .map((names) => names.join('.')),
  ];
}

/** The properties that are set before the closing brace, without those in nested braces. */
function propertiesIn(source: string): string[] {
  let depth = 1;
  const own: string[] = [];
  for (const line of source.split('\n').map((text) => text.trim())) {
    const name = depth === 1 ? PROPERTY.exec(line)?.[1] : undefined;
    if (name !== undefined) own.push(name);
    depth += line.split('{').length - line.split('}').length;
    if (depth < 1) return own;
  }
  return own;
}

function declaration(types: string, name: string): string {
  const file = `${name}.cs`;
  return readdirSync(types).includes(file) ? readFileSync(join(types, file), 'utf8') : '';
}
