import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { type Environment, ServiceError } from '../wire/service';
import type { EventForHandler, ExecutionEnvironment, StartEnvironment } from './execution-environment';
import {
  type DeadLetter,
  DEFAULT_EVENT_INVOKE_CONFIG,
  type EventInvokeConfig,
  type FunctionConfiguration,
  type LambdaSettings,
  type Outcome,
} from './function';

/** What all functions of a local AWS share. */
export interface FunctionHost {
  readonly environment: Environment;
  readonly startEnvironment: StartEnvironment;
  /** Holds the unpacked code of the functions. */
  readonly directory: string;
  /** Environment variables with which the function's SDK finds the local AWS and the role's credentials. */
  readonly variables: (configuration: FunctionConfiguration) => Readonly<Record<string, string>>;
  readonly log: (configuration: FunctionConfiguration, stream: string, line: string) => void;
  /** Throws if the function's role may not send. */
  readonly sendDeadLetter: (configuration: FunctionConfiguration, letter: DeadLetter) => void;
}

/** A function with its unpacked code and its warm execution environments. */
export class DeployedFunction {
  public readonly arn: string;
  /** Deleted: running events finish, and nothing is retried. */
  public retired = false;
  private eventInvoke: EventInvokeConfig = DEFAULT_EVENT_INVOKE_CONFIG;
  public readonly logs: string[] = [];
  private current: FunctionConfiguration;
  private taskRoot: string;
  private readonly environments = new Set<ExecutionEnvironment>();
  /** Environments with the current code and configuration that wait for an event. */
  private idle: ExecutionEnvironment[] = [];
  private version = 0;
  private running = 0;

  public constructor(
    private readonly host: FunctionHost,
    private readonly settings: LambdaSettings,
    configuration: FunctionConfiguration,
  ) {
    const { accountId } = host.environment;
    this.current = configuration;
    this.arn = `arn:aws:lambda:${configuration.region}:${accountId}:function:${configuration.name}`;
    this.taskRoot = unpack(host.directory, configuration);
  }

  public get configuration(): FunctionConfiguration {
    return this.current;
  }

  public get eventInvokeConfig(): EventInvokeConfig {
    return this.eventInvoke;
  }

  /** Undefined restores the defaults. */
  public set eventInvokeConfig(config: EventInvokeConfig | undefined) {
    this.eventInvoke = config ?? DEFAULT_EVENT_INVOKE_CONFIG;
  }

  /** Whether another event can run now. */
  public get hasRoom(): boolean {
    return this.running < (this.current.reservedConcurrentExecutions ?? Infinity);
  }

  /** Running events keep the code and configuration they started with. */
  public update(configuration: FunctionConfiguration): void {
    this.taskRoot = unpack(this.host.directory, configuration);
    this.current = configuration;
    this.discardIdle();
  }

  public retire(): void {
    this.retired = true;
    this.discardIdle();
  }

  public async run(event: unknown, requestId: string): Promise<Outcome> {
    const { version } = this;
    const environment = this.idle.pop() ?? this.startEnvironment();
    this.running += 1;
    const outcome = await environment.run(this.eventForHandler(event, requestId), this.current.timeout);
    this.running -= 1;
    if (environment.alive && version === this.version) {
      this.idle.push(environment);
    } else {
      environment.kill();
    }
    return outcome;
  }

  /** Kills the environments that are running an event, like a crash. Returns how many. */
  public killRunning(): number {
    const running = [...this.environments].filter(({ busy }) => busy);
    running.forEach((environment) => {
      environment.kill();
    });
    return running.length;
  }

  public stop(): void {
    this.environments.forEach((environment) => {
      environment.kill();
    });
  }

  private discardIdle(): void {
    this.version += 1;
    this.idle.forEach((environment) => {
      environment.kill();
    });
    this.idle = [];
  }

  private startEnvironment(): ExecutionEnvironment {
    const configuration = this.current;
    const stream = logStream(this.host.environment.clock.now());
    const variables = {
      ...systemVariables(configuration, stream, this.taskRoot),
      NODE_PATH: runtimeModules(this.host.directory),
      ...this.host.variables(configuration),
      ...configuration.environment,
    };
    const { clockSkew } = this.settings;
    const { taskRoot } = this;
    const log = (line: string): void => {
      this.logs.push(line);
      this.host.log(configuration, stream, line);
    };
    const ended = (): void => {
      this.environments.delete(environment);
      this.idle = this.idle.filter((each) => each !== environment);
    };
    const environment = this.host.startEnvironment({ variables, taskRoot, clockSkew, log, ended });
    this.environments.add(environment);
    return environment;
  }

  private eventForHandler(event: unknown, requestId: string): EventForHandler {
    const { name, memorySize, logGroup, isInVpc = false } = this.current;
    const { vpcEndpoints } = this.settings;
    return {
      event,
      ...(isInVpc && vpcEndpoints !== 'any' && { reach: vpcEndpoints }),
      context: {
        callbackWaitsForEmptyEventLoop: true,
        functionName: name,
        functionVersion: '$LATEST',
        invokedFunctionArn: this.arn,
        memoryLimitInMB: String(memorySize),
        awsRequestId: requestId,
        logGroupName: logGroup,
      },
    };
  }
}

export function functionNotFound(arn: string): ServiceError {
  const members = { Type: 'User' };
  return new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { members });
}

/** Unpacks the function's code into a new directory below `parent`, and returns that. */
function unpack(parent: string, configuration: FunctionConfiguration): string {
  const directory = join(parent, `${configuration.name}-${randomUUID()}`);
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(readArchive(configuration.code))) {
    const path = join(directory, name);
    if (!path.startsWith(directory + sep)) {
      throw new ServiceError(
        'InvalidParameterValueException',
        `Could not unzip uploaded file: ${name} lies outside of it.`,
      );
    }
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) {
      writeFileSync(path, content);
    }
  }
  return directory;
}

function readArchive(archive: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(archive);
  } catch {
    throw new ServiceError(
      'InvalidParameterValueException',
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
    );
  }
}

/**
 * The environment variables that Lambda defines; none of the machine's are passed on.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function systemVariables(
  configuration: FunctionConfiguration,
  stream: string,
  taskRoot: string,
): Record<string, string> {
  const { name, region, runtime, handler, memorySize, logGroup, logFormat, logLevel } = configuration;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_LAMBDA_LOG_FORMAT: logFormat,
    ...(logLevel !== undefined && { AWS_LAMBDA_LOG_LEVEL: logLevel }),
    LAMBDA_TASK_ROOT: taskRoot,
  };
}

/**
 * The modules that Lambda's runtime includes: the clients of the AWS SDK that this project has installed.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
function runtimeModules(directory: string): string {
  const modules = join(directory, 'runtime', 'node_modules');
  if (!existsSync(modules)) {
    mkdirSync(modules, { recursive: true });
    symlinkSync(join(require.resolve('@aws-sdk/client-kms/package.json'), '../..'), join(modules, '@aws-sdk'));
  }
  return modules;
}

function logStream(now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
