import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalClock, ScaledClock } from './clock';
import { VirtualClock } from './virtual-clock';
import { CloudFormationService } from './cloudformation/cloudformation-service';
import { ResponseEndpoint } from './cloudformation/response-endpoint';
import { CloudTrail } from './cloudtrail/cloudtrail';
import { Iam } from './iam/iam';
import { KmsService } from './kms/kms-service';
import type { DeadLetter, FunctionConfiguration } from './lambda/function';
import { LambdaService } from './lambda/lambda-service';
import { NodeProcess } from './lambda/node-process';
import { Logs } from './logs/logs';
import { S3 } from './s3/s3';
import { Sqs } from './sqs/sqs';
import { ParameterStore } from './ssm/parameter-store';
import { ssmService } from './ssm/ssm-service';
import { createSts } from './sts/sts';
import { HttpServer } from './wire/http-server';
import {
  type InterceptionAction,
  type InterceptionMatch,
  Interceptions,
  type LoggedCall,
  type Phase,
} from './wire/interception';
import type { Environment } from './wire/service';

export interface LocalAwsOptions {
  /** On 127.0.0.1. Default: a free one */
  readonly port?: number;
  /** In seconds on the local AWS's clock. Default: 2 */
  readonly rotationTime?: number;
  /**
   * Speed of the clock relative to the machine's, inside functions too. Default: 1. A virtual clock stands still while anything works,
   * and otherwise jumps to the next due timer.
   */
  readonly timeScale?: number | 'virtual';
  readonly accountId?: string;
  readonly region?: string;
}

const ADMINISTRATOR = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' };

/** The parts of AWS, on this machine, that the real `cdk` CLI needs to deploy stacks with keys, functions and custom resources. */
export class LocalAws {
  public readonly clock: LocalClock;
  public readonly kms: KmsService;
  public readonly parameterStore: ParameterStore;
  public readonly iam: Iam;
  public readonly lambda: LambdaService;
  public readonly cloudFormation: CloudFormationService;
  public readonly logs: Logs;
  public readonly sqs: Sqs;
  public readonly cloudTrail: CloudTrail;
  private readonly shared: Environment;
  private readonly server: HttpServer;
  private readonly interceptions = new Interceptions();
  private readonly directory = mkdtempSync(join(tmpdir(), 'local-aws-'));
  private port = 0;

  private constructor(options: LocalAwsOptions) {
    this.clock = options.timeScale === 'virtual' ? new VirtualClock() : new ScaledClock(options.timeScale);
    this.shared = {
      clock: this.clock,
      accountId: options.accountId ?? '123456789012',
      defaultRegion: options.region ?? 'eu-central-1',
    };
    this.kms = new KmsService(this.shared, options.rotationTime ?? 2);
    this.parameterStore = new ParameterStore(this.shared);
    this.iam = new Iam(this.shared);
    this.iam.addResourcePolicies((arn) => this.kms.policyOf(arn));
    this.logs = new Logs(this.shared);
    const s3 = new S3(this.shared);
    this.sqs = new Sqs(this.shared);
    this.lambda = new LambdaService({
      environment: this.shared,
      directory: this.directory,
      startEnvironment: (options) => new NodeProcess(this.clock, options),
      variables: (configuration) => this.variablesOf(configuration),
      log: ({ region, logGroup }, stream, line) => {
        this.logs.write(region, logGroup, stream, line);
      },
      sendDeadLetter: (configuration, letter) => {
        this.sendDeadLetter(configuration, letter);
      },
    });
    this.cloudFormation = new CloudFormationService(this.shared, {
      iam: this.iam,
      kms: this.kms,
      lambda: this.lambda,
      logs: this.logs,
      parameterStore: this.parameterStore,
      s3,
      sqs: this.sqs,
      endpoint: () => this.url,
    });
    const sts = createSts(this.shared, (roleArn) => this.iam.credentialsFor(roleArn), ADMINISTRATOR);
    this.server = new HttpServer(this.shared, this.iam, this.interceptions);
    this.cloudTrail = new CloudTrail(this.shared, {
      calls: () => this.calls,
      completedRotations: (region) => this.kms.completedRotations(region),
    });
    const { kms, parameterStore, iam, logs, lambda, cloudFormation, sqs, cloudTrail } = this;
    this.server.register(
      ...[kms, iam, logs, lambda, cloudFormation, s3, sqs, cloudTrail].map(({ service }) => service),
      ssmService(parameterStore),
      sts,
    );
    this.server.registerUnsigned(ResponseEndpoint.pathPrefix, cloudFormation.responses.service);
  }

  public static async start(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const local = new LocalAws(options);
    local.port = await local.server.listen(options.port ?? 0);
    return local;
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Environment variables that make the CLI, the CDK and the SDKs use the local AWS only. */
  public get environment(): Record<string, string> {
    const { accountId, defaultRegion } = this.shared;
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ENDPOINT_URL_S3: this.url,
      AWS_REGION: defaultRegion,
      AWS_DEFAULT_REGION: defaultRegion,
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
      AWS_SESSION_TOKEN: ADMINISTRATOR.sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      CDK_DEFAULT_ACCOUNT: accountId,
      CDK_DEFAULT_REGION: defaultRegion,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      // The CDK CLI caches there which account an access key belongs to.
      CDK_HOME: join(this.directory, 'cdk-home'),
      NO_PROXY: '127.0.0.1',
    };
  }

  /** Every call since the start, in order. */
  public get calls(): readonly LoggedCall[] {
    return this.server.calls;
  }

  /** How far the `Date` header of responses is ahead of the caller's clock, in milliseconds. */
  public set dateSkew(milliseconds: number) {
    this.server.dateSkew = milliseconds;
  }

  /** Intercepts matching calls until the returned function is called. See `Interceptions`. */
  public intercept(match: InterceptionMatch, phase: Phase, action: InterceptionAction): () => void {
    return this.interceptions.add(match, phase, action);
  }

  /** Ends processes, connections and timers, and removes all files. */
  public async stop(): Promise<void> {
    this.clock.stop();
    this.lambda.stop();
    await this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Sends with the permissions of the function's role. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  private sendDeadLetter({ roleArn, name, deadLetterQueueArn = '' }: FunctionConfiguration, letter: DeadLetter): void {
    const sender = { accessKeyId: '', roleArn, sessionName: name };
    this.iam.authorize(sender, { action: 'sqs:SendMessage', resourceArn: deadLetterQueueArn });
    this.sqs.send(deadLetterQueueArn, letter.body, {
      RequestID: { DataType: 'String', StringValue: letter.requestId },
      ErrorCode: { DataType: 'Number', StringValue: letter.errorCode },
      ErrorMessage: { DataType: 'String', StringValue: letter.errorMessage },
    });
  }

  /** The credentials belong to a session of the function's role, named after the function. */
  private variablesOf({ name, roleArn }: FunctionConfiguration): Record<string, string> {
    const credentials = this.iam.credentialsFor(roleArn, name);
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ENDPOINT_URL_S3: this.url,
      ...(credentials && {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      }),
    };
  }
}
