/** The recipes in docs/recipes.md for deployed stacks, with the real `cdk` command line. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { awsCustomResource } from '../../tools/approaches';
import { CdkCli, type CdkRun } from '../../tools/demo/cdk-cli';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../lib';
import { LocalAws } from '../../local/local-aws';
import { REGION } from '../wire/events';

let aws: LocalAws;
let cdk: CdkCli;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'recipes-'));
  aws = await LocalAws.start({ region: REGION, rotationTime: 1, timeScale: 'virtual' });
  cdk = new CdkCli(aws.environment, scratch);
});

afterAll(async () => {
  cdk.stop();
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

function deploy(stackName: string, build: (stack: Stack) => void): Promise<CdkRun> {
  const app = new App({ outdir: mkdtempSync(join(scratch, 'assembly-')) });
  build(new Stack(app, stackName));
  return cdk.run(['deploy', '--app', app.synth().directory, '--require-approval=never', stackName]);
}

const rotations = (keyArn: string): number => aws.kms.key(REGION, keyArn).acceptedRotations.length;

function statusOf(stackName: string): string {
  return aws.cloudFormation.stack(stackName).status;
}

describe('the provider of a deployed rotation', () => {
  interface Version {
    readonly id?: string;
    /** The construct ID of the stack's own provider. */
    readonly providerId?: string;
    readonly providerIsGiven?: boolean;
  }
  const version =
    (keyArn: string, { id = 'Rotation', providerId, providerIsGiven }: Version) =>
    (stack: Stack): void => {
      const own =
        providerId === undefined
          ? undefined
          : new OnDemandKeyRotationProvider(stack, providerId, { reservedConcurrentExecutions: 5 });
      const key = kms.Key.fromKeyArn(stack, 'Key', keyArn);
      new OnDemandKeyRotation(stack, id, {
        key,
        rotationToken: 'incident-4711',
        provider: providerIsGiven ? own : undefined,
      });
    };
  const requestTypes = (): string[] =>
    aws.lambda.invocations.map(({ event }) => (event as { RequestType: string }).RequestType);

  let arn: string;
  beforeAll(async () => {
    ({ arn } = aws.kms.createKey(REGION));
    expect((await deploy('Provider', version(arn, {}))).exitCode).toBe(0);
  });

  afterEach(() => {
    expect(rotations(arn)).toBe(1);
  });

  test("can be configured if it is the stack's own, without a request for the rotation", async () => {
    const run = await deploy('Provider', version(arn, { providerId: 'OnDemandKeyRotationProvider' }));
    expect(run.exitCode).toBe(0);
    expect(statusOf('Provider')).toBe('UPDATE_COMPLETE');
    expect(requestTypes()).toEqual(['Create']);
  });

  test('cannot be replaced under the same construct ID', async () => {
    const run = await deploy('Provider', version(arn, { providerId: 'Own', providerIsGiven: true }));
    expect(run.lines.join('\n')).toContain('Modifying service token is not allowed');
    expect(statusOf('Provider')).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('can be replaced under a new construct ID with the same token', async () => {
    const run = await deploy(
      'Provider',
      version(arn, { id: 'RotationByOwn', providerId: 'Own', providerIsGiven: true }),
    );
    expect(run.exitCode).toBe(0);
    expect(statusOf('Provider')).toBe('UPDATE_COMPLETE');
    expect(requestTypes()).toEqual(['Create', 'Create', 'Delete']);
  });
});

describe('the migration from AwsCustomResource', () => {
  const before =
    (keyArn: string) =>
    (stack: Stack): void => {
      awsCustomResource.rotate(stack, 'Rotate', kms.Key.fromKeyArn(stack, 'Key', keyArn), 'incident-4711');
    };
  const after =
    (keyArn: string, rotationToken: string) =>
    (stack: Stack): void => {
      new OnDemandKeyRotation(stack, 'Rotation', {
        key: kms.Key.fromKeyArn(stack, 'Key', keyArn),
        rotationToken,
        rotateOnCreate: false,
      });
    };

  test('rotates nothing, and the next token rotates once', async () => {
    const { arn } = aws.kms.createKey(REGION);
    expect((await deploy('Migration', before(arn))).exitCode).toBe(0);
    expect(rotations(arn)).toBe(1);

    expect((await deploy('Migration', after(arn, 'incident-4711'))).exitCode).toBe(0);
    expect(rotations(arn)).toBe(1);

    expect((await deploy('Migration', after(arn, 'review-2027'))).exitCode).toBe(0);
    expect(rotations(arn)).toBe(2);
  });
});
