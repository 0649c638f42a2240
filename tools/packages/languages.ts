/**
 * The package in the languages of jsii, each built from the tarball that npm publishes.
 *
 * jsii-pacmak reads the dependencies that are installed beside the package. These are the oldest supported ones: otherwise go.mod, which
 * names one version instead of a range, would require the one used in development, and the generated code could use what the oldest lacks.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';

export const TARGETS = ['python', 'java', 'dotnet', 'go'] as const;

export type Target = (typeof TARGETS)[number];

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export function manifest(project: string): Manifest {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Manifest;
}

/** The oldest supported version of each peer dependency. */
export function floor(project: string): Readonly<Record<string, string>> {
  const peers = Object.entries(manifest(project).peerDependencies);
  return Object.fromEntries(peers.map(([name, range]) => [name, range.replace('^', '')]));
}

export class LanguagePackages {
  private constructor(
    private readonly pacmak: string,
    private readonly installed: string,
    private readonly directory: string,
  ) {}

  /** @param directory where all intermediate files go. */
  public static async from(tarball: string, project: string, directory: string): Promise<LanguagePackages> {
    const app = join(directory, 'floor');
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'floor', private: true }));
    const peers = Object.entries(floor(project)).map(([name, version]) => `${name}@${version}`);
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...peers, tarball], app);
    return new LanguagePackages(
      join(project, 'node_modules', '.bin', 'jsii-pacmak'),
      join(app, 'node_modules', manifest(project).name),
      directory,
    );
  }

  /** Maven's download cache, which it cannot share between processes. */
  public get mavenRepository(): string {
    return join(this.directory, 'maven');
  }

  /** Builds the artifact for the language's registry, in `<outdir>/<target>`. */
  public build(target: Target, outdir: string): Promise<void> {
    return this.runPacmak(target, outdir, []);
  }

  /** Writes the source code only, in `<outdir>/<target>`. */
  public generate(target: Target, outdir: string): Promise<void> {
    return this.runPacmak(target, outdir, ['--code-only']);
  }

  private async runPacmak(target: Target, outdir: string, options: string[]): Promise<void> {
    const maven = [
      `--maven-local-repository=${this.mavenRepository}`,
      // Otherwise the POM would pin the newest CDK of the day, and Gradle would upgrade its users to that.
      // https://www.mojohaus.org/versions/versions-maven-plugin/resolve-ranges-mojo.html
      '--mvn-define=processDependencies=false',
    ];
    await run(
      this.pacmak,
      [
        `--targets=${target}`,
        '--no-npmignore',
        `--outdir=${outdir}`,
        ...options,
        ...(target === 'java' ? maven : []),
        this.installed,
      ],
      this.directory,
      {
        // It packs the installed package again, which has nothing to build.
        npm_config_ignore_scripts: 'true',
        // Users compile the module themselves, with only the parts of the CDK that they use.
        JSII_BUILD_GO: 'false',
      },
    );
  }
}
