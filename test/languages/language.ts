import type { Refusals } from './refusals';

export type Cdk = 'floor' | 'newest';

/** The examples in README and doc comments. */
export const SHOWN = ['quick-start', 'provider', 'fleet'] as const;

/** Includes the app that `cdk.json` runs. */
export const EXAMPLES = [...SHOWN, 'app'] as const;

export type Example = (typeof EXAMPLES)[number];

/** What the languages are checked with. */
export interface Place {
  /** The checkout. */
  readonly project: string;
  /** The directory for everything that the check creates; removed at its end. */
  readonly workspace: string;
  readonly tarball: string;
  /** The newest aws-cdk-lib on npm. Other registries can be a release ahead, for which TypeScript has no templates to compare with. */
  readonly newestCdk: string;
}

/** A language from which the package is used, as its users do. */
export interface Language {
  readonly name: string;
  /** The folder of its apps in `examples/`. */
  readonly folder: string;
  /** The commands that a machine needs for it. */
  readonly tools: readonly string[];
  /** Builds the artifact for the language's registry, and checks what it can without publishing. */
  build(): Promise<void>;
  /** Creates an app in an empty directory, and installs the package into it. */
  createApp(directory: string, cdk: Cdk): Promise<LanguageApp>;
}

export abstract class LanguageApp {
  public constructor(
    public readonly directory: string,
    /** The installed version of aws-cdk-lib. */
    public readonly cdkVersion: string,
    public readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  /** Runs an example or the refusals, and returns what it printed. */
  public abstract run(program: (typeof SHOWN)[number] | 'refusals', environment?: NodeJS.ProcessEnv): Promise<string>;

  /** Tries what must be refused, in each way that the language can run. */
  public async refusals(): Promise<Refusals[]> {
    return [JSON.parse(await this.run('refusals')) as Refusals];
  }

  /** Compiles what the compiler must reject, and returns what is wrong with its errors. */
  public mistakes(): Promise<string[]> {
    return Promise.resolve([]);
  }
}
