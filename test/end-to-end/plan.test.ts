/** `plan` predicts what a deployment does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, NestedStack, Stack, Stage as CdkStage, aws_kms as kms } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { PlannedRotation } from '../../cli/plan/plan';
import { OnDemandKeyRotation, OnDemandKeyRotationFleet } from '../../lib';
import { CloudFormationClient } from '../../tools/compare/cloudformation-client';
import { ServiceError } from '../../local/wire/service';
import { ACCOUNT, REGION } from '../wire/events';
import { Stage } from '../wire/stage';
import { type Run, commandLine, rows } from '../wire/cli/command-line';

const PLACE = { account: ACCOUNT, region: REGION };

let scratch: string;
let stage: Stage;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'plan-'));
  stage = await Stage.open({ region: REGION, rotationTime: 112 });
});
afterAll(async () => {
  await stage.close();
  rmSync(scratch, { recursive: true });
});

/** Synthesizes an app, and returns its cloud assembly. */
function synth(declare: (app: App) => void): string {
  const app = new App({
    outdir: mkdtempSync(join(scratch, 'assembly-')),
    analyticsReporting: false,
    treeMetadata: false,
    context: { 'aws:cdk:enable-path-metadata': true },
  });
  declare(app);
  return app.synth().directory;
}

/** One stack with one rotation. */
const one = (name: string, rotationToken: string, key: (stack: Stack) => kms.IKey, rotateOnCreate = true) =>
  synth((app) => {
    const stack = new Stack(app, name, { env: PLACE });
    new OnDemandKeyRotation(stack, 'Rotation', { key: key(stack), rotationToken, rotateOnCreate });
  });

const byArn = (arn: string) => (scope: Construct) => kms.Key.fromKeyArn(scope, 'Key', arn);
const plan = (assembly: string, ...args: string[]): Promise<Run> =>
  commandLine(stage, ['plan', '--app', assembly, ...args]);

async function planned(assembly: string, ...args: string[]): Promise<PlannedRotation[]> {
  return rows<PlannedRotation>(await plan(assembly, '--output', 'json', ...args));
}

const deploy = (assembly: string, stack: string): Promise<string> =>
  stage.aws.clock.work(() => new CloudFormationClient(stage.aws, PLACE, assembly).deploy(stack, stack));

test('a key of the app: new, unchanged, rotated again, spent', async () => {
  const key = (stack: Stack) => new kms.Key(stack, 'Key');
  const [first, second, third] = ['first', 'second', 'third'].map((token) => one('Own', token, key)) as [
    string,
    string,
    string,
  ];
  const spentAt = expect.stringMatching(/^spent \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ by Own$/) as string;

  expect(await planned(first)).toEqual([
    expect.objectContaining({
      stack: 'Own',
      path: 'Own/Rotation',
      key: expect.stringMatching(/^new: Key/) as string,
      token: 'first',
      does: 'rotates',
      remainingRotations: 24,
      dollarsPerMonth: 1,
      seconds: 110,
    }),
  ]);
  expect(await deploy(first, 'Own')).toBe('CREATE_COMPLETE');
  const [arn = ''] = stage.aws.kms.keys(REGION).map((each) => each.arn);
  expect(stage.rotations(arn)).toBe(1);

  expect(await planned(first)).toEqual([
    expect.objectContaining({ keyArn: arn, does: 'nothing', why: 'the rotation stays as it is' }),
  ]);

  const [again] = await planned(second);
  expect(again).toMatchObject({ keyArn: arn, does: 'rotates', remainingRotations: 23, dollarsPerMonth: 1 });
  expect(again?.why).toMatch(/^23 of 25 left after it; in force after 1 min 5\d s \(median of 1\)$/);
  expect(await deploy(second, 'Own')).toBe('UPDATE_COMPLETE');
  expect(stage.rotations(arn)).toBe(2);

  expect(await planned(third)).toEqual([
    expect.objectContaining({ does: 'rotates', remainingRotations: 22, dollarsPerMonth: 0 }),
  ]);
  expect(await planned(first)).toEqual([expect.objectContaining({ does: 'nothing', why: spentAt })]);
  expect(await deploy(first, 'Own')).toBe('UPDATE_COMPLETE');
  expect(stage.rotations(arn)).toBe(2);
});

test('a key that cannot be rotated fails with the sentence of the deployment, and --fail-on sets the exit code', async () => {
  const arn = stage.newKey({ enabled: false });
  const assembly = one('Refused', 'A', byArn(arn));
  const [row] = await planned(assembly);
  expect(row).toMatchObject({ does: 'fails', code: 'KeyDisabled', verdict: 'NOT ROTATED' });
  const { exitCode, out, err } = await plan(assembly, '--fail-on', 'fails', 'waits');
  expect(exitCode).toBe(1);
  expect(out).toContain(`\n${row?.sentence ?? ''}\n`);
  expect(err).toContain('Of 1 rotations 1 fail.');

  expect(await deploy(assembly, 'Refused')).toBe('ROLLBACK_COMPLETE');
  const reasons = stage.aws.cloudFormation
    .stack('Refused', REGION)
    .events.map(({ ResourceStatusReason }) => ResourceStatusReason);
  expect(reasons.join('\n')).toContain(row?.sentence);
});

test('a stack that failed to be created is planned as a new one', async () => {
  const arn = stage.newKey({ enabled: false });
  const assembly = one('Retried', 'A', byArn(arn));
  expect(await deploy(assembly, 'Retried')).toBe('ROLLBACK_COMPLETE');
  stage.key(arn).update({ enabled: true });
  expect(await planned(assembly)).toEqual([expect.objectContaining({ does: 'rotates', remainingRotations: 24 })]);
});

test('a key that its own stack disables is planned as disabled', async () => {
  const withKey = (enabled: boolean, token: string) =>
    one('Switched', token, (stack) => new kms.Key(stack, 'Key', { enabled }), enabled);
  const first = withKey(true, 'A');
  expect(await deploy(first, 'Switched')).toBe('CREATE_COMPLETE');
  const [row] = await planned(
    synth((app) => {
      const stack = new Stack(app, 'Switched', { env: PLACE });
      const key = new kms.Key(stack, 'Key');
      (key.node.defaultChild as kms.CfnKey).enabled = false;
      new OnDemandKeyRotation(stack, 'Rotation', {
        key: kms.Key.fromKeyArn(stack, 'ByArn', key.keyArn),
        rotationToken: 'B',
        rotateOnCreate: true,
      });
    }),
  );
  expect(row).toMatchObject({ does: 'fails', code: 'KeyDisabled' });
});

test('a baseline is recorded, and rotates nothing', async () => {
  const arn = stage.newKey();
  const assembly = one('Baseline', 'A', byArn(arn), false);
  expect(await planned(assembly)).toEqual([expect.objectContaining({ does: 'baseline' })]);
  expect(await deploy(assembly, 'Baseline')).toBe('CREATE_COMPLETE');
  expect(stage.rotations(arn)).toBe(0);
});

test('keys that nested stacks get by parameter, and keys that another stack exports', async () => {
  const assembly = synth((app) => {
    const keys = new Stack(app, 'Keys', { env: PLACE });
    const shared = new kms.Key(keys, 'Shared');
    const parent = new Stack(app, 'Parent', { env: PLACE });
    const own = new kms.Key(parent, 'Own');
    const child = new NestedStack(parent, 'Child');
    new OnDemandKeyRotation(child, 'OfParent', { key: own, rotationToken: 'A', rotateOnCreate: true });
    new OnDemandKeyRotation(parent, 'OfOther', { key: shared, rotationToken: 'A', rotateOnCreate: true });
  });
  const before = await planned(assembly);
  expect(before.map(({ path, key, does }) => [path, key.replace(/[0-9A-F]{8}$/, ''), does])).toEqual([
    ['Parent/OfOther', 'new: Shared', 'rotates'],
    ['Parent/Child/OfParent', 'new: Own', 'rotates'],
  ]);
  expect(await deploy(assembly, 'Keys')).toBe('CREATE_COMPLETE');
  expect(await deploy(assembly, 'Parent')).toBe('CREATE_COMPLETE');
  const after = await planned(assembly);
  expect(after.map(({ does }) => does)).toEqual(['nothing', 'nothing']);
  for (const { keyArn = '' } of after) expect(stage.rotations(keyArn)).toBe(1);
});

test('a token from a parameter is unknown until --parameters has its value', async () => {
  const arn = stage.newKey();
  const assembly = synth((app) => {
    const stack = new Stack(app, 'Parameter', { env: PLACE });
    const token = new CfnParameter(stack, 'RotationToken');
    new OnDemandKeyRotation(stack, 'Rotation', {
      key: byArn(arn)(stack),
      rotationToken: token.valueAsString,
      rotateOnCreate: true,
    });
  });
  expect(await planned(assembly)).toEqual([
    expect.objectContaining({
      does: 'unknown',
      why: 'the parameter RotationToken has no value: add --parameters RotationToken=<value>',
    }),
  ]);
  expect(await planned(assembly, '--parameters', 'RotationToken=A')).toEqual([
    expect.objectContaining({ does: 'rotates', token: 'A' }),
  ]);
  expect(await planned(assembly, '--parameters', 'Other:RotationToken=A')).toEqual([
    expect.objectContaining({ does: 'unknown' }),
  ]);
  const values = ['--parameters', 'Other:List=a,b', '--parameters', 'Parameter:RotationToken=A,B=C'];
  expect(await planned(assembly, ...values)).toEqual([expect.objectContaining({ does: 'rotates', token: 'A,B=C' })]);
});

test('several Regions are refused', async () => {
  const assembly = one('Regions', 'A', byArn(stage.newKey()));
  for (const regions of [
    ['--region', REGION, '--region', 'eu-west-1'],
    ['--region', `${REGION},eu-west-1`],
  ]) {
    expect(await plan(assembly, ...regions)).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringContaining(
        '[BadOption] Stacks without a Region of their own are in one Region: name one by --region.',
      ) as string,
    });
  }
});

test('stages, stacks by name, and a stack of another account', async () => {
  const assembly = synth((app) => {
    const inStage = new Stack(new CdkStage(app, 'Production', { env: PLACE }), 'Keys');
    new OnDemandKeyRotationFleet(inStage, 'Fleet', { rotationToken: 'A', rotateOnCreate: true });
    new kms.Key(inStage, 'One');
    new kms.Key(inStage, 'Two');
    const elsewhere = new Stack(app, 'Elsewhere', { env: { account: '999999999999', region: REGION } });
    new OnDemandKeyRotation(elsewhere, 'Rotation', {
      key: new kms.Key(elsewhere, 'Key'),
      rotationToken: 'A',
      rotateOnCreate: true,
    });
  });
  const all = await plan(assembly, '--output', 'json');
  expect(all.exitCode).toBe(3);
  expect(rows<PlannedRotation>(all).map(({ stack, does }) => [stack, does])).toEqual([
    ['Production-Keys', 'rotates'],
    ['Production-Keys', 'rotates'],
    ['Elsewhere', 'unknown'],
  ]);
  const { exitCode, err } = await plan(assembly, 'Production/Keys');
  expect(exitCode).toBe(0);
  expect(err).toContain('Of 2 rotations 2 rotate, for $2 a month more.');
  expect(err).toContain('Production-Keys: 2 rotations take at least');
  expect(await plan(assembly, 'No/Such')).toMatchObject({ exitCode: 2, out: '' });
});

test('an update that would only wait to prove that it is no rollback is planned to fail', async () => {
  const arn = stage.newKey();
  expect(await deploy(one('Sealed', 'A', byArn(arn)), 'Sealed')).toBe('CREATE_COMPLETE');
  for (let n = 0; n < 5; n++) await stage.record(arn, { state: 'refused', token: 'B' });
  stage.key(arn).update({ enabled: false });
  expect(await planned(one('Sealed', 'B', byArn(arn)))).toEqual([
    expect.objectContaining({ does: 'fails', code: 'KeyDisabled' }),
  ]);
});

describe('two rotations of one key are planned one after the other', () => {
  /** A stack with a rotation for each token; lower-case tokens are baselines. */
  const stacks = (tokens: readonly string[], key: (stack: Stack) => kms.IKey) =>
    synth((app) => {
      tokens.forEach((rotationToken, n) => {
        const stack = new Stack(app, `Planned${n}`, { env: PLACE });
        const rotateOnCreate = rotationToken !== rotationToken.toLowerCase();
        new OnDemandKeyRotation(stack, 'Rotation', { key: key(stack), rotationToken, rotateOnCreate });
      });
    });
  const summary = async (assembly: string) =>
    (await planned(assembly)).map(({ does, remainingRotations, code }) => [does, remainingRotations ?? code]);

  test('each token rotates once', async () => {
    expect(await summary(stacks(['A', 'A', 'B'], byArn(stage.newKey())))).toEqual([
      ['rotates', 24],
      ['nothing', undefined],
      ['rotates', 23],
    ]);
  });

  test('only the first token that the key sees is a baseline', async () => {
    expect(await summary(stacks(['a', 'a', 'b'], byArn(stage.newKey())))).toEqual([
      ['baseline', undefined],
      ['nothing', undefined],
      ['rotates', 24],
    ]);
  });

  test('the last rotation above the reserve is planned once', async () => {
    const arn = stage.newKey();
    stage.key(arn).addPastRotations('ON_DEMAND', 19);
    expect(await summary(stacks(['A', 'B'], byArn(arn)))).toEqual([
      ['rotates', 5],
      ['fails', 'ReserveReached'],
    ]);
  });

  test('pending material is used once', async () => {
    const arn = stage.newKey({ origin: 'EXTERNAL' });
    stage.key(arn).importMaterial('first');
    stage.key(arn).importMaterial('second', { importType: 'NEW_KEY_MATERIAL' });
    expect(await summary(stacks(['A', 'B'], byArn(arn)))).toEqual([
      ['rotates', 24],
      ['fails', 'NoPendingMaterial'],
    ]);
  });

  test('of a key that the app declares', async () => {
    const assembly = synth((app) => {
      const stack = new Stack(app, 'Declared', { env: PLACE });
      const key = new kms.Key(stack, 'Key');
      new OnDemandKeyRotation(stack, 'Baseline', { key, rotationToken: 'A', rotateOnCreate: false });
      new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'B', rotateOnCreate: false });
    });
    expect(await summary(assembly)).toEqual([
      ['baseline', undefined],
      ['rotates', 24],
    ]);
  });
});

test('a deleted key fails, and a key that another request is rotating waits', async () => {
  const gone = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`;
  expect(await planned(one('Gone', 'A', byArn(gone)))).toEqual([
    expect.objectContaining({ does: 'fails', code: 'KeyMissing', verdict: 'NOT ROTATED' }),
  ]);
  const busy = stage.newKey();
  await stage.record(busy, { state: 'claimed', token: 'other' }, 1);
  expect(await planned(one('Busy', 'A', byArn(busy)))).toEqual([
    expect.objectContaining({ does: 'waits', code: 'AnotherRequest' }),
  ]);
});

test('a denied read is reported, and makes the outcome unknown', async () => {
  const arn = stage.newKey();
  const assembly = one('Denied', 'A', byArn(arn));
  const end = stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'before', () => {
    throw new ServiceError('AccessDeniedException', 'User: x is not authorized to perform: kms:ListKeyRotations');
  });
  const { exitCode, out, err } = await plan(assembly, '--output', 'json');
  end();
  expect(exitCode).toBe(3);
  expect(JSON.parse(out)).toEqual([
    expect.objectContaining({ does: 'unknown', why: 'ListKeyRotations could not be read' }),
  ]);
  expect(err).toContain('[Incomplete] kms:ListKeyRotations is not allowed');
});

test('planning has changed nothing', () => {
  const changing = /^(Put|Create|Update|Delete|Rotate|Execute)/;
  const ours = stage.aws.calls.filter(({ userAgent }) => userAgent.includes('md/invocation#command-line'));
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.filter(({ operation }) => changing.test(operation))).toEqual([]);
});

test('an app that rotates nothing, no cloud assembly, and one of another version', async () => {
  expect(await plan(synth((app) => new Stack(app, 'Empty')))).toMatchObject({
    exitCode: 0,
    err: 'The app rotates no key.\n',
  });
  expect(await plan(join(scratch, 'none'))).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('[NoCloudAssembly]') as string,
  });
  const other = one('Other', 'A', byArn(stage.newKey()));
  const manifest = JSON.parse(readFileSync(join(other, 'manifest.json'), 'utf8')) as object;
  writeFileSync(join(other, 'manifest.json'), JSON.stringify({ ...manifest, version: '0.36.0' }));
  expect(await plan(other)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('[OtherCloudAssembly]') as string,
  });
});
