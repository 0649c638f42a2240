/**
 * The package in the languages of jsii, each made from the tarball that npm publishes.
 *
 * jsii-pacmak takes what it knows of the dependencies from what is installed beside the package. So it is installed beside the
 * oldest that it works with: otherwise go.mod, which names one version and no range, would demand the one developed on, and
 * the generated code would hold what the oldest does not have.
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

/** The oldest versions that the package works with, by the name of its peer. */
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

  /** Where Maven keeps what it has fetched: it can't share that between processes. */
  public get mavenRepository(): string {
    return join(this.directory, 'maven');
  }

  /** Builds what the language's registry takes, in `<outdir>/<target>`. */
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
        // It packs the installed package once more, which has nothing to build.
        npm_config_ignore_scripts: 'true',
        // Whoever imports the module compiles it, with what they use of the CDK rather than all of it.
        JSII_BUILD_GO: 'false',
      },
    );
  }
}
