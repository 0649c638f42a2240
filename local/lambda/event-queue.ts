import type { Environment } from '../wire/service';
import { type DeployedFunction, functionNotFound } from './deployed-function';
import type { DeadLetter, DroppedEvent, FunctionConfiguration, InvocationError, Outcome } from './function';

export interface EventQueueOptions {
  readonly environment: Environment;
  /** Runs the handler for an event, for the `attempt`-th time. */
  readonly run: (target: DeployedFunction, event: unknown, requestId: string, attempt: number) => Promise<Outcome>;
  /** Throws where the function's role may not send. */
  readonly sendDeadLetter: (configuration: FunctionConfiguration, letter: DeadLetter) => void;
}

/** An event that waits. */
interface Waiting {
  readonly target: DeployedFunction;
  readonly event: unknown;
  readonly requestId: string;
  readonly acceptedAt: number;
}

/** Delays before the retries of an event whose function failed, in milliseconds. */
const RETRY_DELAYS = [60_000, 120_000];

/** The delays of an event that finds no room grow from the first to the last, in milliseconds. */
const THROTTLE_DELAYS = { first: 1000, last: 300_000 };

const THROTTLED: InvocationError = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };

/** Of dead letters whose event no handler has failed on. */
const ERROR_CODES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: '404',
  TooManyRequestsException: '429',
};

/** The longest error message that a dead letter carries. */
const MAX_ERROR_MESSAGE = 1024;

/**
 * Events of asynchronous invocations. Retries bear the same request ID; an event that finds no room waits, and is not counted
 * as tried; one that is too old or has failed too often is given up, and becomes a dead letter.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class EventQueue {
  public readonly dropped: DroppedEvent[] = [];
  private accepted = 0;

  public constructor(private readonly options: EventQueueOptions) {}

  public async deliver(target: DeployedFunction, event: unknown, requestId: string): Promise<void> {
    const { environment, run } = this.options;
    const { clock } = environment;
    const waiting = { target, event, requestId, acceptedAt: clock.now() };
    const spread = this.nextSpread();
    let attempts = 0;
    for (let throttles = 0; ;) {
      const expired = this.reasonToDrop(waiting);
      if (expired) {
        this.drop(waiting, attempts, expired, expired === 'FunctionDeleted' ? notFound(target) : THROTTLED);
        return;
      }
      if (!target.hasRoom) {
        await clock.sleep(Math.min(throttleDelay(throttles, spread), this.timeLeft(waiting) + 1));
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
        this.drop(waiting, attempts, 'RetriesExhausted', outcome.error);
        return;
      }
      if (delay > this.timeLeft(waiting)) {
        this.drop(waiting, attempts, 'EventAgeExceeded', outcome.error);
        return;
      }
      await clock.sleep(delay);
    }
  }

  private reasonToDrop(waiting: Waiting): DroppedEvent['condition'] | undefined {
    if (waiting.target.retired) {
      return 'FunctionDeleted';
    }
    if (waiting.target.configuration.reservedConcurrentExecutions === 0) {
      return 'ZeroReservedConcurrency';
    }
    return this.timeLeft(waiting) < 0 ? 'EventAgeExceeded' : undefined;
  }

  private timeLeft({ target, acceptedAt }: Waiting): number {
    const age = this.options.environment.clock.now() - acceptedAt;
    return target.eventInvokeConfig.maximumEventAge * 1000 - age;
  }

  /** From a half up to 1, so that events that have arrived together do not all come again together. */
  private nextSpread(): number {
    this.accepted += 1;
    return 0.5 + ((this.accepted * 0.618) % 1) / 2;
  }

  /** Of a function that was deleted, Lambda was seen to send a dead letter only where no retry was left. */
  private drop(waiting: Waiting, attempts: number, condition: DroppedEvent['condition'], error: InvocationError): void {
    const { target, event, requestId } = waiting;
    const isSilent = condition === 'FunctionDeleted' && target.eventInvokeConfig.maximumRetryAttempts > 0;
    const deadLetter = isSilent ? undefined : this.sendDeadLetter(waiting, error);
    const dropped = { functionName: target.configuration.name, requestId, event, condition, attempts };
    this.dropped.push({ ...dropped, ...(deadLetter && { deadLetter }) });
  }

  private sendDeadLetter({ target, event, requestId }: Waiting, error: InvocationError): DroppedEvent['deadLetter'] {
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
