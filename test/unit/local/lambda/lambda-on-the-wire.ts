import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lambda } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import type { DeadLetter, EventInvokeConfig, FunctionConfiguration } from '../../../../local/lambda/function';
import { LambdaService } from '../../../../local/lambda/lambda-service';
import type { LoggedCall } from '../../../../local/wire/interception';
import { ACCOUNT, REGION, ServicesOnTheWire } from '../services-on-the-wire';
import type { HandClock } from '../hand-clock';
import { InProcessEnvironment } from './in-process-environment';

const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead-letters`;

/** Lambda behind the real server, on a manual clock, for the real SDK's client. Its functions follow the orders in events. */
export class LambdaOnTheWire {
  public readonly deadLetters: DeadLetter[] = [];
  public readonly client: Lambda;
  public readonly lambda: LambdaService;
  public mayReachDeadLetterQueue = true;
  private readonly directory = mkdtempSync(join(tmpdir(), 'local-lambda-'));
  private functions = 0;

  private constructor(private readonly wire: ServicesOnTheWire) {
    this.lambda = new LambdaService({
      environment: wire.environment,
      directory: this.directory,
      startEnvironment: (options) => new InProcessEnvironment(wire.clock, options),
      variables: () => ({}),
      log: () => undefined,
      sendDeadLetter: (_, letter) => {
        if (!this.mayReachDeadLetterQueue) {
          throw new Error('AccessDenied');
        }
        this.deadLetters.push(letter);
      },
    });
    wire.server.register(this.lambda.service);
    this.client = wire.client((configuration) => new Lambda(configuration));
  }

  public static async start(): Promise<LambdaOnTheWire> {
    return new LambdaOnTheWire(await ServicesOnTheWire.start());
  }

  public get calls(): readonly LoggedCall[] {
    return this.wire.calls;
  }

  public get clock(): HandClock {
    return this.wire.clock;
  }

  /** Returns the function's name. */
  public createFunction(
    configuration: Partial<FunctionConfiguration> = {},
    config: Partial<EventInvokeConfig> = {},
  ): string {
    const name = `function-${++this.functions}`;
    this.lambda.createFunction({
      name,
      region: REGION,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/role`,
      runtime: 'nodejs24.x',
      handler: 'index.handler',
      code: zipSync({ 'index.js': new Uint8Array() }),
      timeout: 900,
      memorySize: 128,
      environment: {},
      logGroup: `/aws/lambda/${name}`,
      logFormat: 'JSON',
      deadLetterQueueArn: QUEUE_ARN,
      ...configuration,
    });
    this.lambda.setEventInvokeConfig(name, REGION, { maximumRetryAttempts: 2, maximumEventAge: 21_600, ...config });
    return name;
  }

  public async stop(): Promise<void> {
    await this.wire.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
