import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from '../../tools/packages/command';
import { type LanguagePackages, floor } from '../../tools/packages/languages';
import { type Cdk, EXAMPLES, type Language, LanguageApp, type Place } from './language';
import { answersIn, wrongAnswers } from './mistakes';

const CDK = 'github.com/aws/aws-cdk-go/awscdk/v2';
const MODULE = 'github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation';

export class Go implements Language {
  public readonly name = 'Go';
  public readonly folder = 'go';
  public readonly tools = ['go'];

  public constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
  ) {}

  public async build(): Promise<void> {
    await this.packages.build('go', join(this.place.workspace, 'dist'));
    const required = readFileSync(join(this.module, 'go.mod'), 'utf8');
    const oldest = `${CDK} v${floor(this.place.project)['aws-cdk-lib'] ?? ''}`;
    if (!required.includes(`${oldest}\n`)) throw new Error(`go.mod does not require ${oldest}:\n${required}`);
  }

  public async createApp(directory: string, cdk: Cdk): Promise<GoApp> {
    cpSync(join(this.place.project, 'examples', this.folder), directory, { recursive: true });
    for (const kind of ['refusals', 'mistakes']) {
      mkdirSync(join(directory, kind));
      copyFileSync(join(this.place.project, 'test', 'languages', kind, `${kind}.go`), join(directory, kind, 'main.go'));
    }
    await run('go', ['mod', 'edit', `-replace=${MODULE}=${this.module}`], directory);
    // `go.mod` requires the oldest version, and Go uses exactly that.
    if (cdk === 'newest') await run('go', ['get', `${CDK}@<=v${this.place.newestCdk}`], directory);
    await run('go', ['mod', 'tidy'], directory);
    const version = await run('go', ['list', '-m', '-f', '{{.Version}}', CDK], directory);
    return new GoApp(directory, version.trim().replace(/^v/, ''));
  }

  private get module(): string {
    return join(this.place.workspace, 'dist', 'go', 'cdkondemandkeyrotation');
  }
}

class GoApp extends LanguageApp {
  public override run(program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    return run('go', ['run', `./${program}`], this.directory, environment);
  }

  public override async mistakes(): Promise<string[]> {
    await run('go', ['vet', MODULE, ...EXAMPLES.map((example) => `./${example}`)], this.directory);
    const file = join(this.directory, 'mistakes', 'main.go');
    const { stderr } = await attempt('go', ['build', '-gcflags=-e', '-o', devNull, './mistakes'], this.directory);
    return wrongAnswers(file, answersIn(stderr, /main\.go:(?<line>\d+):\d+: (?<message>.+)/g));
  }
}
