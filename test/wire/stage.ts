import { awsServices } from '../../lambda/aws-services';
import { type LambdaContext, handle } from '../../lambda/handler';
import type { Entry } from '../../lambda/ledger';
import type { Services } from '../../lambda/services';
import { LocalAws, type LocalAwsOptions } from '../../local/local-aws';
import { type CustomResourceResponse, AnswerServer } from './response-server';
import { ACCOUNT, type Event, Events, REGION } from './events';

export { REGION };
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/provider`;

/**
 * The handler with the real SDK, on the local AWS over HTTP and on its fast clock, and a place that takes the answers.
 */
export class Stage {
  public readonly logged: Readonly<Record<string, unknown>>[] = [];
  private readonly events: Events;

  private constructor(
    public readonly aws: LocalAws,
    private readonly answerServer: AnswerServer,
  ) {
    this.events = new Events(answerServer.url);
  }

  public static async open(options: LocalAwsOptions): Promise<Stage> {
    const aws = await LocalAws.start(options);
    Object.assign(process.env, aws.environment);
    return new Stage(aws, await AnswerServer.open());
  }

  public async close(): Promise<void> {
    await this.answerServer.close();
    await this.aws.stop();
  }

  /** The statuses with which the next answers are met; 200 when there are none. */
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
    const { clock } = this.aws;
    return {
      ...awsServices(),
      now: () => clock.now(),
      sleep: (milliseconds) => clock.sleep(milliseconds),
      log: (record) => this.logged.push(record),
    };
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

  /** Handles an event, and gives the answer that CloudFormation received. */
  public async send(event: Event, services: Services = this.services): Promise<CustomResourceResponse> {
    const { answers } = this.answerServer;
    const before = answers.length;
    await this.aws.clock.work(() => handle(event, this.context(), ROLE_ARN, services));
    const answer = answers.slice(before).find(({ RequestId }) => RequestId === event.RequestId);
    if (!answer) throw new Error('No answer was received');
    return answer;
  }

  public context(): LambdaContext {
    const startedAt = this.aws.clock.now();
    return { getRemainingTimeInMillis: () => 15 * 60_000 - (this.aws.clock.now() - startedAt) };
  }

  /** How often RotateKeyOnDemand was sent for a key. */
  public sent(keyArn: string): number {
    return this.aws.calls.filter(({ operation, input }) => operation === 'RotateKeyOnDemand' && input.KeyId === keyArn)
      .length;
  }

  /** How many rotations of a key KMS has accepted. */
  public rotations(keyArn: string): number {
    return this.key(keyArn).acceptedRotations.length;
  }

  public ledger(keyArn: string): Entry[] {
    const path = `/on-demand-key-rotation/${keyArn.slice(keyArn.lastIndexOf('/') + 1)}`;
    return this.aws.parameterStore.list(regionOf(keyArn), path).map(({ value }) => JSON.parse(value) as Entry);
  }

  public get responseUrl(): string {
    return this.answerServer.url;
  }
}

function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}
