import type { Refusals } from './refusals';

export type Cdk = 'floor' | 'newest';

/** What README and doc comments show. */
export const SHOWN = ['quick-start', 'provider', 'fleet'] as const;

/** And the app that `cdk.json` runs. */
export const EXAMPLES = [...SHOWN, 'app'] as const;

export type Example = (typeof EXAMPLES)[number];

/** What the languages are checked with. */
export interface Place {
  /** The checkout. */
  readonly project: string;
  /** Where everything goes that the check makes, and is removed with it. */
  readonly workspace: string;
  readonly tarball: string;
}

/** A language that the package is used from, as its users do it. */
export interface Language {
  readonly name: string;
  /** The folder of its apps in `examples/`. */
  readonly folder: string;
  /** The commands that a machine needs for it. */
  readonly tools: readonly string[];
  /** Builds the package as the language's registry takes it, and checks what can be checked without publishing. */
  build(): Promise<void>;
  /** Makes an app in a directory that has been empty, and installs the package into it. */
  createApp(directory: string, cdk: Cdk): Promise<LanguageApp>;
}

export abstract class LanguageApp {
  public constructor(
    public readonly directory: string,
    /** The aws-cdk-lib that is installed. */
    public readonly cdkVersion: string,
    public readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  /** Runs an example or the refusals, and returns what it printed. */
  public abstract run(program: (typeof SHOWN)[number] | 'refusals', environment?: NodeJS.ProcessEnv): Promise<string>;

  /** Tries what has to be refused, in each way that the language may be run. */
  public async refusals(): Promise<Refusals[]> {
    return [JSON.parse(await this.run('refusals')) as Refusals];
  }

  /** Compiles what the compiler has to refuse, and returns what is wrong with its answers. */
  public mistakes(): Promise<string[]> {
    return Promise.resolve([]);
  }
}
