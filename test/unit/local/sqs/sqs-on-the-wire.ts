import { SQS } from '@aws-sdk/client-sqs';
import { Sqs } from '../../../../local/sqs/sqs';
import type { Interceptions, LoggedCall } from '../../../../local/wire/interception';
import { ServicesOnTheWire } from '../services-on-the-wire';
import type { HandClock } from '../hand-clock';

/** SQS behind the real server, for the real SDK's client. */
export class SqsOnTheWire {
  private constructor(
    private readonly wire: ServicesOnTheWire,
    public readonly sqs: Sqs,
    public readonly client: SQS,
  ) {}

  public static async start(): Promise<SqsOnTheWire> {
    const wire = await ServicesOnTheWire.start();
    const sqs = new Sqs(wire.environment);
    wire.server.register(sqs.service);
    return new SqsOnTheWire(
      wire,
      sqs,
      wire.client((configuration) => new SQS(configuration)),
    );
  }

  public get calls(): readonly LoggedCall[] {
    return this.wire.calls;
  }

  public get clock(): HandClock {
    return this.wire.clock;
  }

  public intercept(...interception: Parameters<Interceptions['add']>): void {
    this.wire.interceptions.add(...interception);
  }

  public stop(): Promise<void> {
    return this.wire.stop();
  }
}
