import type { Outcome } from './function';

/** What an execution environment receives for one event. */
export interface EventForHandler {
  readonly event: unknown;
  readonly context: Readonly<Record<string, string | boolean>> & { readonly awsRequestId: string };
  /** The services that can be reached; undefined where that is all. */
  readonly reach?: readonly string[];
}

export interface EnvironmentOptions {
  readonly variables: Readonly<Record<string, string>>;
  /** Where the function's code lies. */
  readonly taskRoot: string;
  /** How far its clock is ahead, in milliseconds. */
  readonly clockSkew: number;
  readonly log: (line: string) => void;
  /** Told once it can run nothing more. */
  readonly ended: () => void;
}

/**
 * Runs a function's handler, for one event at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export interface ExecutionEnvironment {
  readonly alive: boolean;
  readonly busy: boolean;
  /** Ends itself where the handler takes longer than `timeout` seconds, the loading of its code aside. */
  run(input: EventForHandler, timeout: number): Promise<Outcome>;
  /** As a crash does. */
  kill(): void;
}

export type StartEnvironment = (options: EnvironmentOptions) => ExecutionEnvironment;
