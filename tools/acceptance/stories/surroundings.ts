/** What is around the function: stacks, queues, roles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  NestedStack,
  RemovalPolicy,
  Duration,
  type Stack,
  aws_iam as iam,
  aws_kms as kms,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { OnDemandKeyRotationProvider } from '../../../lib';
import type { Build } from '../deployer';
import { Unexpected, expectEqual } from '../expectations';
import type { Story } from '../part';
import { MASKED_ACCOUNT } from '../recording';
import type { Stage, TestKey } from '../stage';
import { addRotation, outputOf } from './rotating';

export const surroundings: Story = {
  kind: 'story',
  name: 'surroundings',
  chapter: 'Around it',
  needs: { keys: 5, rotations: 4, stacks: 2, minutes: 20, reservedConcurrency: 1 },
  steps: [
    {
      name: 'one-at-a-time',
      item: 'reserved concurrency of 1 with three rotations, a dead-letter queue and a log group, both encrypted with a key of yours',
      expected: 'green; each key is rotated once, one after the other',
    },
    { name: 'nested-stack', item: 'a rotation in a nested stack', expected: 'green; rotated once' },
  ],
  async run(stage) {
    const keys = [await stage.newKey(), await stage.newKey(), await stage.newKey()];
    const nested = await stage.newKey();
    const name = stage.stackName();
    await stage.step('one-at-a-time', async () => {
      await stage.succeed({ [name]: encrypted(keys, nested) });
      await stage.keysOf(name);
      for (const key of keys) await stage.expectRotations(key, 1);
    });
    await stage.step('nested-stack', () => stage.expectRotations(nested, 1));
  },
};

function encrypted(keys: readonly TestKey[], nested: TestKey): Build {
  return (stack) => {
    const own = new kms.Key(stack, 'Own', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
    const provider = new OnDemandKeyRotationProvider(stack, 'OnDemandKeyRotationProvider', {
      reservedConcurrentExecutions: 1,
      logEncryptionKey: own,
      deadLetterQueue: new sqs.Queue(stack, 'DeadLetters', {
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: own,
      }),
    });
    for (const [index, key] of keys.entries())
      addRotation(stack, { key, token: 'first', rotateOnCreate: true, id: `Rotation${index + 1}`, provider });
    addRotation(new NestedStack(stack, 'Nested'), { key: nested, token: 'first', rotateOnCreate: true });
  };
}

export const ownRole: Story = {
  kind: 'story',
  name: 'own-role',
  chapter: 'Around it',
  needs: { keys: 1, rotations: 1, stacks: 2, minutes: 10 },
  steps: [
    {
      name: 'immutable',
      item: 'an immutable role with the policy of [Security](security.md#a-role-of-yours), and the same policy as permissions boundary',
      expected: 'green; rotated once',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const roleName = stage.stackName('role').slice(-64);
    const logGroupName = stage.stackName('logs');
    const partition = await stage.partition();
    const { account, region } = stage.options.place;
    const document = documentedPolicy({ account, region, partition, keyId: key.id, logGroupName });
    await stage.succeed({
      [stage.stackName('role')]: (stack) => {
        const policy = new iam.ManagedPolicy(stack, 'Policy', { document: iam.PolicyDocument.fromJson(document) });
        new iam.Role(stack, 'Role', {
          roleName,
          assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
          managedPolicies: [policy],
          permissionsBoundary: policy,
        });
        new logs.LogGroup(stack, 'Logs', { logGroupName, removalPolicy: RemovalPolicy.DESTROY });
      },
    });
    await stage.step('immutable', async () => {
      const deployed = await stage.succeed({
        [stage.stackName()]: (stack) => {
          const role = iam.Role.fromRoleArn(stack, 'Role', `arn:${partition}:iam::${account}:role/${roleName}`, {
            mutable: false,
          });
          const logGroup = logs.LogGroup.fromLogGroupName(stack, 'Logs', logGroupName);
          const provider = new OnDemandKeyRotationProvider(stack, 'OnDemandKeyRotationProvider', { role, logGroup });
          addRotation(stack, { key, token: 'first', rotateOnCreate: true, provider });
        },
      });
      expectEqual('the outcome', outputOf(deployed, 'OutcomeRotation'), 'ROTATED');
      await stage.expectRotations(key, 1);
    });
  },
};

interface PolicyOf {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly keyId: string;
  readonly logGroupName: string;
}

/** The policy that docs/security.md prints, for this key and log group. */
function documentedPolicy({ account, region, partition, keyId, logGroupName }: PolicyOf): unknown {
  const page = readFileSync(join(process.cwd(), 'docs', 'security.md'), 'utf8');
  const [, text] = /## A role of yours[^]*?```json\n([^]*?)```/.exec(page) ?? [];
  if (text === undefined) throw new Error('docs/security.md no longer shows a policy.');
  return JSON.parse(
    text
      .replaceAll('arn:aws:', `arn:${partition}:`)
      .replaceAll(MASKED_ACCOUNT, account)
      .replaceAll('eu-central-1', region)
      .replaceAll('1234abcd-12ab-34cd-56ef-1234567890ab', keyId)
      .replaceAll('log-group:key-rotation:', `log-group:${logGroupName}:`),
  ) as unknown;
}

/** On-demand rotations that KMS grants a key. https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html */
const LIMIT = 25;
const RESERVED = 5;

export const lastRotations: Story = {
  kind: 'story',
  name: 'last-rotations',
  chapter: 'KMS as it is',
  needs: { keys: 1, rotations: LIMIT, stacks: 1, minutes: 75 },
  steps: [
    { name: 'reserve', item: 'the 21st rotation of a key', expected: '`[ReserveReached] NOT ROTATED`' },
    {
      name: 'limit',
      item: 'the 26th rotation, with `reservedRotations: 0`',
      expected: '`[LimitReached] NOT ROTATED`',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const name = stage.stackName();
    const version = (token: string, reservedRotations?: number) => ({
      [name]: (stack: Stack): void => {
        addRotation(stack, { key, token, rotateOnCreate: false, reservedRotations });
      },
    });
    await stage.succeed(version('first'));
    await stage.step('reserve', async () => {
      await rotateByHand(stage, key, LIMIT - RESERVED);
      await expectRefusal(stage, version('second'), '[ReserveReached] NOT ROTATED.');
    });
    await stage.step('limit', async () => {
      await rotateByHand(stage, key, LIMIT);
      await expectRefusal(stage, version('third', 0), '[LimitReached] NOT ROTATED.');
    });
  },
};

async function expectRefusal(stage: Stage, stacks: Record<string, Build>, words: string): Promise<void> {
  const { output } = await stage.fail(stacks);
  if (!output.replaceAll(/\s+/g, ' ').includes(words))
    throw new Unexpected(`cdk deploy should say "${words}":\n${output}`);
}

/** In sequence, because a call during a rotation adds none. */
async function rotateByHand(stage: Stage, key: TestKey, until: number): Promise<void> {
  for (let count = (await stage.history(key)).length; count < until; count += 1) {
    await stage.calls.kms().rotateKeyOnDemand({ KeyId: key.arn });
    await stage.expectRotations(key, count + 1);
  }
}
