import { randomUUID } from 'node:crypto';
import { parseJson } from '../wire/protocols';
import { type Call, RestAnswer, type RestRequest, type Service, ServiceError } from '../wire/service';
import { DeployedFunction, type FunctionHost, functionNotFound } from './deployed-function';
import { EventQueue } from './event-queue';
import type {
  DroppedEvent,
  EventInvokeConfig,
  FunctionConfiguration,
  Invocation,
  LambdaSettings,
  Outcome,
} from './function';

/** Concurrency that cannot be reserved. */
const UNRESERVED_MINIMUM = 100;

/** Functions and their invocations, synchronous or through an event queue. */
export class LambdaService {
  /** Every run of a handler, in order of start. */
  public readonly invocations: Invocation[] = [];
  public readonly settings: LambdaSettings = { clockSkew: 0, vpcEndpoints: 'any', concurrencyLimit: 1000 };
  private readonly queue: EventQueue;
  private readonly functions = new Map<string, DeployedFunction>();
  /** Deleted functions, which may still be running an event. */
  private readonly retired: DeployedFunction[] = [];

  public constructor(private readonly host: FunctionHost) {
    this.queue = new EventQueue({
      environment: host.environment,
      sendDeadLetter: host.sendDeadLetter,
      run: (target, event, requestId, attempt) => this.run(target, event, requestId, attempt),
    });
  }

  public readonly service: Service = {
    name: 'lambda',
    protocol: 'rest-json',
    route,
    operations: {
      Invoke: (call) => this.answerInvoke(call),
      GetFunction: (call) => {
        const found = this.functionOf(call);
        const { reservedConcurrentExecutions } = found.configuration;
        const concurrency = reservedConcurrentExecutions !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: reservedConcurrentExecutions },
        };
        return jsonAnswer({ Configuration: describe(found), ...concurrency });
      },
      GetFunctionConfiguration: (call) => jsonAnswer(describe(this.functionOf(call))),
      UpdateFunctionConfiguration: (call) => {
        this.changeConfiguration(this.functionOf(call).configuration, parseJson(call.body));
        return jsonAnswer(describe(this.functionOf(call)));
      },
      GetAccountSettings: ({ region }) => jsonAnswer({ AccountLimit: this.accountLimit(region) }),
      GetFunctionConcurrency: (call) => {
        const { reservedConcurrentExecutions } = this.functionOf(call).configuration;
        return jsonAnswer({ ReservedConcurrentExecutions: reservedConcurrentExecutions });
      },
      PutFunctionConcurrency: (call) => {
        const { ReservedConcurrentExecutions } = parseJson(call.body);
        this.reserveConcurrency(call, Number(ReservedConcurrentExecutions));
        return jsonAnswer({ ReservedConcurrentExecutions });
      },
      DeleteFunctionConcurrency: (call) => {
        this.reserveConcurrency(call, undefined);
        return new RestAnswer(204);
      },
    },
  };

  /** Events that Lambda gave up on. */
  public get dropped(): readonly DroppedEvent[] {
    return this.queue.dropped;
  }

  public createFunction(configuration: FunctionConfiguration): string {
    const key = functionKey(configuration.region, configuration.name);
    if (this.functions.has(key)) {
      throw new ServiceError('ResourceConflictException', `Function already exist: ${configuration.name}`, 409);
    }
    this.checkConcurrency(configuration);
    const created = new DeployedFunction(this.host, this.settings, configuration);
    this.functions.set(key, created);
    return created.arn;
  }

  public updateFunction(configuration: FunctionConfiguration): void {
    this.checkConcurrency(configuration);
    this.find(configuration.name, configuration.region).update(configuration);
  }

  /** Running events finish. */
  public deleteFunction(name: string, region = this.host.environment.defaultRegion): void {
    const deleted = this.functions.get(functionKey(region, name));
    if (deleted) {
      deleted.retire();
      this.retired.push(deleted);
    }
    this.functions.delete(functionKey(region, name));
  }

  /** Undefined restores the defaults. */
  public setEventInvokeConfig(name: string, region: string, config: EventInvokeConfig | undefined): void {
    this.find(name, region).eventInvokeConfig = config;
  }

  /** Throws Lambda's ResourceNotFoundException if there is no such function. */
  public find(nameOrArn: string, region = this.host.environment.defaultRegion): DeployedFunction {
    const [, arnRegion = region, name = nameOrArn] =
      /^arn:[^:]+:lambda:([^:]+):\d+:function:([^:]+)/.exec(nameOrArn) ?? [];
    const found = this.functions.get(functionKey(arnRegion, name));
    if (!found) {
      const arn = `arn:aws:lambda:${arnRegion}:${this.host.environment.accountId}:function:${name}`;
      throw functionNotFound(arn);
    }
    return found;
  }

  public invoke(nameOrArn: string, event: unknown, region = this.host.environment.defaultRegion): Promise<Outcome> {
    const target = this.find(nameOrArn, region);
    if (!target.hasRoom) {
      throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User' },
      });
    }
    return this.run(target, event, randomUUID(), 1);
  }

  /** Queues the event and returns its request ID. */
  public invokeAsync(nameOrArn: string, event: unknown, region = this.host.environment.defaultRegion): string {
    const target = this.find(nameOrArn, region);
    const requestId = randomUUID();
    void this.queue.deliver(target, event, requestId);
    return requestId;
  }

  /** The lines that a function has logged. */
  public logs(name: string, region = this.host.environment.defaultRegion): readonly string[] {
    return this.find(name, region).logs;
  }

  /** Kills the environments of a function that are running an event, like a crash. Returns how many. */
  public killRunning(name: string, region = this.host.environment.defaultRegion): number {
    return this.find(name, region).killRunning();
  }

  public stop(): void {
    [...this.functions.values(), ...this.retired].forEach((each) => {
      each.stop();
    });
  }

  private functionOf(call: Call): DeployedFunction {
    return this.find(String(call.input.functionName), call.region);
  }

  private reserveConcurrency(call: Call, reservedConcurrentExecutions: number | undefined): void {
    const { configuration } = this.functionOf(call);
    this.updateFunction({ ...configuration, reservedConcurrentExecutions });
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
  private changeConfiguration(configuration: FunctionConfiguration, input: Call['input']): void {
    const unknown = Object.keys(input).find((name) => name !== 'Environment');
    if (unknown !== undefined) {
      throw new ServiceError('InvalidParameterValueException', `The local AWS cannot change ${unknown} of a function.`);
    }
    const { Variables } = input.Environment as { readonly Variables: FunctionConfiguration['environment'] };
    this.updateFunction({ ...configuration, environment: Variables });
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html */
  private accountLimit(region: string): object {
    const reserved = [...this.functions.values()]
      .filter(({ configuration }) => configuration.region === region)
      .reduce((sum, { configuration }) => sum + (configuration.reservedConcurrentExecutions ?? 0), 0);
    const { concurrencyLimit } = this.settings;
    return {
      ConcurrentExecutions: concurrencyLimit,
      UnreservedConcurrentExecutions: concurrencyLimit - reserved,
    };
  }

  private checkConcurrency({ name, region, reservedConcurrentExecutions = 0 }: FunctionConfiguration): void {
    const others = [...this.functions.values()]
      .map(({ configuration }) => configuration)
      .filter((other) => other.region === region && other.name !== name)
      .reduce((sum, other) => sum + (other.reservedConcurrentExecutions ?? 0), 0);
    const left = this.settings.concurrencyLimit - others - reservedConcurrentExecutions;
    if (reservedConcurrentExecutions > 0 && left < UNRESERVED_MINIMUM) {
      throw new ServiceError(
        'InvalidParameterValueException',
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MINIMUM}].`,
      );
    }
  }

  private async run(target: DeployedFunction, event: unknown, requestId: string, attempt: number): Promise<Outcome> {
    const { clock } = this.host.environment;
    const index = this.invocations.length;
    const begun: Invocation = {
      functionName: target.configuration.name,
      requestId,
      event,
      attempt,
      startedAt: clock.now(),
    };
    this.invocations.push(begun);
    const outcome = await target.run(event, requestId);
    this.invocations[index] = { ...begun, endedAt: clock.now(), ...('error' in outcome && { error: outcome.error }) };
    return outcome;
  }

  private async answerInvoke(call: Call): Promise<RestAnswer> {
    const { arn } = this.functionOf(call);
    const event: unknown = parseJson(call.body);
    if (call.input.invocationType === 'Event') {
      this.invokeAsync(arn, event, call.region);
      return new RestAnswer(202, JSON_TYPE);
    }
    const outcome = await this.invoke(arn, event, call.region);
    const version = { 'x-amz-executed-version': '$LATEST' };
    return 'error' in outcome
      ? jsonAnswer(outcome.error, { ...version, 'x-amz-function-error': 'Unhandled' })
      : jsonAnswer(outcome.result, version);
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

function jsonAnswer(content: unknown, headers: Readonly<Record<string, string>> = {}): RestAnswer {
  return new RestAnswer(200, { ...JSON_TYPE, ...headers }, JSON.stringify(content));
}

function functionKey(region: string, name: string): string {
  return `${region}:${name}`;
}

/** The operation of each method and path below `/functions/<name>`. */
const ROUTES: Readonly<Record<string, string>> = {
  'POST /invocations': 'Invoke',
  'GET ': 'GetFunction',
  'GET /configuration': 'GetFunctionConfiguration',
  'PUT /configuration': 'UpdateFunctionConfiguration',
  'GET /concurrency': 'GetFunctionConcurrency',
  'PUT /concurrency': 'PutFunctionConcurrency',
  'DELETE /concurrency': 'DeleteFunctionConcurrency',
};

function route({
  method,
  path,
  headers,
}: RestRequest): { operation: string; input: Record<string, unknown> } | undefined {
  if (method === 'GET' && /^\/\d{4}-\d\d-\d\d\/account-settings\/?$/.test(path)) {
    return { operation: 'GetAccountSettings', input: {} };
  }
  // Each path begins with the date of the API version that introduced the operation.
  const [, functionName, below = ''] = /^\/\d{4}-\d\d-\d\d\/functions\/([^/]+)(\/[^/]+)?\/?$/.exec(path) ?? [];
  const operation = ROUTES[`${method} ${below}`];
  if (functionName === undefined || operation === undefined) {
    return undefined;
  }
  return { operation, input: { functionName, invocationType: headers['x-amz-invocation-type'] ?? 'RequestResponse' } };
}

function describe({ arn, configuration }: DeployedFunction): object {
  const { deadLetterQueueArn } = configuration;
  return {
    FunctionName: configuration.name,
    FunctionArn: arn,
    Runtime: configuration.runtime,
    Role: configuration.roleArn,
    Handler: configuration.handler,
    Timeout: configuration.timeout,
    MemorySize: configuration.memorySize,
    Environment: { Variables: configuration.environment },
    LoggingConfig: { LogFormat: configuration.logFormat, LogGroup: configuration.logGroup },
    ...(deadLetterQueueArn !== undefined && { DeadLetterConfig: { TargetArn: deadLetterQueueArn } }),
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}
