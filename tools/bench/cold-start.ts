import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalAws } from '../../local/local-aws';
import { awsCustomResource, ours } from '../approaches';
import { PLACE } from './fleet';
import { type Cell, markdownTable } from '../table';
import { median, ratio } from './statistics';

interface Handler {
  readonly name: string;
  /** Undefined for bare Node, which makes one call of KMS itself. */
  readonly file?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Start {
  /** From the start of the process to its first call of KMS. */
  readonly milliseconds: number;
  readonly peakMegabytes: number;
  /** Of all modules that were loaded. */
  readonly loadedBytes: number;
}

/** Runs a handler once, or makes a call without one, and sends what that used. */
const RUNNER = `
const done = () => {
  const loaded = Object.keys(require.cache).reduce((sum, file) => sum + require('node:fs').statSync(file).size, 0);
  process.send({ peakMegabytes: process.resourceUsage().maxRSS / 1024, loadedBytes: loaded }, () => process.exit());
};
const { file, event } = JSON.parse(process.argv[1]);
console.log = console.info = () => undefined;
process.removeAllListeners('warning');
if (file) {
  const deadline = Date.now() + 900_000;
  require(file).handler(event, { logStreamName: 'bench', getRemainingTimeInMillis: () => deadline - Date.now() }).then(done);
} else {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.DescribeKey', authorization: process.env.AUTHORIZATION };
  const request = require('node:http').request(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers });
  request.on('response', (response) => response.resume().on('end', done)).end(JSON.stringify({ KeyId: event.ResourceProperties.KeyArn }));
}
`;

/** Median cold starts on this machine, and the code that they load. */
export async function coldStarts(runs: number): Promise<string> {
  const aws = await LocalAws.start({ ...PLACE, accountId: PLACE.account, rotationTime: 0 });
  try {
    const handlers = [bareNode(), ourHandler(), theirHandler()];
    const starts = handlers.map((): Start[] => []);
    for (let run = 0; run < runs; run++) {
      for (const [index, handler] of handlers.entries()) starts[index]?.push(await start(aws, handler));
    }
    return render(handlers, starts.map(medianStart));
  } finally {
    await aws.stop();
  }
}

function render(handlers: readonly Handler[], starts: readonly Start[]): string {
  const [bare, own, theirs] = starts;
  if (!bare || !own || !theirs) throw new Error('A start is missing');
  const row = (title: string, value: (start: Start) => number): Cell[] => {
    const [net, theirNet] = [value(own) - value(bare), value(theirs) - value(bare)];
    return [
      title,
      ...[bare, own, theirs].map((each) => Math.round(value(each))),
      Math.round(net),
      Math.round(theirNet),
      ratio(net, theirNet),
    ];
  };
  const files = handlers.map(({ file }) => (file === undefined ? 0 : statSync(file).size));
  const header = [
    '',
    ...handlers.map(({ name }) => name),
    'ours, net of Node',
    'theirs, net of Node',
    'ours to theirs, net',
  ];
  return markdownTable(header, [
    row('process start to first call of KMS, ms', ({ milliseconds }) => milliseconds),
    row('peak memory, MB', ({ peakMegabytes }) => peakMegabytes),
    row('code that was loaded, the SDK with it, bytes', ({ loadedBytes }) => loadedBytes),
    ['code that is deployed, bytes', ...files, ...files.slice(1), ratio(files[1] ?? NaN, files[2] ?? NaN)],
  ]);
}

function medianStart(starts: readonly Start[]): Start {
  const of = (value: (start: Start) => number) => median(starts.map(value));
  return {
    milliseconds: of((s) => s.milliseconds),
    peakMegabytes: of((s) => s.peakMegabytes),
    loadedBytes: of((s) => s.loadedBytes),
  };
}

function bareNode(): Handler {
  const scope = `local/20260101/${PLACE.region}/kms/aws4_request`;
  return {
    name: 'bare Node',
    variables: { AUTHORIZATION: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    properties: {},
  };
}

function ourHandler(): Handler {
  const file = join(dirname(require.resolve('../../lib')), '..', 'lambda', 'dist', 'index.js');
  const properties = { RotationToken: 'A', RotateOnCreate: 'true', CompletionTimeout: '600', ReservedRotations: '5' };
  return { name: ours.name, file, variables: {}, properties };
}

function theirHandler(): Handler {
  const library = dirname(require.resolve('aws-cdk-lib/package.json'));
  const file = join(library, 'custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler/index.js');
  return {
    name: awsCustomResource.name,
    file,
    variables: variablesForAwsCustomResource(),
    properties: { InstallLatestAwsSdk: 'false' },
  };
}

async function start(aws: LocalAws, { file, variables, properties }: Handler): Promise<Start> {
  const { arn: KeyArn } = aws.kms.createKey(PLACE.region);
  const call = JSON.stringify({
    service: 'KMS',
    action: 'rotateKeyOnDemand',
    parameters: { KeyId: KeyArn },
    physicalResourceId: { id: 'A' },
  });
  const stackId = `arn:aws:cloudformation:${PLACE.region}:${PLACE.account}:stack/bench/0`;
  const [requestId, logicalId] = [randomUUID(), 'Rotation'];
  const { path } = aws.cloudFormation.responses.open({ stackId, region: PLACE.region, logicalId, requestId });
  const event = {
    RequestType: 'Create',
    ResponseURL: aws.url + path,
    StackId: stackId,
    RequestId: requestId,
    LogicalResourceId: logicalId,
    ResourceType: 'Custom::Rotation',
    ResourceProperties: { ...properties, KeyArn, Create: call, Update: call },
  };
  let calledAt: number | undefined;
  const ends = ['DescribeKey', 'RotateKeyOnDemand'].map((operation) =>
    aws.intercept({ service: 'kms', operation }, 'before', () => {
      calledAt ??= performance.now();
    }),
  );
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', RUNNER, JSON.stringify({ file, event })], {
    env: { ...aws.environment, ...variables },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [usage] = (await once(child, 'message')) as [Omit<Start, 'milliseconds'>];
  for (const end of ends) end();
  if (calledAt === undefined) throw new Error(`${file ?? 'Bare Node'} has not called KMS`);
  return { ...usage, milliseconds: calledAt - startedAt };
}

/** Sends all `https` requests to the local AWS's port over plain HTTP. */
const TO_LOCAL_AWS = `
import http from 'node:http';
import https from 'node:https';
const { port } = new URL(process.env.AWS_ENDPOINT_URL);
https.request = (options, done) => http.request({ ...options, port }, done);
`;

/**
 * What the handler of `AwsCustomResource` needs to run without the local Lambda: the SDK, which Lambda's runtime includes
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html), and an HTTPS that reaches the local AWS, because it sends its response
 * to the standard port whatever the response URL says.
 */
function variablesForAwsCustomResource(): Record<string, string> {
  return {
    NODE_PATH: join(require.resolve('@aws-sdk/client-kms/package.json'), '../../..'),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TO_LOCAL_AWS)}`,
  };
}
