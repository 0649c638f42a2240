import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CustomResource, NestedStack, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { LocalAws } from '../../local/local-aws';

const REGION = 'eu-central-1';
const ENVIRONMENT: StackProps = { env: { account: '123456789012', region: REGION } };

const HANDLER = `
exports.handler = async ({ StackId, RequestId, LogicalResourceId, PhysicalResourceId, ResponseURL, ResourceProperties }) => {
  const answer = { Status: 'SUCCESS', PhysicalResourceId: PhysicalResourceId ?? 'thing', StackId, RequestId, LogicalResourceId,
    Data: { Echo: ResourceProperties.token } };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
};`;

interface Version {
  readonly token: string;
  /** A parameter's value is too long for Parameter Store. */
  readonly refused?: boolean;
  /** A parameter has another name, so it must be replaced. */
  readonly renamed?: boolean;
  /** The consumer of the other stack's function is removed. */
  readonly gone?: boolean;
}

const directory = mkdtempSync(join(tmpdir(), 'cdk-cli-test-'));
const running = new Set<ChildProcess>();
let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start();
  mkdirSync(join(directory, 'code'));
  writeFileSync(join(directory, 'code', 'index.js'), HANDLER);
  synthesize('one', { token: 'one' });
  synthesize('two', { token: 'two' });
  synthesize('refused', { token: 'three', refused: true });
  synthesize('renamed', { token: 'two', renamed: true });
  synthesize('gone', { token: 'two', gone: true });
  const deployed = await cdk('one', 'deploy', '--all', '--concurrency=4', '--require-approval=never');
  expect(deployed).toMatchObject({ exitCode: 0, output: expect.stringContaining('Sets.Echo = one') as unknown });
});

afterAll(async () => {
  running.forEach((child) => child.kill('SIGKILL'));
  await aws.stop();
  rmSync(directory, { recursive: true });
});

/** Synthesizes an assembly once, so that the commands do not have to. */
function synthesize(name: string, version: Version): void {
  // The CLI sets this when it runs an app itself; it needs the metadata to find the templates of nested stacks.
  const context = { 'aws:cdk:enable-asset-metadata': true };
  const app = new App({ outdir: join(directory, name), analyticsReporting: false, context });
  ['Sets', 'Paused', 'Express', 'Tools'].forEach((stackName) => {
    const stack = new Stack(app, stackName, ENVIRONMENT);
    addThing(stack, addProvider(stack), version);
  });
  nestedApp(app, version);
  sharedApp(app, version);
  app.synth();
}

function addProvider(scope: Construct): LambdaFunction {
  return new LambdaFunction(scope, 'Provider', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(join(directory, 'code')),
    retryAttempts: 1,
  });
}

/** A key, a custom resource with a token, and a parameter that depends on them. */
function addThing(
  scope: Stack,
  provider: LambdaFunction,
  { token, refused = false, renamed = false }: Version,
): CustomResource {
  const key = new Key(scope, 'Key', { removalPolicy: RemovalPolicy.DESTROY, alias: `alias/${scope.node.id}` });
  const thing = new CustomResource(scope, 'Thing', {
    serviceToken: provider.functionArn,
    resourceType: 'Custom::Thing',
    properties: { token, key: key.keyArn },
  });
  const parameter = new StringParameter(scope, 'Parameter', {
    parameterName: `/${scope.node.id}/${renamed ? 'renamed' : 'parameter'}`,
    stringValue: refused ? 'x'.repeat(5000) : 'fine',
  });
  parameter.node.addDependency(thing);
  new CfnOutput(scope, 'Echo', { value: thing.getAttString('Echo') });
  return thing;
}

/** The provider in the parent, the custom resource in a nested stack, and a dependent parameter in the parent. */
function nestedApp(app: App, { token, refused = false }: Version): void {
  const parent = new Stack(app, 'Parent', ENVIRONMENT);
  const thing = new CustomResource(new NestedStack(parent, 'Child'), 'Thing', {
    serviceToken: addProvider(parent).functionArn,
    properties: { token },
  });
  new StringParameter(parent, 'Parameter', {
    stringValue: refused ? 'x'.repeat(5000) : thing.getAttString('Echo'),
  }).node.addDependency(thing);
}

/** A provider that another stack uses, and an attribute of the custom resource that a third stack imports. */
function sharedApp(app: App, { token, gone = false }: Version): void {
  const platform = new Stack(app, 'Platform', ENVIRONMENT);
  const provider = addProvider(platform);
  const orders = new Stack(app, 'Orders', ENVIRONMENT);
  new StringParameter(orders, 'Kept', { stringValue: 'kept' });
  const audit = new Stack(app, 'Audit', ENVIRONMENT);
  const thing = gone
    ? undefined
    : new CustomResource(orders, 'Thing', { serviceToken: provider.functionArn, properties: { token } });
  new StringParameter(audit, 'Parameter', { stringValue: thing?.getAttString('Echo') ?? 'nothing' });
}

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs the real CLI on a synthesized assembly. */
async function cdk(assembly: string, ...args: string[]): Promise<Run> {
  const { child, output } = start(directory, ...args, '--app', join(directory, assembly));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, output: output() };
}

const deploy = (assembly: string, ...args: string[]): Promise<Run> =>
  cdk(assembly, 'deploy', '--exclusively', '--require-approval=never', '--progress=events', ...args);

function start(cwd: string, ...args: string[]): { readonly child: ChildProcess; readonly output: () => string } {
  const cli = require.resolve('aws-cdk/bin/cdk');
  const variables = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const child = spawn(process.execPath, [cli, ...args, '--no-notices', '--no-color'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: directory, ...variables, ...aws.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  const chunks: string[] = [];
  [child.stdout, child.stderr].forEach((stream) =>
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString('utf8'));
    }),
  );
  return { child, output: () => chunks.join('') };
}

const containing = (text: string): unknown => expect.stringContaining(text) as unknown;
const status = (stackName: string): string | undefined => aws.cloudFormation.find(stackName)?.status;

/** The requests to the custom resources of a stack and its nested stacks. */
const requests = (stackName: string): string[] =>
  aws.lambda.invocations
    .map(({ event }) => event as { RequestType: string; StackId: string; ResourceProperties: { token: string } })
    .filter(({ StackId }) => StackId.includes(`:stack/${stackName}`))
    .map(({ RequestType, ResourceProperties: { token } }) => `${RequestType} ${token}`);

test('change sets: diff, no change, an update, a rolled back update, and destruction', async () => {
  const diff = await cdk('renamed', 'diff', 'Sets');
  expect(diff).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/read-only change set[\s\S]+\+] two[\s\S]+Parameter \S+ replace/) as unknown,
  });
  expect(aws.cloudFormation.stack('Sets').changeSets.map(({ executionStatus }) => executionStatus)).toEqual([
    'EXECUTE_COMPLETE',
  ]);
  expect(await deploy('one', 'Sets', '--force')).toMatchObject({ exitCode: 0, output: containing('(no changes)') });
  expect(await deploy('two', 'Sets')).toMatchObject({ exitCode: 0, output: containing('Sets.Echo = two') });

  const refused = await deploy('refused', 'Sets');
  expect(refused).toMatchObject({ exitCode: 1, output: containing('maximum parameter value of 4096 characters') });
  expect(status('Sets')).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await cdk('two', 'destroy', 'Sets', '--force')).toMatchObject({ exitCode: 0 });
  expect(requests('Sets')).toEqual(['Create one', 'Update two', 'Update three', 'Update two', 'Delete two']);
  const { physicalId = '' } = aws.cloudFormation.find('Sets')?.resources.get('Key961B73FD') ?? {};
  expect(aws.kms.key(REGION, physicalId).state).toBe('PendingDeletion');
});

test('--method=direct: an update', async () => {
  expect(await deploy('two', 'Tools', '--method=direct')).toMatchObject({ output: containing('Tools.Echo = two') });
});

test('--no-rollback: stops before a replacement, pauses at a failure, and cdk rollback undoes it', async () => {
  expect(await deploy('renamed', 'Paused', '--no-rollback')).toMatchObject({
    exitCode: 1,
    output: containing('Change includes a replacement which cannot be deployed while rollback is disabled'),
  });
  expect(requests('Paused')).toEqual(['Create one']);

  expect(await deploy('refused', 'Paused', '--no-rollback')).toMatchObject({
    exitCode: 1,
    output: containing('UPDATE_FAILED'),
  });
  expect(await deploy('two', 'Paused')).toMatchObject({
    exitCode: 1,
    output: containing('Stack is in a paused fail state (UPDATE_FAILED)'),
  });
  expect(await cdk('one', 'rollback', 'Paused')).toMatchObject({ exitCode: 0 });
  expect(status('Paused')).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(requests('Paused')).toEqual(['Create one', 'Update three', 'Update one']);
});

test('--express: after a failure, only express mode with the previous template helps', async () => {
  expect(await deploy('refused', 'Express', '--express')).toMatchObject({
    exitCode: 1,
    output: containing('UPDATE_FAILED'),
  });
  expect(await cdk('one', 'rollback', 'Express')).toMatchObject({
    exitCode: 1,
    output: containing('RollbackStack is not supported for stacks that were last updated using EXPRESS'),
  });
  expect(await deploy('one', 'Express', '--express', '--method=direct')).toMatchObject({ exitCode: 0 });
  expect(status('Express')).toBe('UPDATE_COMPLETE');
  expect(requests('Express')).toEqual(['Create one', 'Update three', 'Update one']);
});

test('nested stacks roll back with their parents, and the diff includes them', async () => {
  expect(await deploy('refused', 'Parent')).toMatchObject({ exitCode: 1 });
  expect(requests('Parent-Child')).toEqual(['Create one', 'Update three', 'Update one']);
  expect(await cdk('two', 'diff', 'Parent')).toMatchObject({
    output: expect.stringMatching(/Stack Parent-Child[\s\S]+-] one[\s\S]+\+] two/) as unknown,
  });
});

test('an export in use can be neither changed nor deleted', async () => {
  const changed = await deploy('two', 'Orders');
  expect(changed).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/Export Orders:\S+ cannot be updated as it is in use by Audit/) as unknown,
  });
  // The custom resource is updated all the same, and then rolled back.
  expect(requests('Orders')).toEqual(['Create one', 'Update two', 'Update one']);

  const removed = await deploy('gone', 'Platform');
  expect(removed).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/Cannot delete export Platform:\S+ as it is in use by Orders\./) as unknown,
  });
});

test('--import-existing-resources, drift, refactor --dry-run and gc', async () => {
  aws.parameterStore.put(REGION, '/Tools/existing', 'existing');
  const app = new App({ outdir: join(directory, 'imported'), analyticsReporting: false });
  const stack = new Stack(app, 'Tools', ENVIRONMENT);
  addThing(stack, addProvider(stack), { token: 'two' });
  const imported = new StringParameter(stack, 'Existing', {
    parameterName: '/Tools/existing',
    stringValue: 'existing',
  });
  imported.applyRemovalPolicy(RemovalPolicy.RETAIN);
  app.synth();
  expect(await deploy('imported', 'Tools', '--import-existing-resources')).toMatchObject({
    exitCode: 0,
    output: containing('IMPORT_COMPLETE'),
  });

  const { physicalId = '' } = aws.cloudFormation.stack('Tools').resources.get('Key961B73FD') ?? {};
  aws.kms.key(REGION, physicalId).update({ description: 'by hand', enabled: false });
  const drift = await cdk('imported', 'drift', 'Tools');
  expect(drift.output).toMatch(/Number of resources with drift: \d/);

  const moved = new App({ outdir: join(directory, 'moved'), analyticsReporting: false });
  const other = new Stack(moved, 'Tools', ENVIRONMENT);
  addThing(other, addProvider(other), { token: 'two' });
  new StringParameter(other, 'Moved', { parameterName: '/Tools/existing', stringValue: 'existing' }).applyRemovalPolicy(
    RemovalPolicy.RETAIN,
  );
  moved.synth();
  expect(await cdk('moved', 'refactor', '--unstable=refactor', '--dry-run')).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/Tools\.Existing\w+ │ Tools\.Moved/) as unknown,
  });

  const collect = ['gc', '--unstable=gc', '--type=s3', '--rollback-buffer-days=0', '--created-buffer-days=0'];
  expect(await cdk('imported', ...collect, '--confirm=false')).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/[1-9]\d* assets \(\S+ MiB\) deleted/) as unknown,
  });
});

test('cdk watch reports success, and leaves custom resources as they are', async () => {
  const app = join(directory, 'watched');
  mkdirSync(app);
  cpSync(join(directory, 'two'), join(app, 'out'), { recursive: true });
  writeFileSync(join(app, 'cdk.json'), JSON.stringify({ app: 'out', watch: { include: 'out/Tools.template.json' } }));
  const { child, output } = start(app, 'watch', 'Tools', '--no-logs');
  const deployments = (): number => output().split('Total time').length - 1;
  await untilPrinted(child, () => deployments() === 1);
  copyFileSync(join(directory, 'refused', 'Tools.template.json'), join(app, 'out', 'Tools.template.json'));
  await untilPrinted(child, () => deployments() === 2);
  child.kill();
  expect(output()).toContain('Tools (no changes)');
  expect(requests('Tools')).toEqual(['Create one', 'Update two']);
});

function untilPrinted(child: ChildProcess, enough: () => boolean): Promise<void> {
  const streams = [child.stdout, child.stderr];
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (enough()) {
        child.off('close', end);
        streams.forEach((stream) => stream?.off('data', look));
        resolve();
      }
    };
    const end = (): void => {
      reject(new Error('The CLI has ended.'));
    };
    streams.forEach((stream) => stream?.on('data', look));
    child.on('close', end);
    look();
  });
}
