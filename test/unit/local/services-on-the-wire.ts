import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { CloudTrail } from '../../../local/cloudtrail/cloudtrail';
import { Iam } from '../../../local/iam/iam';
import { KmsService } from '../../../local/kms/kms-service';
import { ParameterStore } from '../../../local/ssm/parameter-store';
import { ssmService } from '../../../local/ssm/ssm-service';
import { HttpServer } from '../../../local/wire/http-server';
import { Interceptions, type LoggedCall } from '../../../local/wire/interception';
import type { Service } from '../../../local/wire/service';
import { HandClock } from './hand-clock';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const OTHER_REGION = 'us-east-1';
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface ClientConfiguration {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint: string;
  readonly maxAttempts: number;
}

const ADMINISTRATOR: Credentials = { accessKeyId: 'administrator', secretAccessKey: 'x' };

/** Services behind the real server, on a manual clock, for the real SDK's clients. A rotation takes two minutes. */
export class ServicesOnTheWire {
  public readonly clock = new HandClock();
  public readonly environment = { clock: this.clock, accountId: ACCOUNT, defaultRegion: REGION };
  public readonly kmsService = new KmsService(this.environment, 120);
  public readonly parameterStore = new ParameterStore(this.environment);
  public readonly iam = new Iam(this.environment);
  public readonly interceptions = new Interceptions();
  public readonly server = new HttpServer(this.environment, this.iam, this.interceptions);
  public readonly cloudTrail = new CloudTrail(this.environment, {
    calls: () => this.calls,
    completedRotations: (region) => this.kmsService.completedRotations(region),
  });
  private readonly clients: { destroy: () => void }[] = [];
  private readonly kmsClients = new Map<string, KMS>();
  private readonly ssmClients = new Map<string, SSM>();
  private endpoint = '';

  public static async start(...more: Service[]): Promise<ServicesOnTheWire> {
    const wire = new ServicesOnTheWire();
    const { kmsService, parameterStore, iam, cloudTrail } = wire;
    wire.server.register(kmsService.service, ssmService(parameterStore), iam.service, cloudTrail.service, ...more);
    wire.iam.addResourcePolicies((arn) => wire.kmsService.policyOf(arn));
    wire.endpoint = `http://127.0.0.1:${await wire.server.listen(0)}`;
    return wire;
  }

  public get calls(): readonly LoggedCall[] {
    return this.server.calls;
  }

  public kms(region = REGION, credentials = ADMINISTRATOR): KMS {
    return this.cached(this.kmsClients, (configuration) => new KMS(configuration), region, credentials);
  }

  public ssm(region = REGION, credentials = ADMINISTRATOR): SSM {
    return this.cached(this.ssmClients, (configuration) => new SSM(configuration), region, credentials);
  }

  /** A call in AWS's JSON protocol without the SDK. */
  public request(
    service: string,
    target: string,
    input: object,
    stop = new AbortController(),
    date = '20261122T120000Z',
  ): Promise<Response> {
    const headers = { 'x-amz-target': target, 'x-amz-date': date, 'content-type': 'application/x-amz-json-1.1' };
    return this.post(service, headers, JSON.stringify(input), stop);
  }

  /** A call in the query protocol without the SDK. Throws errors with their code as name. */
  public async query(service: string, input: Readonly<Record<string, string>>): Promise<object> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.post(service, headers, new URLSearchParams(input).toString());
    const body = await answer.text();
    const [, code] = /<Code>(.*)<\/Code>/.exec(body) ?? [];
    if (code !== undefined) {
      throw Object.assign(new Error(/<Message>(.*)<\/Message>/.exec(body)?.[1]), { name: code });
    }
    return { body };
  }

  /** `stop` destroys the client. */
  public client<Client extends { destroy: () => void }>(
    make: (configuration: ClientConfiguration) => Client,
    region = REGION,
    credentials = ADMINISTRATOR,
  ): Client {
    const client = make({ region, credentials, endpoint: this.endpoint, maxAttempts: 1 });
    this.clients.push(client);
    return client;
  }

  private post(
    service: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    { signal }: AbortController = new AbortController(),
  ): Promise<Response> {
    const scope = `${ADMINISTRATOR.accessKeyId}/20261122/${REGION}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, Signature=x`;
    return fetch(this.endpoint, { method: 'POST', headers: { ...headers, authorization }, body, signal });
  }

  private cached<Client extends { destroy: () => void }>(
    clients: Map<string, Client>,
    make: (configuration: ClientConfiguration) => Client,
    region: string,
    credentials: Credentials,
  ): Client {
    const key = `${region} ${credentials.accessKeyId}`;
    const client = clients.get(key) ?? this.client(make, region, credentials);
    clients.set(key, client);
    return client;
  }

  public async stop(): Promise<void> {
    this.clients.forEach((client) => {
      client.destroy();
    });
    await this.server.close();
  }
}

/** The error of a call that must fail. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) {
      // The SDK's placeholder for a missing message.
      return { name: error.name, message: error.message === 'UnknownError' ? '' : error.message };
    }
  }
  throw new Error('The call was not refused.');
}
