import { isDenied } from '../aws-errors';
import { Unexpected } from '../expectations';
import type { Probe } from '../part';
import type { Stage, TestKey } from '../stage';

const SAMPLES = 5;
/** In milliseconds. */
const LONGEST = 10 * 60_000;

export const permissions: Probe = {
  kind: 'probe',
  name: 'iam-propagation',
  chapter: 'KMS as it is',
  needs: { keys: 1, rotations: 0, minutes: 5, calls: 500 },
  steps: [
    {
      name: 'fresh-policy',
      item: 'how long a newly attached policy takes to have an effect',
      expected: 'less than the minute for which the function retries',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    await stage.step('fresh-policy', async () => {
      for (let sample = 1; sample <= SAMPLES; sample += 1)
        stage.measure('until a new policy counts', await untilAllowed(stage, key, stage.stackName(`role-${sample}`)));
      stage.expectBounds('fresh policies');
    });
  },
};

/** @returns the seconds until a new policy takes effect. */
async function untilAllowed(stage: Stage, key: TestKey, name: string): Promise<number> {
  const RoleName = name.slice(-64);
  const iam = stage.calls.iam();
  const { account } = stage.options.place;
  const partition = await stage.partition();
  stage.options.file.change(({ roles }) => {
    roles.push(RoleName);
  });
  const { Role } = await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: policy({ Principal: { AWS: `arn:${partition}:iam::${account}:root` } }, 'sts:AssumeRole'),
  });
  const session = await assume(stage, Role?.Arn ?? '');
  const since = stage.now();
  await iam.putRolePolicy({
    RoleName,
    PolicyName: 'look',
    PolicyDocument: policy({ Resource: key.arn }, 'kms:DescribeKey'),
  });
  const kms = stage.options.account.withCredentials(session).as(stage.stackName(), { timed: true }).kms();
  while (stage.now() < since + LONGEST) {
    try {
      await kms.describeKey({ KeyId: key.arn });
      return (stage.now() - since) / 1000;
    } catch (error) {
      if (!isDenied(error)) throw error;
      await stage.sleep(0.5);
    }
  }
  throw new Unexpected(`A policy of role ${RoleName} has no effect after ten minutes.`);
}

function policy(about: object, Action: string): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, ...about }] });
}

/** A new role cannot be assumed for some seconds. */
async function assume(
  stage: Stage,
  RoleArn: string,
): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }> {
  for (const deadline = stage.now() + LONGEST; ;) {
    try {
      const { Credentials } = await stage.calls.sts().assumeRole({ RoleArn, RoleSessionName: 'acceptance' });
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    } catch (error) {
      if (!isDenied(error) || stage.now() > deadline) throw error;
      await stage.sleep(1);
    }
  }
}
