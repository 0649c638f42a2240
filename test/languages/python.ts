import { copyFileSync, cpSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../../tools/packages/command';
import { type LanguagePackages, floor } from '../../tools/packages/languages';
import { synthesize } from './cdk-cli';
import type { Cdk, Example, Language, LanguageApp, Place } from './language';
import type { Refusals } from './refusals';

export class Python implements Language {
  public readonly name = 'Python';
  public readonly folder = 'python';
  public readonly tools = ['python3'];

  public constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
  ) {}

  /** jsii-pacmak has `twine check` look at what it has built. */
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
    const oldest = cdk === 'floor' ? [`aws-cdk-lib==${floor(this.place.project)['aws-cdk-lib'] ?? ''}`] : [];
    const pip = ['install', '--quiet', '--disable-pip-version-check', '--requirement', 'requirements.txt'];
    await run('pip', [...pip, this.wheel(), ...oldest], directory, environment);
    const shown = await run('pip', ['show', 'aws-cdk-lib'], directory, environment);
    return new PythonApp(directory, this.place, environment, /^Version: (.+)$/m.exec(shown)?.[1] ?? shown);
  }

  private wheel(): string {
    const dist = join(this.place.workspace, 'dist', 'python');
    const [wheel, ...others] = readdirSync(dist).filter((file) => file.endsWith('.whl'));
    if (wheel === undefined || others.length > 0) throw new Error(`There is not one wheel in ${dist}`);
    return join(dist, wheel);
  }
}

class PythonApp implements LanguageApp {
  public constructor(
    private readonly directory: string,
    private readonly place: Place,
    private readonly environment: NodeJS.ProcessEnv,
    public readonly cdkVersion: string,
  ) {}

  public synthesize(example: Example, assembly: string): Promise<void> {
    const command = example === 'app' ? undefined : `python ${example.replace('-', '_')}.py`;
    return synthesize(
      this.place.project,
      { directory: this.directory, command, environment: this.environment },
      assembly,
    );
  }

  /** Without assertions Python checks no types, and what jsii checks on its side of the process remains. */
  public async refusals(): Promise<Refusals[]> {
    return [await this.refusalsWith([]), await this.refusalsWith(['-O'])];
  }

  /** No compiler sees Python. */
  public mistakes(): Promise<string[]> {
    return Promise.resolve([]);
  }

  private async refusalsWith(options: readonly string[]): Promise<Refusals> {
    const printed = await run('python', [...options, 'refusals.py'], this.directory, this.environment);
    return JSON.parse(printed) as Refusals;
  }
}
