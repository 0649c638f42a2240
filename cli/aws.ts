import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { MiddlewareStack } from '@smithy/types';
import { textOf } from '../lambda/aws-error';
import { clientSettings, userAgent } from '../lambda/aws-services';
import type { KmsCaller } from '../lambda/services';
import { accessProblem } from './aws-problem';
import type { Io } from './io';
import { unanswered } from './problem';

export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  /** How far AWS's clock is ahead of this machine's, in milliseconds, with the precision of the Date header. */
  readonly clockDifference: number;
}

/** Distinguishes our calls from others' in CloudTrail. */
const READER: KmsCaller = { invocation: 'command-line', tokenDigest: 'none' };

/** An AWS account, with the credentials that the SDKs find, and one client for each service and Region. */
export class Aws {
  /** How often each operation was sent, including retries, by its name (`kms:DescribeKey`). */
  public readonly calls = new Map<string, number>();
  private readonly clients = new Map<string, unknown>();
  private readonly credentials: ReturnType<typeof defaultProvider>;
  private caller: Promise<Identity> | undefined;

  public constructor(
    public readonly profile: string | undefined,
    io: Pick<Io, 'ask'>,
  ) {
    this.credentials = defaultProvider({
      profile,
      mfaCodeProvider: async (serial) => (await io.ask(`MFA code of ${serial}: `)) ?? '',
    });
  }

  /** The SDKs' default Region. */
  public async defaultRegion(): Promise<string> {
    try {
      return await new STSClient({ profile: this.profile }).config.region();
    } catch (error) {
      throw accessProblem(error, 'unknown', this.profile) ?? error;
    }
  }

  public kms(region: string): KMSClient {
    return this.client('kms', region, () =>
      this.counted('kms', new KMSClient({ ...this.reading(region), ...userAgent(READER) })),
    );
  }

  public ssm(region: string): SSMClient {
    return this.client('ssm', region, () => this.counted('ssm', new SSMClient(this.reading(region))));
  }

  public cloudFormation(region: string): CloudFormationClient {
    return this.client('cloudformation', region, () =>
      this.counted('cloudformation', new CloudFormationClient(this.reading(region))),
    );
  }

  public cloudTrail(region: string): CloudTrailClient {
    return this.client('cloudtrail', region, () =>
      this.counted('cloudtrail', new CloudTrailClient(this.reading(region))),
    );
  }

  /** The caller, who is the same in every Region. */
  public identity(region: string): Promise<Identity> {
    this.caller ??= this.askWho(region);
    return this.caller;
  }

  /** Like `reading`, but without retries, about which the rotation decides. */
  public rotating(region: string) {
    return { ...clientSettings, region, credentials: this.credentials };
  }

  /** Adaptive, because the quotas are shared with everybody in the account: the SDK slows down when it is throttled. */
  private reading(region: string) {
    const { requestHandler } = clientSettings;
    return {
      region,
      credentials: this.credentials,
      retryMode: 'adaptive',
      maxAttempts: 8,
      requestHandler: { ...requestHandler, requestTimeout: 30_000 },
    };
  }

  private async askWho(region: string): Promise<Identity> {
    const client = this.counted('sts', new STSClient(this.reading(region)));
    let clockDifference = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
        clockDifference = Date.parse(headers?.date ?? '') - Date.now();
        return result;
      },
      { step: 'deserialize', name: 'clockDifference' },
    );
    try {
      const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
      return { accountId: Account, arn: Arn, clockDifference };
    } catch (error) {
      throw accessProblem(error, region, this.profile) ?? unanswered(region, textOf(error));
    }
  }

  private client<T>(service: string, region: string, make: () => T): T {
    const id = `${service} ${region}`;
    const known = (this.clients.get(id) as T | undefined) ?? make();
    this.clients.set(id, known);
    return known;
  }

  private counted<
    Client extends { readonly middlewareStack: MiddlewareStack<Input, Output> },
    Input extends object,
    Output extends object,
  >(service: string, client: Client & { readonly middlewareStack: MiddlewareStack<Input, Output> }): Client {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          const operation = `${service}:${commandName.replace(/Command$/, '')}`;
          this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
          return next(args);
        },
      // After the retries have begun.
      { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
    );
    return client;
  }
}
