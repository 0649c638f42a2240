import type { Refusals } from './refusals';

export type Cdk = 'floor' | 'newest';

/** What the README and the doc comments show, and the app that `cdk.json` runs. */
export const EXAMPLES = ['quick-start', 'provider', 'fleet', 'app'] as const;

export type Example = (typeof EXAMPLES)[number];

/** What the app of a language is run with. */
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
  /** An app that has been empty until the package was installed into it. */
  createApp(directory: string, cdk: Cdk): Promise<LanguageApp>;
}

export interface LanguageApp {
  /** The aws-cdk-lib that is installed. */
  readonly cdkVersion: string;
  synthesize(example: Example, assembly: string): Promise<void>;
  /** Tries what has to be refused, in each way that the language may be run. */
  refusals(): Promise<Refusals[]>;
  /** Compiles what the compiler has to refuse, and returns what is wrong with its answers. */
  mistakes(): Promise<string[]>;
}
