/**
 * The deployed provider, with its bundle, role and policies, receives the events that CloudFormation sends in each situation. The tests
 * count the rotations.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { CdkCli } from '../../tools/demo/cdk-cli';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../lib';
import { ConnectionLost } from '../../local/wire/interception';
import { LocalAws } from '../../local/local-aws';
import { type CustomResourceResponse, ResponseServer } from '../wire/response-server';
import { type Event, Events, REGION } from '../wire/events';

const KEYS = 12;

let aws: LocalAws;
let answers: ResponseServer;
let events: Events;
let functionName: string;
let keyArns: string[];
let keyArn: string;

beforeAll(async () => {
  aws = await LocalAws.start({ rotationTime: 15, timeScale: 'virtual' });
  keyArns = Array.from({ length: KEYS }, () => aws.kms.createKey(REGION).arn);
  answers = await ResponseServer.open();
  functionName = await deployProvider();
  events = new Events(answers.url);
});

afterAll(async () => {
  await answers.close();
  await aws.stop();
});

beforeEach(() => {
  keyArn = keyArns.pop() ?? '';
});

/** Deploys everything that the keys' rotations need, except the custom resources, whose events the tests send. */
async function deployProvider(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'lifecycle-'));
  try {
    const app = new App({ outdir: join(scratch, 'assembly') });
    const stack = new Stack(app, 'Lifecycle');
    for (const [index, arn] of keyArns.entries()) {
      const key = kms.Key.fromKeyArn(stack, `Key${index}`, arn);
      const rotation = new OnDemandKeyRotation(stack, `Rotation${index}`, { key, rotationToken: 'A' });
      rotation.node.tryRemoveChild('Resource');
    }
    new CfnOutput(stack, 'FunctionName', {
      value: OnDemandKeyRotationProvider.getOrCreate(stack).function.functionName,
    });
    const outputs = join(scratch, 'outputs.json');
    const cdk = new CdkCli(aws.environment, scratch);
    const { exitCode, lines } = await cdk.run([
      'deploy',
      '--app',
      app.synth().directory,
      '--require-approval=never',
      '--outputs-file',
      outputs,
    ]);
    if (exitCode !== 0) throw new Error(lines.join('\n'));
    const { Lifecycle } = JSON.parse(readFileSync(outputs, 'utf8')) as { Lifecycle: { FunctionName: string } };
    return Lifecycle.FunctionName;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Invokes the function asynchronously, as CloudFormation does. */
async function deliver(event: Event): Promise<void> {
  const response = await fetch(`${aws.url}/2015-03-31/functions/${functionName}/invocations`, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20261122/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=0`,
      'x-amz-invocation-type': 'Event',
    },
    body: JSON.stringify(event),
  });
  expect(response.status).toBe(202);
}

async function send(event: Event): Promise<CustomResourceResponse | undefined> {
  await deliver(event);
  return (await answers.answersTo(event.RequestId)).at(-1);
}

/** Sends events one after the other, and expects all to succeed. */
async function succeed(...sent: readonly Event[]): Promise<void> {
  for (const event of sent)
    expect(await send(event)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Rotation' });
}

const invocationsOf = ({ RequestId }: Event) =>
  aws.lambda.invocations.filter(({ event }) => (event as Event).RequestId === RequestId).length;

/** How many rotations KMS accepted, without swallowed repeats, and how often it was called. */
function rotations(): { accepted: number; called: number } {
  const called = aws.calls.filter(
    ({ operation, input }) => operation === 'RotateKeyOnDemand' && input.KeyId === keyArn,
  ).length;
  return { accepted: aws.kms.key(REGION, keyArn).acceptedRotations.length, called };
}
const times = (count: number) => ({ accepted: count, called: count });

test('a Create rotates once, and returns the current material', async () => {
  const answer = await send(events.create(keyArn, 'A'));
  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    Data: { KeyArn: keyArn, KeyMaterialId: aws.kms.key(REGION, keyArn).currentMaterialId, RemainingRotations: 24 },
  });
  expect(rotations()).toEqual(times(1));
});

test('a new token rotates once more; its rollback and its redeployment do not', async () => {
  await succeed(events.create(keyArn, 'A'));
  await succeed(events.update(keyArn, 'A', 'B'));
  expect(rotations()).toEqual(times(2));
  await succeed(events.update(keyArn, 'B', 'A'));
  expect(rotations()).toEqual(times(2));
  await succeed(events.update(keyArn, 'A', 'B'));
  expect(rotations()).toEqual(times(2));
});

test('an Update of an unrelated property rotates nothing', async () => {
  await succeed(events.create(keyArn, 'A'));
  await succeed(
    events.update(keyArn, 'A', 'A', { ResourceProperties: { ReservedRotations: '0', ServiceTimeout: '700' } }),
  );
  expect(rotations()).toEqual(times(1));
});

test('the same event, delivered twice concurrently and once more, rotates once', async () => {
  const event = events.create(keyArn, 'A');
  await Promise.all([deliver(event), deliver(event)]);
  await answers.answersTo(event.RequestId, 2);
  await deliver(event);
  const all = await answers.answersTo(event.RequestId, 3);
  expect(all.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  expect(new Set(all.map(({ Data }) => Data?.KeyMaterialId)).size).toBe(1);
  expect(rotations()).toEqual(times(1));
});

test('the process is killed after KMS has accepted: Lambda retries, and the rotation is found', async () => {
  let killed = 0;
  aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'after', () => {
    killed = aws.lambda.killRunning(functionName);
  });
  const event = events.create(keyArn, 'A');
  await succeed(event);
  expect(killed).toBe(1);
  expect(invocationsOf(event)).toBe(2);
  expect(rotations()).toEqual(times(1));
});

test('the response is lost: Lambda retries, and the response arrives without a second rotation', async () => {
  answers.statuses.push(500, 500, 500, 500, 403);
  const event = events.create(keyArn, 'A');
  await succeed(event);
  expect(invocationsOf(event)).toBe(2);
  expect(rotations()).toEqual(times(1));
});

test('a renamed construct does not rotate', async () => {
  await succeed(events.create(keyArn, 'A'));
  const renamed = await send(events.create(keyArn, 'A', { LogicalResourceId: 'Renamed' }));
  expect(renamed).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Renamed' });
  await succeed(events.delete(keyArn, 'A'));
  expect(rotations()).toEqual(times(1));
});

test('a deleted rotation that is created again does not rotate', async () => {
  await succeed(events.create(keyArn, 'A'), events.delete(keyArn, 'A'), events.create(keyArn, 'A'));
  expect(rotations()).toEqual(times(1));
});

test('with the ledger unreachable a deployment fails, and nothing is rotated', async () => {
  const restore = aws.intercept({ service: 'ssm', operation: 'GetParametersByPath' }, 'before', () => {
    throw new ConnectionLost();
  });
  const answer = await send(events.create(keyArn, 'A', { ResourceProperties: { CompletionTimeout: '60' } }));
  restore();
  expect(answer).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('The ledger of rotations') as string,
  });
  expect(rotations()).toEqual(times(0));
});

test('without permission on the key a deployment fails, naming role and actions, and nothing is rotated', async () => {
  const foreign = aws.kms.createKey(REGION).arn;
  const answer = await send(events.create(foreign, 'A'));
  const reason = expect.stringMatching(
    /^\[KeyDenied\] NOT ROTATED\. Role arn:aws:iam::\d+:role\/\S+ may not look at key [^]*kms:DescribeKey[^]*kms:RotateKeyOnDemand/,
  ) as string;
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: reason });
  expect(aws.kms.key(REGION, foreign).acceptedRotations).toHaveLength(0);
});
