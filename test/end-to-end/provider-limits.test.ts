/** The provider with little concurrency, in a VPC without a way out, and with a dead-letter queue. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, aws_ec2 as ec2, aws_kms as kms, aws_sqs as sqs, Stack } from 'aws-cdk-lib';
import { OnDemandKeyRotation, OnDemandKeyRotationFleet, OnDemandKeyRotationProvider } from '../../lib';
import { LocalAws } from '../../local/local-aws';
import { CloudFormationClient } from '../../tools/compare/cloudformation-client';

const PLACE = { account: '123456789012', region: 'eu-central-1' };
const KEYS = 60;
const CONCURRENCY = 5;

let aws: LocalAws;
let scratch: string;

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'provider-limits-'));
  aws = await LocalAws.start({ region: PLACE.region, rotationTime: 20, timeScale: 'virtual' });
});

afterEach(async () => {
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

/** Creates the stack, and returns its final status. */
function create(build: (stack: Stack) => void): Promise<string> {
  const app = new App({ outdir: scratch });
  build(new Stack(app, 'Stack', { env: PLACE }));
  return new CloudFormationClient(aws, PLACE, app.synth().directory).deploy('Stack', 'Stack');
}

const vpcOf = (stack: Stack): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-12345678',
    availabilityZones: ['eu-central-1a'],
    privateSubnetIds: ['subnet-12345678'],
  });

/** How many handlers ran concurrently at most. */
function mostRunning(): number {
  const runs = aws.lambda.invocations;
  return Math.max(
    ...runs.map(
      ({ startedAt }) => runs.filter((run) => run.startedAt <= startedAt && (run.endedAt ?? 0) > startedAt).length,
    ),
  );
}

test(`${KEYS} keys at a reserved concurrency of ${CONCURRENCY}: each is rotated once, and no event is lost`, async () => {
  const keys = Array.from({ length: KEYS }, () => aws.kms.createKey(PLACE.region));
  const status = await create((stack) => {
    new OnDemandKeyRotationFleet(stack, 'Rotations', {
      rotationToken: 'first',
      rotateOnCreate: true,
      keyArns: keys.map(({ arn }) => arn),
      providerProps: { reservedConcurrentExecutions: CONCURRENCY },
    });
  });
  expect(status).toBe('CREATE_COMPLETE');
  expect(keys.map(({ acceptedRotations }) => acceptedRotations.length)).toEqual(keys.map(() => 1));
  expect(mostRunning()).toBe(CONCURRENCY);
  expect(aws.lambda.dropped).toEqual([]);
});

test('in a VPC without access to KMS, the deployment fails with an explanation, and nothing is rotated', async () => {
  aws.lambda.settings.vpcEndpoints = ['ssm', 's3'];
  const key = aws.kms.createKey(PLACE.region);
  const status = await create((stack) => {
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { vpc: vpcOf(stack) });
    new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', key.arn),
      rotationToken: 'first',
      rotateOnCreate: true,
      provider,
    });
  });
  expect(status).toBe('ROLLBACK_COMPLETE');
  const reasons = aws.cloudFormation.stack('Stack').events.map(({ ResourceStatusReason }) => ResourceStatusReason);
  expect(reasons.join('\n')).toMatch(/\[KmsUnreachable\] NOT ROTATED\. .*VPC/s);
  expect(key.acceptedRotations).toHaveLength(0);
});

test('a request that cannot be answered becomes a dead letter', async () => {
  aws.lambda.settings.vpcEndpoints = [];
  const key = aws.kms.createKey(PLACE.region);
  void create((stack) => {
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', {
      vpc: vpcOf(stack),
      deadLetterQueue: new sqs.Queue(stack, 'DeadLetters'),
    });
    new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', key.arn),
      rotationToken: 'first',
      rotateOnCreate: true,
      provider,
    });
  });
  while (aws.lambda.dropped.length === 0) {
    await aws.clock.sleep(1000);
  }
  expect(aws.lambda.dropped).toMatchObject([{ deadLetter: 'sent' }]);
});
