import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { attempt, run } from '../../tools/packages/command';
import type { LanguagePackages } from '../../tools/packages/languages';
import { pascalCase } from '../../tools/packages/translations';
import { checkJar } from './jar';
import { type Cdk, type Language, LanguageApp, type Place } from './language';
import { answersIn, wrongAnswers } from './mistakes';

const PACKAGE = join('src', 'main', 'java', 'com', 'example');

export class Java implements Language {
  public readonly name = 'Java';
  public readonly folder = 'java';
  public readonly tools = ['javac', 'mvn'];

  public constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
  ) {}

  public async build(): Promise<void> {
    await this.packages.build('java', join(this.place.workspace, 'dist'));
    await checkJar(this.place.project, this.repository);
  }

  public async createApp(directory: string, cdk: Cdk): Promise<JavaApp> {
    cpSync(join(this.place.project, 'examples', this.folder), directory, { recursive: true });
    copyFileSync(
      join(this.place.project, 'test', 'languages', 'refusals', 'Refusals.java'),
      join(directory, PACKAGE, 'Refusals.java'),
    );
    this.configureMaven(directory, cdk);
    await run('mvn', ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath'], directory);
    const classpath = readFileSync(join(directory, 'classpath'), 'utf8').trim();
    const [, version = classpath] = /aws-cdk-lib-([\d.]+)\.jar/.exec(classpath) ?? [];
    return new JavaApp(this.place.project, [join(directory, 'target', 'classes'), classpath], directory, version);
  }

  /** jsii-pacmak's output is laid out as a Maven repository. */
  private get repository(): string {
    return join(this.place.workspace, 'dist', 'java');
  }

  /** Sets the options for all Maven runs in the app's directory, including that of `cdk.json`. */
  private configureMaven(directory: string, cdk: Cdk): void {
    writeFileSync(
      join(directory, 'settings.xml'),
      `<settings>
        <profiles>
          <profile>
            <id>built</id>
            <repositories><repository><id>built</id><url>file://${this.repository}</url></repository></repositories>
          </profile>
        </profiles>
        <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
      </settings>`,
    );
    // 2.200.0 is not on Maven Central; later releases of 2.200 are.
    const versions = cdk === 'floor' ? '[2.200.0,2.201.0)' : `[2.200.0,${this.place.newestCdk}]`;
    mkdirSync(join(directory, '.mvn'));
    writeFileSync(
      join(directory, '.mvn', 'maven.config'),
      [
        '--batch-mode',
        '--quiet',
        '--settings=settings.xml',
        `-Dmaven.repo.local=${this.packages.mavenRepository}`,
        `-Dcdk.version=${versions}`,
      ].join('\n'),
    );
  }
}

class JavaApp extends LanguageApp {
  public constructor(
    private readonly project: string,
    private readonly classpath: readonly string[],
    directory: string,
    cdkVersion: string,
  ) {
    super(directory, cdkVersion);
  }

  public override run(program: string, environment?: NodeJS.ProcessEnv): Promise<string> {
    const options = ['-cp', this.classpath.join(delimiter), `com.example.${pascalCase(program)}`];
    return run('java', options, this.directory, environment);
  }

  public override async mistakes(): Promise<string[]> {
    const file = join(this.project, 'test', 'languages', 'mistakes', 'Mistakes.java');
    const options = ['-proc:none', '-d', join(this.directory, 'mistakes'), '-cp', this.classpath.join(delimiter)];
    const { stderr } = await attempt('javac', [...options, file], this.directory);
    return wrongAnswers(file, answersIn(stderr, /Mistakes\.java:(?<line>\d+): error: (?<message>.+)/g));
  }
}
