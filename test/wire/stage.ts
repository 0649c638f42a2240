import { awsServices } from '../../lambda/aws-services';
import { type LambdaContext, handle } from '../../lambda/handler';
import { type LedgerRecord, type NewRecord, parameterName, serialize } from '../../lambda/ledger-record';
import type { Kms, Services } from '../../lambda/services';
import { LocalAws, type LocalAwsOptions } from '../../local/local-aws';
import type { LoggedCall } from '../../local/wire/interception';
import { type CustomResourceResponse, ResponseServer } from './response-server';
import { ACCOUNT, type Event, Events, REGION } from './events';

export { REGION };
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/provider`;

const MINUTE = 60_000;

export const LOG_STREAM = '2026/11/28/[$LATEST]1';

/**
 * The handler with the real SDK on the local AWS over HTTP, and a server that receives its responses. Sleeping takes no real time: when
 * all handlers sleep, the clock jumps to the first that wakes up.
 */
export class Stage {
  public readonly logged: Readonly<Record<string, unknown>>[] = [];
  private readonly events: Events;

  private constructor(
    public readonly aws: LocalAws,
    private readonly answerServer: ResponseServer,
  ) {
    this.events = new Events(answerServer.url);
  }

  /** A rotation takes 20 s unless `options` say otherwise. */
  public static async open(options: LocalAwsOptions = {}): Promise<Stage> {
    const aws = await LocalAws.start({ rotationTime: 20, timeScale: 'virtual', ...options });
    Object.assign(process.env, aws.environment);
    return new Stage(aws, await ResponseServer.open());
  }

  public async close(): Promise<void> {
    await this.answerServer.close();
    await this.aws.stop();
  }

  /** HTTP statuses for the next responses; 200 by default. */
  public get answerStatuses(): number[] {
    return this.answerServer.statuses;
  }

  public newKey(options: Parameters<LocalAws['kms']['createKey']>[1] = {}): string {
    return this.aws.kms.createKey(REGION, options).arn;
  }

  public key(arn: string): ReturnType<LocalAws['kms']['key']> {
    return this.aws.kms.key(regionOf(arn), arn);
  }

  public get services(): Services {
    return {
      ...awsServices(),
      now: () => this.now,
      sleep: (milliseconds) => this.aws.clock.sleep(milliseconds),
      log: (record, line) => this.logged.push({ ...line, ...record }),
    };
  }

  /** Milliseconds since the epoch, on the local AWS's clock. */
  public get now(): number {
    return this.aws.clock.now();
  }

  /** Jumps ahead. */
  public pass(minutes: number): void {
    this.aws.clock.skip(minutes * MINUTE);
  }

  /** An event as CloudFormation sends it. */
  public event(RequestType: string, keyArn: string, token: string, more?: Event): Event {
    return this.events.event(RequestType, keyArn, token, more);
  }

  public create(keyArn: string, token: string, more?: Event): Event {
    return this.events.create(keyArn, token, more);
  }

  public update(keyArn: string, oldToken: string, token: string, more?: Event): Event {
    return this.events.update(keyArn, oldToken, token, more);
  }

  /** Handles an event, and returns the response that CloudFormation received. */
  public async send(event: Event, services: Services = this.services): Promise<CustomResourceResponse> {
    const { answers } = this.answerServer;
    const before = answers.length;
    await this.aws.clock.work(() => handle(event, this.context(), ROLE_ARN, services));
    const answer = answers.slice(before).find(({ RequestId }) => RequestId === event.RequestId);
    if (!answer) throw new Error('No response was received');
    return answer;
  }

  /** Handles an event until the invocation dies, as if killed by Lambda, before or after KMS receives RotateKeyOnDemand. */
  public async die(event: Event, when: 'before' | 'after'): Promise<void> {
    const { services } = this;
    await this.aws.clock.work(
      () =>
        new Promise<void>((resolve, reject) => {
          const kms: Services['kms'] = (region, caller) => ({
            ...services.kms(region, caller),
            rotateKeyOnDemand: async (arn) => {
              if (when === 'after') await services.kms(region, caller).rotateKeyOnDemand(arn);
              resolve();
              return new Promise(() => undefined);
            },
          });
          handle(event, this.context(), ROLE_ARN, { ...services, kms }).catch(reject);
        }),
    );
  }

  public context(): LambdaContext {
    const startedAt = this.now;
    return {
      functionName: 'provider',
      awsRequestId: 'invocation',
      logStreamName: LOG_STREAM,
      getRemainingTimeInMillis: () => 15 * MINUTE - (this.now - startedAt),
    };
  }

  /** The calls of an operation on a key. */
  public calls(keyArn: string, operation = 'RotateKeyOnDemand'): LoggedCall[] {
    return this.aws.calls.filter((call) => call.operation === operation && call.input.KeyId === keyArn);
  }

  public sent(keyArn: string): number {
    return this.calls(keyArn).length;
  }

  /** How many rotations of a key KMS has accepted. */
  public rotations(keyArn: string): number {
    return this.key(keyArn).acceptedRotations.length;
  }

  /** The records of a key, by number. */
  public ledger(keyArn: string): LedgerRecord[] {
    const path = `/on-demand-key-rotation/${keyIdOf(keyArn)}`;
    return this.aws.parameterStore
      .list(regionOf(keyArn), path)
      .map(({ name, value }) => ({ ...JSON.parse(value), number: Number(name.slice(path.length + 1)) }) as LedgerRecord)
      .sort((a, b) => a.number - b.number);
  }

  /** Writes the next record as if another invocation had written it `minutesAgo` minutes ago. */
  public async record(
    keyArn: string,
    record: Pick<NewRecord, 'state' | 'token'> & Readonly<Record<string, unknown>>,
    minutesAgo = 0,
  ): Promise<void> {
    const complete = {
      keyArn,
      recordedAt: new Date(this.now - minutesAgo * MINUTE).toISOString(),
      stackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/other/1`,
      logicalResourceId: 'Rotation',
      requestId: 'another-request',
      invocation: 'another-invocation',
      ...(record.state === 'claimed' && {
        keyMaterialBefore: this.key(keyArn).currentMaterialId,
        materialsBefore: [],
      }),
      ...record,
    } as NewRecord;
    const name = parameterName(keyIdOf(keyArn), this.ledger(keyArn).length + 1);
    await this.services.parameterStore(regionOf(keyArn)).putParameter(name, serialize(complete));
  }

  /** KMS as called by hand. */
  public get kmsByHand(): Kms {
    return this.services.kms(REGION, { invocation: 'by-hand', tokenDigest: 'none' });
  }

  public get responseUrl(): string {
    return this.answerServer.url;
  }
}

function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}

export function keyIdOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
