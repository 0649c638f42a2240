import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { KMS } from '@aws-sdk/client-kms';
import { Lambda } from '@aws-sdk/client-lambda';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { errorName, isExpired } from './aws-errors';
import type { Recording } from './recording';
import type { Time } from './time';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AccountOptions {
  readonly region: string;
  /** What the SDK reads from the environment: a profile, keys, an endpoint. */
  readonly environment: Readonly<Record<string, string>>;
  readonly time: Time;
  /** Replaces the SDK's credential provider chain. */
  readonly credentials?: AccessKey;
}

interface Configuration {
  readonly region: string;
  readonly maxAttempts: number;
  readonly endpoint?: string;
  readonly credentials?: AccessKey;
}

/** The part of an SDK client that a recorder is plugged into. */
interface Recordable {
  readonly middlewareStack: {
    add(middleware: (next: Handler, context: Context) => Handler, options: { step: 'initialize'; name: string }): void;
  };
}

interface Context {
  readonly clientName?: string;
  readonly commandName?: string;
}

type Handler = (args: { readonly input: unknown }) => Promise<{ readonly output: unknown }>;

/** One AWS account in one Region. Every call is recorded. */
export class Account {
  /** Whether a call has failed because the session has expired. */
  public hasExpired = false;
  private readonly clients = new Map<string, { destroy(): void }>();

  public constructor(
    public readonly options: AccountOptions,
    public readonly recordings: Recording[] = [],
  ) {}

  public get region(): string {
    return this.options.region;
  }

  public get time(): Time {
    return this.options.time;
  }

  /** Clients whose calls are recorded as those of a story or probe. */
  public as(by: string, options: { readonly timed?: boolean; readonly maxAttempts?: number } = {}): Calls {
    const { timed = false, maxAttempts = 5 } = options;
    const client = <T extends { destroy(): void }>(
      name: string,
      make: (configuration: Configuration) => T,
      region: string,
    ): T => {
      const key = [by, String(timed), String(maxAttempts), name, region].join(' ');
      const known = this.clients.get(key);
      if (known) return known as T;
      const made = make(this.configuration(region, maxAttempts));
      this.record(made as unknown as Recordable, { by, timed, region });
      this.clients.set(key, made);
      return made;
    };
    return {
      kms: (region = this.region) => client('kms', (configuration) => new KMS(configuration), region),
      ssm: (region = this.region) => client('ssm', (configuration) => new SSM(configuration), region),
      sts: (region = this.region) => client('sts', (configuration) => new STS(configuration), region),
      cloudFormation: () => client('cloudformation', (configuration) => new CloudFormation(configuration), this.region),
      lambda: () => client('lambda', (configuration) => new Lambda(configuration), this.region),
      sqs: () => client('sqs', (configuration) => new SQS(configuration), this.region),
      cloudTrail: () => client('cloudtrail', (configuration) => new CloudTrail(configuration), this.region),
      logs: () => client('logs', (configuration) => new CloudWatchLogs(configuration), this.region),
      events: () => client('events', (configuration) => new EventBridge(configuration), this.region),
      iam: () => client('iam', (configuration) => new IAM(configuration), this.region),
    };
  }

  /** The same account with other credentials, sharing its recordings. */
  public withCredentials(credentials: AccessKey): Account {
    return new Account({ ...this.options, credentials }, this.recordings);
  }

  public close(): void {
    this.clients.forEach((client) => {
      client.destroy();
    });
  }

  private configuration(region: string, maxAttempts: number): Configuration {
    const { environment, credentials } = this.options;
    const endpoint = environment.AWS_ENDPOINT_URL;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    const keys =
      credentials ??
      (accessKeyId !== undefined && secretAccessKey !== undefined
        ? { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN }
        : undefined);
    return { region, maxAttempts, ...(endpoint !== undefined && { endpoint }), ...(keys && { credentials: keys }) };
  }

  private record(client: Recordable, { by, timed, region }: { by: string; timed: boolean; region: string }): void {
    const { time } = this;
    client.middlewareStack.add(
      (next, { clientName = '', commandName = '' }) =>
        async (args) => {
          const startedAt = time.now();
          const common = {
            by,
            service: clientName.replace(/Client$/, ''),
            operation: commandName.replace(/Command$/, ''),
            region,
            input: args.input,
            startedAt: new Date(startedAt).toISOString(),
            timed,
          };
          try {
            const result = await next(args);
            const { $metadata, ...output } = result.output as { $metadata?: { requestId?: string } };
            const milliseconds = time.now() - startedAt;
            this.recordings.push({ ...common, output, requestId: $metadata?.requestId, milliseconds });
            return result;
          } catch (error) {
            this.hasExpired ||= isExpired(error);
            const { $metadata, message = '' } = error as {
              message?: string;
              $metadata?: { requestId?: string; httpStatusCode?: number };
            };
            this.recordings.push({
              ...common,
              error: { name: errorName(error), message, statusCode: $metadata?.httpStatusCode },
              requestId: $metadata?.requestId,
              milliseconds: time.now() - startedAt,
            });
            throw error;
          }
        },
      { step: 'initialize', name: 'recorder' },
    );
  }
}

/** The clients with which a story or probe calls AWS. */
export interface Calls {
  kms(region?: string): KMS;
  ssm(region?: string): SSM;
  sts(region?: string): STS;
  cloudFormation(): CloudFormation;
  lambda(): Lambda;
  sqs(): SQS;
  cloudTrail(): CloudTrail;
  logs(): CloudWatchLogs;
  events(): EventBridge;
  iam(): IAM;
}
