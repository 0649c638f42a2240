import type { Environment } from '../wire/service';
import { type DeployedFunction, functionNotFound } from './deployed-function';
import type { DeadLetter, DroppedEvent, FunctionConfiguration, InvocationError, Outcome } from './function';

export interface EventQueueOptions {
  readonly environment: Environment;
  /** Runs the handler for an event, for the `attempt`-th time. */
  readonly run: (target: DeployedFunction, event: unknown, requestId: string, attempt: number) => Promise<Outcome>;
  /** Throws if the function's role may not send. */
  readonly sendDeadLetter: (configuration: FunctionConfiguration, letter: DeadLetter) => void;
}

interface QueuedEvent {
  readonly target: DeployedFunction;
  readonly event: unknown;
  readonly requestId: string;
  readonly acceptedAt: number;
}

/** Delays before the retries of an event whose function failed, in milliseconds. */
const RETRY_DELAYS = [60_000, 120_000];

/** The delays of a throttled event grow from the first to the last, in milliseconds. */
const THROTTLE_DELAYS = { first: 1000, last: 300_000 };

const THROTTLED: InvocationError = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };

/** Codes in dead letters for errors that no handler raised. */
const ERROR_CODES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: '404',
  TooManyRequestsException: '429',
};

/** The longest error message that a dead letter carries. */
const MAX_ERROR_MESSAGE = 1024;

/**
 * Events of asynchronous invocations. Retries keep the request ID. A throttled event waits, which does not count as an attempt. An event
 * that is too old or has failed too often is dropped and becomes a dead letter.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class EventQueue {
  public readonly dropped: DroppedEvent[] = [];
  private accepted = 0;

  public constructor(private readonly options: EventQueueOptions) {}

  public async deliver(target: DeployedFunction, event: unknown, requestId: string): Promise<void> {
    const { environment, run } = this.options;
    const { clock } = environment;
    const queued = { target, event, requestId, acceptedAt: clock.now() };
    const spread = this.nextSpread();
    let attempts = 0;
    for (let throttles = 0; ;) {
      const expired = this.reasonToDrop(queued);
      if (expired) {
        this.drop(queued, attempts, expired, expired === 'FunctionDeleted' ? notFound(target) : THROTTLED);
        return;
      }
      if (!target.hasRoom) {
        await clock.sleep(Math.min(throttleDelay(throttles, spread), this.timeLeft(queued) + 1));
        throttles += 1;
        continue;
      }
      attempts += 1;
      const outcome = await run(target, event, requestId, attempts);
      if ('result' in outcome) {
        return;
      }
      const delay = RETRY_DELAYS[attempts - 1];
      if (delay === undefined || attempts > target.eventInvokeConfig.maximumRetryAttempts) {
        this.drop(queued, attempts, 'RetriesExhausted', outcome.error);
        return;
      }
      if (delay > this.timeLeft(queued)) {
        this.drop(queued, attempts, 'EventAgeExceeded', outcome.error);
        return;
      }
      await clock.sleep(delay);
    }
  }

  private reasonToDrop(queued: QueuedEvent): DroppedEvent['condition'] | undefined {
    if (queued.target.retired) {
      return 'FunctionDeleted';
    }
    if (queued.target.configuration.reservedConcurrentExecutions === 0) {
      return 'ZeroReservedConcurrency';
    }
    return this.timeLeft(queued) < 0 ? 'EventAgeExceeded' : undefined;
  }

  private timeLeft({ target, acceptedAt }: QueuedEvent): number {
    const age = this.options.environment.clock.now() - acceptedAt;
    return target.eventInvokeConfig.maximumEventAge * 1000 - age;
  }

  /** A factor from 0.5 to 1, so that events that arrived together retry at different times. */
  private nextSpread(): number {
    this.accepted += 1;
    return 0.5 + ((this.accepted * 0.618) % 1) / 2;
  }

  /** For a deleted function, Lambda was seen to send a dead letter only if the function allowed no retries. */
  private drop(
    queued: QueuedEvent,
    attempts: number,
    condition: DroppedEvent['condition'],
    error: InvocationError,
  ): void {
    const { target, event, requestId } = queued;
    const isSilent = condition === 'FunctionDeleted' && target.eventInvokeConfig.maximumRetryAttempts > 0;
    const deadLetter = isSilent ? undefined : this.sendDeadLetter(queued, error);
    const dropped = { functionName: target.configuration.name, requestId, event, condition, attempts };
    this.dropped.push({ ...dropped, ...(deadLetter && { deadLetter }) });
  }

  private sendDeadLetter(
    { target, event, requestId }: QueuedEvent,
    error: InvocationError,
  ): DroppedEvent['deadLetter'] {
    if (target.configuration.deadLetterQueueArn === undefined) {
      return undefined;
    }
    try {
      this.options.sendDeadLetter(target.configuration, {
        body: JSON.stringify(event),
        requestId,
        errorCode: ERROR_CODES[error.errorType] ?? '200',
        errorMessage: error.errorMessage.slice(0, MAX_ERROR_MESSAGE),
      });
      return 'sent';
    } catch {
      return 'failed';
    }
  }
}

function notFound({ arn }: DeployedFunction): InvocationError {
  const { code, message } = functionNotFound(arn);
  return { errorType: code, errorMessage: message };
}

function throttleDelay(throttles: number, spread: number): number {
  return Math.min(THROTTLE_DELAYS.first * 2 ** throttles, THROTTLE_DELAYS.last) * spread;
}
