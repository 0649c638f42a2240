import { copyFileSync, cpSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../../tools/packages/command';
import { type LanguagePackages, floor } from '../../tools/packages/languages';
import { type Cdk, type Language, LanguageApp, type Place } from './language';
import type { Refusals } from './refusals';

export class Python implements Language {
  public readonly name = 'Python';
  public readonly folder = 'python';
  public readonly tools = ['python3'];

  public constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
  ) {}

  /** jsii-pacmak runs `twine check` on its output. */
  public async build(): Promise<void> {
    await this.packages.build('python', join(this.place.workspace, 'dist'));
  }

  public async createApp(directory: string, cdk: Cdk): Promise<PythonApp> {
    cpSync(join(this.place.project, 'examples', this.folder), directory, { recursive: true });
    copyFileSync(
      join(this.place.project, 'test', 'languages', 'refusals', 'refusals.py'),
      join(directory, 'refusals.py'),
    );
    await run('python3', ['-m', 'venv', '.venv'], directory);
    const environment = {
      PATH: [join(directory, '.venv', 'bin'), process.env.PATH].join(delimiter),
      VIRTUAL_ENV: join(directory, '.venv'),
    };
    const oldest = floor(this.place.project)['aws-cdk-lib'] ?? '';
    const version = cdk === 'floor' ? `aws-cdk-lib==${oldest}` : `aws-cdk-lib<=${this.place.newestCdk}`;
    const pip = ['install', '--quiet', '--disable-pip-version-check', '--requirement', 'requirements.txt'];
    await run('pip', [...pip, this.wheel(), version], directory, environment);
    const shown = await run('pip', ['show', 'aws-cdk-lib'], directory, environment);
    return new PythonApp(directory, /^Version: (.+)$/m.exec(shown)?.[1] ?? shown, environment);
  }

  private wheel(): string {
    const dist = join(this.place.workspace, 'dist', 'python');
    const [wheel, ...others] = readdirSync(dist).filter((file) => file.endsWith('.whl'));
    if (wheel === undefined || others.length > 0) throw new Error(`There must be exactly one wheel in ${dist}`);
    return join(dist, wheel);
  }
}

class PythonApp extends LanguageApp {
  public override run(program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    return this.runWith([], program, environment);
  }

  /** Without assertions, Python checks no types, and only jsii's own checks remain. */
  public override async refusals(): Promise<Refusals[]> {
    const withoutAssertions = JSON.parse(await this.runWith(['-O'], 'refusals')) as Refusals;
    return [...(await super.refusals()), withoutAssertions];
  }

  private runWith(options: readonly string[], program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    const file = `${program.replace('-', '_')}.py`;
    return run('python', [...options, file], this.directory, { ...this.environment, ...environment });
  }
}
