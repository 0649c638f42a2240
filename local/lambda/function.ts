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
  /** Undefined where the function draws on what the account has left. */
  readonly reservedConcurrentExecutions?: number;
  readonly deadLetterQueueArn?: string;
  /** Where it is true, the function reaches nothing but what the VPC has endpoints for. */
  readonly isInVpc?: boolean;
}

/** What tests turn. */
export interface LambdaSettings {
  /** How far the clock of functions is ahead of the local AWS's, in milliseconds; it counts for environments that start later. */
  clockSkew: number;
  /**
   * The services, named as in a signature's scope, that functions in a VPC can reach; `s3` takes the answers of custom resources.
   * All of them by default, as through a NAT gateway.
   */
  vpcEndpoints: readonly string[] | 'any';
  /** Concurrent executions that the account has in a Region, of which 100 cannot be reserved. */
  concurrencyLimit: number;
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

/** An event that Lambda has given up. */
export interface DroppedEvent {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly condition: 'EventAgeExceeded' | 'FunctionDeleted' | 'RetriesExhausted' | 'ZeroReservedConcurrency';
  /** How often the handler was run for it. */
  readonly attempts: number;
  /** What became of the dead letter; undefined for a function without a queue for them. */
  readonly deadLetter?: 'sent' | 'failed';
}

/** A message to a dead-letter queue. */
export interface DeadLetter {
  readonly body: string;
  readonly requestId: string;
  readonly errorCode: string;
  readonly errorMessage: string;
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
