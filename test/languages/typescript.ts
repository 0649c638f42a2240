import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { floor } from '../../tools/packages/languages';
import { attempt, run } from '../../tools/packages/command';
import { type Templates, synthesizeAll } from './assembly';
import { synthesize } from './cdk-cli';
import { type Cdk, EXAMPLES, type Example, type Language, type LanguageApp, type Place } from './language';
import { installedVersion } from './npm';
import type { Refusals } from './refusals';

/** What all other languages are compared with. */
export interface Reference {
  readonly templates: ReadonlyMap<Example, Templates>;
  readonly sentences: Refusals;
}

export class TypeScript implements Language {
  public readonly name = 'TypeScript';
  public readonly folder = 'typescript';
  public readonly tools = ['node', 'npm'];
  private readonly references = new Map<string, Promise<Reference>>();

  public constructor(private readonly place: Place) {}

  /** The package is what npm takes: packing it was all, and publishing can be tried. */
  public async build(): Promise<void> {
    await run('npm', ['publish', '--dry-run', '--ignore-scripts', this.place.tarball], this.place.workspace);
  }

  public createApp(directory: string, cdk: Cdk): Promise<TypeScriptApp> {
    const oldest = floor(this.place.project);
    return this.createAppWith(directory, cdk === 'floor' ? oldest : { 'aws-cdk-lib': '2', constructs: '10' });
  }

  /** What TypeScript makes of the examples with the version of the CDK that another language has. */
  public reference(cdkVersion: string): Promise<Reference> {
    const known = this.references.get(cdkVersion) ?? this.createReference(cdkVersion);
    this.references.set(cdkVersion, known);
    return known;
  }

  private async createReference(cdkVersion: string): Promise<Reference> {
    const directory = join(this.place.workspace, `reference-${cdkVersion}`);
    const app = await this.createAppWith(directory, { 'aws-cdk-lib': cdkVersion, constructs: '10' });
    return { templates: await synthesizeAll(app, directory), sentences: await app.sentences() };
  }

  private async createAppWith(directory: string, versions: Readonly<Record<string, string>>): Promise<TypeScriptApp> {
    cpSync(join(this.place.project, 'examples', this.folder), directory, { recursive: true });
    for (const kind of ['refusals', 'mistakes']) {
      copyFileSync(join(this.place.project, 'test', 'languages', kind, `${kind}.ts`), join(directory, `${kind}.ts`));
    }
    const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages, this.place.tarball],
      directory,
    );
    return new TypeScriptApp(directory, this.place, installedVersion(directory, 'aws-cdk-lib'));
  }
}

class TypeScriptApp implements LanguageApp {
  public constructor(
    private readonly directory: string,
    private readonly place: Place,
    public readonly cdkVersion: string,
  ) {}

  public synthesize(example: Example, assembly: string): Promise<void> {
    const command = example === 'app' ? undefined : `npx tsx ${example}.ts`;
    return synthesize(this.place.project, { directory: this.directory, command }, assembly);
  }

  public async refusals(): Promise<Refusals[]> {
    return [await this.sentences()];
  }

  public async sentences(): Promise<Refusals> {
    return JSON.parse(await run('npx', ['tsx', 'refusals.ts'], this.directory)) as Refusals;
  }

  /** Compiles everything: a mistake that is none is one to the compiler. */
  public async mistakes(): Promise<string[]> {
    const tsconfig = {
      compilerOptions: {
        strict: true,
        skipLibCheck: true,
        module: 'node16',
        target: 'es2022',
        noEmit: true,
        types: [],
      },
      files: [...EXAMPLES, 'mistakes'].map((name) => `${name}.ts`),
    };
    writeFileSync(join(this.directory, 'tsconfig.json'), JSON.stringify(tsconfig));
    const { exitCode, stdout } = await attempt('npx', ['tsc'], this.directory);
    return exitCode === 0 ? [] : [stdout];
  }
}
