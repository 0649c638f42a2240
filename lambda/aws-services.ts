import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Kms, ParameterStore, Services } from './services';

/**
 * Every repetition is the handler's own decision: an accepted RotateKeyOnDemand that the SDK sends again can be a second
 * rotation.
 */
const clientSettings = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

const ANSWER_TIMEOUT = 10_000;

/** The client's own timeouts end with the headers of an answer, which can stall in its body. */
const timely = () => ({ abortSignal: AbortSignal.timeout(20_000) });

export function awsServices(): Services {
  return {
    kms: perRegion(kms),
    parameterStore: perRegion(parameterStore),
    putAnswer,
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: () => Math.random(),
    newInvocationId: () => randomUUID(),
    log: (record) => {
      // Lambda's JSON log format makes a structured record of an object.
      // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
      console.info(record);
    },
  };
}

function perRegion<T>(create: (region: string) => T): (region: string) => T {
  const clients = new Map<string, T>();
  return (region) => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}

function kms(region: string): Kms {
  const client = new KMSClient({ region, ...clientSettings });
  return {
    async describeKey(KeyId) {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }), timely());
      if (!KeyMetadata) throw new Error(`DescribeKey of ${KeyId} was answered without KeyMetadata`);
      return KeyMetadata;
    },
    getKeyRotationStatus: (KeyId) => client.send(new GetKeyRotationStatusCommand({ KeyId }), timely()),
    listKeyRotations: (KeyId, Marker, allKeyMaterial) =>
      client.send(
        new ListKeyRotationsCommand({
          KeyId,
          Marker,
          ...(allKeyMaterial && { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' as const }),
        }),
        timely(),
      ),
    async rotateKeyOnDemand(KeyId) {
      await client.send(new RotateKeyOnDemandCommand({ KeyId }), timely());
    },
  };
}

function parameterStore(region: string): ParameterStore {
  const client = new SSMClient({ region, ...clientSettings });
  return {
    async getParametersByPath(Path, nextToken) {
      const page = await client.send(new GetParametersByPathCommand({ Path, NextToken: nextToken }), timely());
      return {
        parameters: (page.Parameters ?? []).map(({ Name = '', Value = '' }) => ({ name: Name, value: Value })),
        nextToken: page.NextToken,
      };
    },
    async putParameter(Name, Value) {
      const { Version } = await client.send(
        new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: false }),
        timely(),
      );
      return Version;
    },
  };
}

/** Not by `fetch`, whose loading takes longer and more memory than the SDK's. */
function putAnswer(url: URL, body: string): Promise<number> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'PUT',
      // The pre-signed URL was signed for an empty content type.
      headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
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
