/** The real `cdk` command line deploys a fleet: one token for many keys, one of which cannot be rotated at first. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { CdkCli, type CdkRun } from '../../tools/demo/cdk-cli';
import { OnDemandKeyRotationFleet } from '../../lib';
import type { Key } from '../../local/kms/key';
import { LocalAws } from '../../local/local-aws';
import { REGION } from '../wire/events';
import { linesBelow } from './lines-below';

const KEYS = 6;

let aws: LocalAws;
let cdk: CdkCli;
let scratch: string;
let archive: Key;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'fleet-'));
  aws = await LocalAws.start({ region: REGION, rotationTime: 20, timeScale: 'virtual' });
  archive = aws.kms.createKey(REGION);
  cdk = new CdkCli(aws.environment, scratch);
});

afterAll(async () => {
  cdk.stop();
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

/** The stack's own keys, one of which KMS cannot rotate, and a key by its ARN. */
function deploy(rotationToken: string): Promise<CdkRun> {
  const app = new App({ outdir: mkdtempSync(join(scratch, 'assembly-')) });
  const stack = new Stack(app, 'Fleet');
  for (let n = 1; n <= KEYS; n++) new kms.Key(stack, `Key${n}`);
  new kms.Key(stack, 'Signatures', { keySpec: kms.KeySpec.HMAC_256, keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC });
  new OnDemandKeyRotationFleet(stack, 'Rotations', { rotationToken, rotateOnCreate: true, keyArns: [archive.arn] });
  return cdk.run(['deploy', '--app', app.synth().directory, '--require-approval=never', 'Fleet']);
}

const status = () => aws.cloudFormation.stack('Fleet').status;

/** How often each rotatable key and each other key has been rotated. */
function rotations(): { readonly rotated: readonly number[]; readonly others: readonly number[] } {
  const of = (hmac: boolean) =>
    aws.kms
      .keys(REGION)
      .filter(({ kmsKey }) => (kmsKey.keySpec === 'HMAC_256') === hmac)
      .map(({ acceptedRotations }) => acceptedRotations.length);
  return { rotated: of(false), others: of(true) };
}

const each = (times: number) => ({ rotated: Array.from({ length: KEYS + 1 }, () => times), others: [0] });

test('the first deployment rotates every key once, and names the one that it skips', async () => {
  const { exitCode, lines } = await deploy('first');
  expect(lines.join('\n')).toContain(`Fleet/Rotations rotates ${KEYS + 1} keys of this stack with the token "first"`);
  expect(lines.join('\n')).toContain('key Fleet/Signatures/Resource has the key spec HMAC_256');
  expect(exitCode).toBe(0);
  expect(rotations()).toEqual(each(1));
});

test('one key that cannot be rotated fails the deployment with the reason, and the stack rolls back', async () => {
  archive.update({ enabled: false });
  const run = await deploy('second');
  const { exitCode, lines } = run;
  expect(linesBelow(run, '[KeyDisabled]', 100)).toBeLessThan(40);
  expect(lines.join('\n')).toContain(`[KeyDisabled] NOT ROTATED. Key ${archive.arn} is disabled.`);
  expect(exitCode).toBe(1);
  expect(status()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(archive.acceptedRotations).toHaveLength(1);
});

test('after a redeployment, the same token has rotated each key exactly once', async () => {
  archive.update({ enabled: true });
  const { exitCode } = await deploy('second');
  expect(exitCode).toBe(0);
  expect(status()).toBe('UPDATE_COMPLETE');
  expect(rotations()).toEqual(each(2));
});
