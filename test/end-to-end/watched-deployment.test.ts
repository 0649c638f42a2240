/** `status --watch --stack` during the deployment of a fleet, one key of which cannot be rotated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, aws_kms as kms } from 'aws-cdk-lib';
import type { KeyEvent } from '../../cli/watch';
import { OnDemandKeyRotationFleet } from '../../lib';
import { CloudFormationClient } from '../../tools/compare/cloudformation-client';
import { commandLine } from '../wire/cli/command-line';
import { ACCOUNT, REGION } from '../wire/events';
import { Stage } from '../wire/stage';

const PLACE = { account: ACCOUNT, region: REGION };

let scratch: string;
let stage: Stage;
let archive: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'watched-'));
  stage = await Stage.open({ region: REGION, rotationTime: 112 });
  archive = stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/archive', archive);
});
afterAll(async () => {
  await stage.close();
  rmSync(scratch, { recursive: true });
});

function deploy(rotationToken: string): Promise<string> {
  const app = new App({ outdir: mkdtempSync(join(scratch, 'assembly-')), treeMetadata: false });
  const stack = new Stack(app, 'Fleet', { env: PLACE });
  for (const name of ['orders', 'invoices']) new kms.Key(stack, name, { alias: name });
  new OnDemandKeyRotationFleet(stack, 'Rotations', { rotationToken, rotateOnCreate: true, keyArns: [archive] });
  const assembly = app.synth().directory;
  return stage.aws.clock.work(() => new CloudFormationClient(stage.aws, PLACE, assembly).deploy('Fleet', 'Fleet'));
}

const watch = () => commandLine(stage, ['status', '--watch', '--stack', 'Fleet', '--output', 'json']);

function statesOf(out: string): Record<string, string[]> {
  const states: Record<string, string[]> = {};
  for (const line of out.trim().split('\n')) {
    const { alias = '?', state } = JSON.parse(line) as KeyEvent;
    (states[alias] ??= []).push(state);
  }
  return states;
}

test('it waits for the stack to be created, and ends with the deployment', async () => {
  const [{ exitCode, out, err }, status] = await Promise.all([watch(), deploy('first')]);
  expect(status).toBe('CREATE_COMPLETE');
  expect(exitCode).toBe(0);
  expect(Object.values(statesOf(out))).toHaveLength(3);
  for (const states of Object.values(statesOf(out))) expect(states).toEqual(['claimed', 'rotating', 'rotated']);
  expect(err).toContain('Fleet is CREATE_COMPLETE: 0 under way, 3 in force.');
});

test('one failing key rolls back the deployment, and the other rotations are shown to their end', async () => {
  stage.pass(1);
  stage.key(archive).update({ enabled: false });
  const [{ exitCode, out, err }, status] = await Promise.all([watch(), deploy('second')]);
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(exitCode).toBe(1);
  expect(statesOf(out)).toEqual({
    'alias/archive': ['refused'],
    'alias/orders': ['claimed', 'rotating', 'rotated'],
    'alias/invoices': ['claimed', 'rotating', 'rotated'],
  });
  expect(err).toContain('Fleet is UPDATE_ROLLBACK_COMPLETE: 0 under way, 2 in force, 1 refused.');
});
