/** The real `cdk` command line deploys the real construct with its bundle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { CdkCli, type CdkRun } from '../../tools/demo/cdk-cli';
import { OnDemandKeyRotation } from '../../lib';
import { LocalAws } from '../../local/local-aws';
import { REGION } from '../wire/events';
import { linesBelow } from './lines-below';

let aws: LocalAws;
let cdk: CdkCli;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'end-to-end-'));
  aws = await LocalAws.start({ region: REGION, rotationTime: 20, timeScale: 'virtual' });
  cdk = new CdkCli(aws.environment, scratch);
});

afterAll(async () => {
  cdk.stop();
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

interface Version {
  readonly token: string;
  /** Adds a resource that fails once the rotation is over. */
  readonly failing?: boolean;
}

/** Synthesizes an app with one key and its rotation. */
function assembly({ token, failing }: Version): string {
  const app = new App({ outdir: mkdtempSync(join(scratch, 'assembly-')) });
  const stack = new Stack(app, 'App');
  const key = new kms.Key(stack, 'Key');
  const rotation = new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: token, rotateOnCreate: true });
  new CfnOutput(stack, 'Material', { value: rotation.keyMaterialId });
  if (failing) new kms.CfnAlias(stack, 'Failing', { aliasName: 'alias/aws/reserved', targetKeyId: rotation.keyArn });
  return app.synth().directory;
}

const deploy = (version: Version): Promise<CdkRun> =>
  cdk.run(['deploy', '--app', assembly(version), '--require-approval=never', 'App']);

const output = (run: CdkRun): string => run.lines.join('\n');

/** How many rotations of the only key KMS accepted, and how often it was called. */
function rotations(): readonly [accepted: number, called: number] {
  const called = aws.calls.filter(({ operation }) => operation === 'RotateKeyOnDemand').length;
  return [onlyKey().acceptedRotations.length, called];
}

/** The sum of a metric so far, as CloudWatch extracts it from the function's log lines. */
function sumOf(metric: 'Rotations' | 'Failures'): number {
  const lines = aws.lambda
    .logs(onlyFunction())
    .map((line) => (line.startsWith('{') ? (JSON.parse(line) as Partial<Record<string, unknown>>) : {}));
  const values = lines.filter(({ _aws }) => _aws !== undefined).map((line) => line[metric]);
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}

function onlyFunction(): string {
  const name = aws.lambda.invocations[0]?.functionName;
  if (name === undefined) throw new Error('No function has been invoked');
  return name;
}

function onlyKey(): ReturnType<LocalAws['kms']['key']> {
  const [key] = aws.kms.keys(REGION);
  if (!key) throw new Error('There is no key');
  return key;
}

test('a first deployment rotates, and shows the current material', async () => {
  const run = await deploy({ token: 'first' });
  expect(output(run)).toContain(`App.Material = ${onlyKey().currentMaterialId ?? ''}`);
  expect(run.exitCode).toBe(0);
  expect(rotations()).toEqual([1, 1]);
});

test('a new token rotates once, even if another resource fails and the stack rolls back', async () => {
  const run = await deploy({ token: 'second', failing: true });
  expect(aws.cloudFormation.stack('App').status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(run.exitCode).toBe(1);
  expect(rotations()).toEqual([2, 2]);
});

test('the same token redeployed does not rotate again, and shows the material of its rotation', async () => {
  const run = await deploy({ token: 'second' });
  expect(output(run)).toContain(`App.Material = ${onlyKey().currentMaterialId ?? ''}`);
  expect(run.exitCode).toBe(0);
  expect(rotations()).toEqual([2, 2]);
});

test('a key that cannot be rotated fails the deployment with the reason, and the stack rolls back', async () => {
  onlyKey().update({ enabled: false });
  const run = await deploy({ token: 'third' });
  expect(output(run)).toContain(`[KeyDisabled] NOT ROTATED. Key ${onlyKey().arn} is disabled.`);
  expect(linesBelow(run, '[KeyDisabled]', 100)).toBeLessThan(40);
  expect(aws.cloudFormation.stack('App').status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(run.exitCode).toBe(1);
  expect(rotations()).toEqual([2, 2]);
});

test('CloudWatch has counted two rotations and one failure', () => {
  expect([sumOf('Rotations'), sumOf('Failures')]).toEqual([2, 1]);
});

test('a destroyed stack leaves the retained key as it is', async () => {
  const run = await cdk.run(['destroy', '--app', assembly({ token: 'third' }), '--force', 'App']);
  expect(run.exitCode).toBe(0);
  expect(onlyKey().state).toBe('Disabled');
  expect(rotations()).toEqual([2, 2]);
});
