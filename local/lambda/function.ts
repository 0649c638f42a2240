/** What a function is made of, as its configuration in Lambda. */
export interface FunctionConfiguration {
  readonly name: string;
  readonly region: string;
  readonly roleArn: string;
  readonly runtime: string;
  /** `file.export`. */
  readonly handler: string;
  /** A zip archive. */
  readonly code: Uint8Array;
  readonly description?: string;
  /** In seconds. */
  readonly timeout: number;
  /** In MiB. */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logFormat: 'JSON' | 'Text';
  readonly logLevel?: string;
}

/**
 * What becomes of events that cannot be delivered.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  /** In seconds. */
  readonly maximumEventAge: number;
}

export const DEFAULT_EVENT_INVOKE_CONFIG: EventInvokeConfig = { maximumRetryAttempts: 2, maximumEventAge: 6 * 3600 };

/** The error of an invocation, as Lambda tells it. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What a run of the handler came to. */
export type Outcome = { readonly result: unknown } | { readonly error: InvocationError };

/** One run of a handler, as tests and the demo look at it. */
export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  /** From 1 up; Lambda's retries of an asynchronous invocation count on. */
  readonly attempt: number;
  /** On the local AWS's clock, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: InvocationError;
}
