import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  type KMSClientConfig,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { version } from '../package.json';
import { nameOf } from './aws-error';
import { withDeadline } from './deadline';
import { logLine } from './log-line';
import type { Kms, KmsCaller, ParameterStore, Services } from './services';

/**
 * With `proxyEnv`, agents of Node.js 22.21 or newer use HTTPS_PROXY and NO_PROXY. The types are older.
 * https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
 */
const agentSettings = { keepAlive: true, proxyEnv: process.env };

/** The handler decides about every retry: if the SDK sent an accepted RotateKeyOnDemand again, the key could rotate twice. */
export const clientSettings = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 5_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
    httpsAgent: agentSettings,
  },
};

/** How long one request may take, including connection, headers and body; in milliseconds. */
export const REQUEST_DEADLINE = 15_000;

const RESPONSE_TIMEOUT = 10_000;

/** @param deadline of each request to KMS and Parameter Store, in milliseconds. */
export function awsServices(deadline = REQUEST_DEADLINE): Services {
  const parameterStores = new Map<string, ParameterStore>();
  // Each caller has its own client, for the user agent; all share their connections.
  const { requestHandler } = new KMSClient(clientSettings).config;
  return {
    kms: (region, caller) =>
      kmsOf(new KMSClient({ ...clientSettings, region, requestHandler, ...userAgent(caller) }), deadline),
    parameterStore: (region) => {
      const known =
        parameterStores.get(region) ?? parameterStoreOf(new SSMClient({ region, ...clientSettings }), deadline);
      parameterStores.set(region, known);
      return known;
    },
    putAnswer,
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: () => Math.random(),
    newInvocationId: () => randomUUID(),
    log: (record, line) => {
      process.stdout.write(`${logLine(record, line, Date.now())}\n`);
    },
  };
}

/** The SDK replaces characters that a user agent may not contain. */
export function userAgent({ invocation, tokenDigest, claim }: KmsCaller): Pick<KMSClientConfig, 'customUserAgent'> {
  return {
    customUserAgent: [
      ['cdk-on-demand-key-rotation', version],
      ['md/invocation', invocation],
      ['md/token', tokenDigest],
      ...(claim === undefined ? [] : [['md/claim', String(claim)] as [string, string]]),
    ],
  };
}

/** @param deadline of each request, in milliseconds. */
export function kmsOf(client: KMSClient, deadline: number): Kms {
  return {
    async describeKey(KeyId) {
      const { KeyMetadata } = await withDeadline(deadline, (abortSignal) =>
        client.send(new DescribeKeyCommand({ KeyId }), { abortSignal }),
      );
      if (!KeyMetadata) throw new Error(`DescribeKey of ${KeyId} was answered without KeyMetadata`);
      return KeyMetadata;
    },
    getKeyRotationStatus: (KeyId) =>
      withDeadline(deadline, (abortSignal) => client.send(new GetKeyRotationStatusCommand({ KeyId }), { abortSignal })),
    listKeyRotations: (KeyId, Marker, allKeyMaterial) => {
      const IncludeKeyMaterial = allKeyMaterial ? ('ALL_KEY_MATERIAL' as const) : undefined;
      return withDeadline(deadline, (abortSignal) =>
        client.send(new ListKeyRotationsCommand({ KeyId, Marker, IncludeKeyMaterial }), { abortSignal }),
      );
    },
    async rotateKeyOnDemand(KeyId) {
      const { $metadata } = await withDeadline(deadline, (abortSignal) =>
        client.send(new RotateKeyOnDemandCommand({ KeyId }), { abortSignal }),
      );
      return $metadata.requestId;
    },
  };
}

/** @param deadline of each request, in milliseconds. */
export function parameterStoreOf(client: SSMClient, deadline: number): ParameterStore {
  // The account's default may be a tier that costs money.
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
  let Tier: 'Standard' | undefined = 'Standard';
  const create = (Name: string, Value: string) =>
    withDeadline(deadline, (abortSignal) =>
      client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: false, Tier }), { abortSignal }),
    );
  return {
    async getParametersByPath(Path, NextToken) {
      const page = await withDeadline(deadline, (abortSignal) =>
        client.send(new GetParametersByPathCommand({ Path, NextToken, Recursive: true }), { abortSignal }),
      );
      return {
        parameters: (page.Parameters ?? []).map(({ Name = '', Value = '', Version }) => ({
          name: Name,
          value: Value,
          version: Version,
        })),
        nextToken: page.NextToken,
      };
    },
    async putParameter(name, value) {
      try {
        return (await create(name, value)).Version;
      } catch (error) {
        if (Tier === undefined || nameOf(error) !== 'ValidationException') throw error;
        // Some partitions do not support tiers. A call that failed validation was not carried out.
        Tier = undefined;
        return (await create(name, value)).Version;
      }
    },
  };
}

/** Not by `fetch`: loading it takes more time and memory than loading the SDK. */
function putAnswer(url: URL, body: string): Promise<number> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'PUT',
      // Lambda may freeze the function between two answers, and a connection that was kept alive would be dead.
      agent: url.protocol === 'https:' ? new https.Agent({ ...agentSettings, keepAlive: false }) : undefined,
      // The pre-signed URL was signed for an empty content type.
      headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(RESPONSE_TIMEOUT),
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.on('error', reject);
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
      response.resume();
    });
    sending.end(body);
  });
}
