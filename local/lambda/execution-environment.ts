import type { Outcome } from './function';

/** What an execution environment receives for one event. */
export interface EventForHandler {
  readonly event: unknown;
  readonly context: Readonly<Record<string, string | boolean>> & { readonly awsRequestId: string };
  /** The services that can be reached; undefined means all. */
  readonly reach?: readonly string[];
}

export interface EnvironmentOptions {
  readonly variables: Readonly<Record<string, string>>;
  /** The directory of the function's code. */
  readonly taskRoot: string;
  /** How far its clock is ahead, in milliseconds. */
  readonly clockSkew: number;
  readonly log: (line: string) => void;
  /** Called once the environment has ended. */
  readonly ended: () => void;
}

/**
 * Runs a function's handler, for one event at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export interface ExecutionEnvironment {
  readonly alive: boolean;
  readonly busy: boolean;
  /** Kills the environment if the handler takes longer than `timeout` seconds, not counting the loading of its code. */
  run(input: EventForHandler, timeout: number): Promise<Outcome>;
  /** Like a crash. */
  kill(): void;
}

export type StartEnvironment = (options: EnvironmentOptions) => ExecutionEnvironment;
