/** The real `cdk` command line deploys rotations of keys outside their stack, with the role's deployed permissions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Stack, Stage, aws_kms as kms } from 'aws-cdk-lib';
import { CdkCli } from '../../tools/demo/cdk-cli';
import { OnDemandKeyRotation } from '../../lib';
import type { Key } from '../../local/kms/key';
import { LocalAws } from '../../local/local-aws';
import { ACCOUNT, REGION } from '../wire/events';

const OTHER_REGION = 'us-east-1';
const ALIAS_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`;

let aws: LocalAws;
let cdk: CdkCli;
let scratch: string;
let assembly: string;
let distant: Key;
let given: Key;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'keys-from-elsewhere-'));
  aws = await LocalAws.start({ region: REGION, rotationTime: 2, timeScale: 'virtual' });
  cdk = new CdkCli(aws.environment, scratch);
  distant = aws.kms.createKey(OTHER_REGION);
  given = aws.kms.createKey(REGION);
  aws.kms.createAlias(REGION, 'alias/mine', given.keyId);
  assembly = synthesize();
});

afterAll(async () => {
  cdk.stop();
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

function synthesize(): string {
  const app = new App({ outdir: join(scratch, 'assembly') });
  const stage = new Stage(app, 'Stage');
  const key = new kms.Key(new Stack(stage, 'Keys'), 'Key');
  const rotations = new Stack(stage, 'Rotations');
  rotate(rotations, 'OfAnotherStack', key);
  rotate(rotations, 'OfAnotherRegion', kms.Key.fromKeyArn(rotations, 'Distant', distant.arn));
  rotate(rotations, 'OfAParameter', keyOfParameter(rotations, given.arn));
  const refused = new Stack(stage, 'Refused');
  rotate(refused, 'OfAnAlias', keyOfParameter(refused, ALIAS_ARN));
  return app.synth().directory;
}

function keyOfParameter(stack: Stack, arn: string): kms.IKey {
  const parameter = new CfnParameter(stack, 'KeyArn', { default: arn });
  return kms.Key.fromKeyArn(stack, 'Given', parameter.valueAsString);
}

function rotate(stack: Stack, id: string, key: kms.IKey): void {
  new OnDemandKeyRotation(stack, id, { key, rotationToken: 'A', rotateOnCreate: true });
}

const deploy = (stack: string) => cdk.run(['deploy', '--app', assembly, '--require-approval=never', stack]);

test('keys of another stack, of another Region and from a parameter rotate once each, in a stage', async () => {
  const { exitCode, lines } = await deploy('Stage/Rotations');
  expect(lines.join('\n')).not.toContain('FAILED');
  expect(exitCode).toBe(0);
  const ofAnotherStack = aws.kms.keys(REGION).filter(({ keyId }) => keyId !== given.keyId);
  expect(ofAnotherStack).toHaveLength(1);
  expect([...ofAnotherStack, distant, given].map(({ rotations }) => rotations.length)).toEqual([1, 1, 1]);
  expect(aws.parameterStore.list(OTHER_REGION, `/on-demand-key-rotation/${distant.keyId}`)).toHaveLength(2);
});

test('a parameter with an alias ARN is refused, and its key is left alone', async () => {
  const before = aws.calls.length;
  const { exitCode, lines } = await deploy('Stage/Refused');
  expect(exitCode).toBe(1);
  expect(lines.join('\n').replaceAll(/\s+/g, ' ')).toContain(`[Alias] NOT ROTATED. ${ALIAS_ARN} is an alias`);
  expect(aws.calls.slice(before).filter(({ service }) => service === 'kms')).toEqual([]);
  expect(given.rotations).toHaveLength(1);
});
