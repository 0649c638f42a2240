import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../../tools/packages/command';
import { floor } from '../../tools/packages/languages';
import { RESOURCE_TYPE } from '../../lib/protocol';
import { type Templates, synthesizeAll } from './assembly';
import { type Cdk, EXAMPLES, type Example, type Language, LanguageApp, type Place } from './language';
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

  /** The tarball is already npm's artifact, so only its publication is tried. */
  public async build(): Promise<void> {
    await run('npm', ['publish', '--dry-run', '--ignore-scripts', this.place.tarball], this.place.workspace);
  }

  public async createApp(directory: string, cdk: Cdk): Promise<TypeScriptApp> {
    const oldest = floor(this.place.project);
    const versions = cdk === 'floor' ? oldest : { 'aws-cdk-lib': '2', constructs: '10' };
    const app = await this.createAppWith(directory, versions);
    this.references.set(app.cdkVersion, this.referenceOf(app));
    return app;
  }

  /** TypeScript's results with the version of the CDK that another language uses. */
  public reference(cdkVersion: string): Promise<Reference> {
    const known = this.references.get(cdkVersion) ?? this.createReference(cdkVersion);
    this.references.set(cdkVersion, known);
    return known;
  }

  private async createReference(cdkVersion: string): Promise<Reference> {
    const directory = join(this.place.workspace, `reference-${cdkVersion}`);
    return this.referenceOf(await this.createAppWith(directory, { 'aws-cdk-lib': cdkVersion, constructs: '10' }));
  }

  private async referenceOf(app: TypeScriptApp): Promise<Reference> {
    const [sentences = {}] = await app.refusals();
    const templates = await synthesizeAll(this.place.project, app);
    for (const [example, each] of templates) {
      if (!JSON.stringify([...each]).includes(RESOURCE_TYPE)) throw new Error(`${example} rotates nothing`);
    }
    return { templates, sentences };
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
    return new TypeScriptApp(directory, installedVersion(directory, 'aws-cdk-lib'));
  }
}

export class TypeScriptApp extends LanguageApp {
  public override run(program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    return run('npx', ['tsx', `${program}.ts`], this.directory, environment);
  }

  /** Compiles everything: an unused `@ts-expect-error` is an error, too. */
  public override async mistakes(): Promise<string[]> {
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
