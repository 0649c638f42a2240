/** A function's configuration in Lambda, with its code. */
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
  /** Undefined if the function uses the account's unreserved concurrency. */
  readonly reservedConcurrentExecutions?: number;
  readonly deadLetterQueueArn?: string;
  /** If true, the function reaches only services with a VPC endpoint. */
  readonly isInVpc?: boolean;
}

/** Knobs for tests. */
export interface LambdaSettings {
  /** How far the clock of functions is ahead of the local AWS's, in milliseconds. Applies to environments that start later. */
  clockSkew: number;
  /**
   * Services that functions in a VPC can reach, named as in a signature's scope; `s3` receives the responses of custom resources.
   * Default: any, as through a NAT gateway.
   */
  vpcEndpoints: readonly string[] | 'any';
  /** The account's concurrent executions per Region, of which 100 cannot be reserved. */
  concurrencyLimit: number;
}

/**
 * Limits on retrying an asynchronous event.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  /** In seconds. */
  readonly maximumEventAge: number;
}

export const DEFAULT_EVENT_INVOKE_CONFIG: EventInvokeConfig = { maximumRetryAttempts: 2, maximumEventAge: 6 * 3600 };

/** The error of an invocation, as Lambda reports it. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** An event that Lambda gave up on. */
export interface DroppedEvent {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly condition: 'EventAgeExceeded' | 'FunctionDeleted' | 'RetriesExhausted' | 'ZeroReservedConcurrency';
  /** How often the handler ran for it. */
  readonly attempts: number;
  /** Undefined if there was no dead letter to send. */
  readonly deadLetter?: 'sent' | 'failed';
}

/** A message to a dead-letter queue. */
export interface DeadLetter {
  readonly body: string;
  readonly requestId: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** The result of one run of the handler. */
export type Outcome = { readonly result: unknown } | { readonly error: InvocationError };

/** One run of a handler, for tests and the demo. */
export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  /** Counts from 1 through Lambda's retries of an asynchronous invocation. */
  readonly attempt: number;
  /** On the local AWS's clock, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: InvocationError;
}
