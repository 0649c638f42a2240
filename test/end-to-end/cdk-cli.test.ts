import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { LocalAws } from '../../local/local-aws';

const HANDLER = `
exports.handler = async ({ StackId, RequestId, LogicalResourceId, PhysicalResourceId, ResponseURL, ResourceProperties }) => {
  const answer = { Status: 'SUCCESS', PhysicalResourceId: PhysicalResourceId ?? 'thing', StackId, RequestId, LogicalResourceId,
    Data: { Echo: ResourceProperties.token } };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
};`;

const directory = mkdtempSync(join(tmpdir(), 'cdk-cli-test-'));
let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start();
});

afterAll(async () => {
  await aws.stop();
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs the real CLI on an assembly that is there already, which spares it the synthesis. */
function cdk(assembly: string, ...args: string[]): Promise<Run> {
  const cli = require.resolve('aws-cdk/bin/cdk');
  const options = { cwd: directory, env: { PATH: process.env.PATH, HOME: directory, ...aws.environment } };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...args, '--app', assembly, '--no-notices', '--no-color', '--progress=events'],
      options,
      (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output: stdout + stderr });
      },
    );
  });
}

function assemblyOf(stackName: string, token: string, refused = false): string {
  const code = join(directory, 'code');
  mkdirSync(code, { recursive: true });
  writeFileSync(join(code, 'index.js'), HANDLER);
  const app = new App({ outdir: join(directory, `${stackName}-${token}`), analyticsReporting: false });
  const stack = new Stack(app, stackName, { env: { account: '123456789012', region: 'eu-central-1' } });
  const key = new Key(stack, 'Key', {
    removalPolicy: RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
    alias: `alias/${stackName}`,
  });
  const provider = new LambdaFunction(stack, 'Provider', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(code),
    retryAttempts: 1,
  });
  key.grant(provider, 'kms:DescribeKey');
  const thing = new CustomResource(stack, 'Thing', {
    serviceToken: provider.functionArn,
    resourceType: 'Custom::Thing',
    properties: { token, key: key.keyArn },
  });
  const parameter = new StringParameter(stack, 'Parameter', {
    stringValue: refused ? 'x'.repeat(5000).concat(token) : thing.getAttString('Echo'),
  });
  parameter.node.addDependency(thing);
  new CfnOutput(stack, 'Echo', { value: thing.getAttString('Echo') });
  return app.synth().directory;
}

const requests = (): string[] =>
  aws.lambda.invocations.map(({ event }) => (event as { RequestType: string }).RequestType);

test('the CLI deploys by change sets, finds no change, updates, rolls a failed update back, and destroys', async () => {
  const first = await cdk(assemblyOf('Sets', 'one'), 'deploy', '--require-approval=never');
  expect(first).toMatchObject({ exitCode: 0, output: expect.stringContaining('Sets.Echo = one') as unknown });

  const second = await cdk(assemblyOf('Sets', 'one'), 'deploy', '--require-approval=never', '--force');
  expect(second).toMatchObject({ exitCode: 0, output: expect.stringContaining('(no changes)') as unknown });

  const third = await cdk(assemblyOf('Sets', 'two'), 'deploy', '--require-approval=never');
  expect(third).toMatchObject({ exitCode: 0, output: expect.stringContaining('Sets.Echo = two') as unknown });

  const refused = await cdk(assemblyOf('Sets', 'three', true), 'deploy', '--require-approval=never');
  expect(refused).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('maximum parameter value of 4096 characters') as unknown,
  });
  expect(aws.cloudFormation.find('Sets')?.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests()).toEqual(['Create', 'Update', 'Update', 'Update']);
  expect(aws.parameterStore.list('eu-central-1', '/')).toHaveLength(2);

  const destroyed = await cdk(assemblyOf('Sets', 'two'), 'destroy', '--force');
  expect(destroyed.exitCode).toBe(0);
  expect(requests().at(-1)).toBe('Delete');
  expect(aws.kms.keys('eu-central-1').map(({ state }) => state)).toEqual(['PendingDeletion']);
});

test('the CLI deploys directly', async () => {
  const direct = ['deploy', '--require-approval=never', '--method=direct'];
  expect(await cdk(assemblyOf('Direct', 'one'), ...direct)).toMatchObject({ exitCode: 0 });
  expect(await cdk(assemblyOf('Direct', 'one'), ...direct, '--force')).toMatchObject({
    output: expect.stringContaining('(no changes)') as unknown,
  });
  expect(await cdk(assemblyOf('Direct', 'two'), ...direct)).toMatchObject({
    output: expect.stringContaining('Direct.Echo = two') as unknown,
  });
  expect(await cdk(assemblyOf('Direct', 'two'), 'destroy', '--force')).toMatchObject({ exitCode: 0 });
});

test('without rollback a failed update stays, and `cdk rollback` takes it back', async () => {
  await cdk(assemblyOf('Paused', 'one'), 'deploy', '--require-approval=never');
  const paused = await cdk(assemblyOf('Paused', 'two', true), 'deploy', '--require-approval=never', '--no-rollback');
  expect(paused).toMatchObject({ exitCode: 1, output: expect.stringContaining('UPDATE_FAILED') as unknown });
  expect(await cdk(assemblyOf('Paused', 'one'), 'rollback')).toMatchObject({ exitCode: 0 });
  expect(aws.cloudFormation.find('Paused')?.status).toBe('UPDATE_ROLLBACK_COMPLETE');
});
