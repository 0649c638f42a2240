import { randomUUID } from 'node:crypto';
import { parseJson } from '../wire/protocols';
import { type Call, RestAnswer, type RestRequest, type Service, ServiceError } from '../wire/service';
import { DeployedFunction, type FunctionHost } from './deployed-function';
import type { EventInvokeConfig, FunctionConfiguration, Invocation, Outcome } from './function';

/** Delays before Lambda's retries of an asynchronous invocation that failed, in milliseconds. */
const RETRY_DELAYS = [60_000, 120_000];

/**
 * Functions, and their invocations: synchronous, or asynchronous with Lambda's retries, which bear the same request ID.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class LambdaService {
  /** Every run of a handler, in the order in which they began. */
  public readonly invocations: Invocation[] = [];
  /** Events that Lambda gave up. */
  public readonly dropped: { readonly functionName: string; readonly requestId: string; readonly event: unknown }[] =
    [];
  private readonly functions = new Map<string, DeployedFunction>();

  public constructor(private readonly host: FunctionHost) {}

  public readonly service: Service = {
    name: 'lambda',
    protocol: 'rest-json',
    route,
    operations: {
      Invoke: (call) => this.answerInvoke(call),
      GetFunction: (call) =>
        new RestAnswer(200, JSON_TYPE, JSON.stringify(describe(this.find(nameOf(call), call.region)))),
    },
  };

  public createFunction(configuration: FunctionConfiguration): string {
    const key = functionKey(configuration.region, configuration.name);
    if (this.functions.has(key)) {
      throw new ServiceError('ResourceConflictException', `Function already exist: ${configuration.name}`, 409);
    }
    const created = new DeployedFunction(this.host, configuration);
    this.functions.set(key, created);
    return created.arn;
  }

  public updateFunction(configuration: FunctionConfiguration): void {
    this.find(configuration.name, configuration.region).update(configuration);
  }

  /** Events that are running go on to their end. */
  public deleteFunction(name: string, region = this.host.defaultRegion): void {
    this.functions.get(functionKey(region, name))?.retire();
    this.functions.delete(functionKey(region, name));
  }

  /** Nothing brings the defaults back. */
  public setEventInvokeConfig(name: string, region: string, config: EventInvokeConfig | undefined): void {
    this.find(name, region).eventInvokeConfig = config;
  }

  /** Throws what Lambda answers where there is no such function. */
  public find(nameOrArn: string, region = this.host.defaultRegion): DeployedFunction {
    const [, arnRegion = region, name = nameOrArn] =
      /^arn:[^:]+:lambda:([^:]+):\d+:function:([^:]+)/.exec(nameOrArn) ?? [];
    const found = this.functions.get(functionKey(arnRegion, name));
    if (!found) {
      const arn = `arn:aws:lambda:${arnRegion}:${this.host.accountId}:function:${name}`;
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    }
    return found;
  }

  public invoke(nameOrArn: string, event: unknown, region = this.host.defaultRegion): Promise<Outcome> {
    return this.run(this.find(nameOrArn, region), event, randomUUID(), 1);
  }

  /** Accepts the event at once, and gives its request ID. */
  public invokeAsync(nameOrArn: string, event: unknown, region = this.host.defaultRegion): string {
    const target = this.find(nameOrArn, region);
    const requestId = randomUUID();
    void this.deliver(target, event, requestId);
    return requestId;
  }

  /** What a function has logged, line by line. */
  public logs(name: string, region = this.host.defaultRegion): readonly string[] {
    return this.find(name, region).logs;
  }

  /** Ends the processes of a function that run an event just now, as a crash does. Gives how many there were. */
  public killRunning(name: string, region = this.host.defaultRegion): number {
    return this.find(name, region).killRunning();
  }

  public stop(): void {
    this.functions.forEach((each) => {
      each.stop();
    });
  }

  private async deliver(target: DeployedFunction, event: unknown, requestId: string): Promise<void> {
    const accepted = this.host.clock.now();
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.run(target, event, requestId, attempt);
      if ('result' in outcome) {
        return;
      }
      const { maximumRetryAttempts, maximumEventAge } = target.eventInvokeConfig;
      const delay = RETRY_DELAYS[attempt - 1];
      const age = this.host.clock.now() - accepted + (delay ?? 0);
      if (attempt > maximumRetryAttempts || delay === undefined || age > maximumEventAge * 1000) {
        break;
      }
      await this.host.clock.sleep(delay);
      if (target.retired) {
        break;
      }
    }
    this.dropped.push({ functionName: target.configuration.name, requestId, event });
  }

  private async run(target: DeployedFunction, event: unknown, requestId: string, attempt: number): Promise<Outcome> {
    const { clock } = this.host;
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
    const event: unknown = parseJson(call.body);
    if (call.input.invocationType === 'Event') {
      this.invokeAsync(nameOf(call), event, call.region);
      return new RestAnswer(202, JSON_TYPE);
    }
    const outcome = await this.invoke(nameOf(call), event, call.region);
    return 'error' in outcome
      ? new RestAnswer(200, { ...JSON_TYPE, 'x-amz-function-error': 'Unhandled' }, JSON.stringify(outcome.error))
      : new RestAnswer(200, JSON_TYPE, JSON.stringify(outcome.result));
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

function functionKey(region: string, name: string): string {
  return `${region}:${name}`;
}

function nameOf(call: Call): string {
  return String(call.input.functionName);
}

function route({
  method,
  path,
  headers,
}: RestRequest): { operation: string; input: Record<string, unknown> } | undefined {
  const [, functionName, action] = /^\/2015-03-31\/functions\/([^/]+)(\/invocations)?\/?$/.exec(path) ?? [];
  const operation = method === 'POST' && action ? 'Invoke' : method === 'GET' && !action ? 'GetFunction' : undefined;
  if (functionName === undefined || operation === undefined) {
    return undefined;
  }
  return { operation, input: { functionName, invocationType: headers['x-amz-invocation-type'] ?? 'RequestResponse' } };
}

function describe({ arn, configuration }: DeployedFunction): object {
  return {
    Configuration: {
      FunctionName: configuration.name,
      FunctionArn: arn,
      Runtime: configuration.runtime,
      Role: configuration.roleArn,
      Handler: configuration.handler,
      Timeout: configuration.timeout,
      MemorySize: configuration.memorySize,
      Environment: { Variables: configuration.environment },
      LoggingConfig: { LogFormat: configuration.logFormat, LogGroup: configuration.logGroup },
      State: 'Active',
      LastUpdateStatus: 'Successful',
    },
  };
}
