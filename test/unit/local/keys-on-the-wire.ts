import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Clock } from '../../../local/clock';
import { HttpServer } from '../../../local/wire/http-server';
import { Iam } from '../../../local/iam/iam';
import { Interceptions } from '../../../local/wire/interception';
import { KmsService } from '../../../local/kms/kms-service';
import { ParameterStore } from '../../../local/ssm/parameter-store';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const OTHER_REGION = 'us-east-1';
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** A clock that stands still until it is told to go on. */
export class HandClock implements Clock {
  private time = Date.parse('2026-11-22T12:00:00Z');

  public now(): number {
    return this.time;
  }

  public pass(milliseconds: number): void {
    this.time += milliseconds;
  }

  public sleep(): Promise<void> {
    throw new Error('Nothing sleeps on this clock.');
  }

  public schedule(): () => void {
    throw new Error('Nothing is scheduled on this clock.');
  }
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ADMINISTRATOR: Credentials = { accessKeyId: 'administrator', secretAccessKey: 'x' };

/** KMS, Parameter Store and IAM behind the real server, for the real SDK clients; a rotation takes two minutes. */
export class KeysOnTheWire {
  public readonly clock = new HandClock();
  private readonly environment = { clock: this.clock, accountId: ACCOUNT, defaultRegion: REGION };
  public readonly kmsService = new KmsService(this.environment, 120);
  public readonly parameterStore = new ParameterStore(this.environment);
  public readonly iam = new Iam(this.environment);
  private readonly server = new HttpServer(this.environment, this.iam, new Interceptions());
  private readonly clients: { destroy: () => void }[] = [];
  private endpoint = '';

  public static async start(): Promise<KeysOnTheWire> {
    const wire = new KeysOnTheWire();
    wire.server.register(wire.kmsService.service, wire.parameterStore.service, wire.iam.service);
    wire.iam.addResourcePolicies((arn) => wire.kmsService.policyOf(arn));
    wire.endpoint = `http://127.0.0.1:${await wire.server.listen(0)}`;
    return wire;
  }

  public kms(region = REGION, credentials = ADMINISTRATOR): KMSClient {
    return this.keep(new KMSClient(this.configuration(region, credentials)));
  }

  public ssm(region = REGION, credentials = ADMINISTRATOR): SSMClient {
    return this.keep(new SSMClient(this.configuration(region, credentials)));
  }

  public async stop(): Promise<void> {
    this.clients.forEach((client) => {
      client.destroy();
    });
    await this.server.close();
  }

  private configuration(region: string, credentials: Credentials): object {
    return { region, credentials, endpoint: this.endpoint, maxAttempts: 1 };
  }

  private keep<Client extends { destroy: () => void }>(client: Client): Client {
    this.clients.push(client);
    return client;
  }
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) {
      // The SDK puts a word of its own where the service sends no message.
      return { name: error.name, message: error.message === 'UnknownError' ? '' : error.message };
    }
  }
  throw new Error('The call was not refused.');
}
