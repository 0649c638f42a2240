import { RemovalPolicy, aws_kms as kms, Duration } from 'aws-cdk-lib';
import { OnDemandKeyRotationFleet } from '../../../lib';
import type { Build } from '../deployer';
import { expectEqual, expectWords } from '../expectations';
import type { Story } from '../part';

const FLEET = 20;

export const twentyKeys: Story = {
  kind: 'story',
  name: 'twenty-keys',
  chapter: 'KMS as it is',
  needs: { keys: FLEET, rotations: FLEET, stacks: 1, minutes: 10 },
  steps: [
    {
      name: 'all-at-once',
      item: 'twenty keys in one stack',
      expected: 'throttled calls are repeated, and all keys are rotated within `completionTimeout`',
    },
  ],
  async run(stage) {
    const name = stage.stackName();
    const build: Build = (stack) => {
      for (let n = 1; n <= FLEET; n += 1)
        new kms.Key(stack, `Key${n}`, { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
      new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    };
    await stage.step('all-at-once', async () => {
      await stage.succeed({ [name]: build });
      const keys = await stage.keysOf(name);
      expectEqual('the number of keys', keys.length, FLEET);
      for (const key of keys) await stage.expectRotations(key, 1);
    });
  },
};

export const fleetWithBadKey: Story = {
  kind: 'story',
  name: 'fleet-with-bad-key',
  chapter: 'The promise',
  needs: { keys: 3, rotations: 2, stacks: 1, minutes: 12 },
  steps: [
    {
      name: 'fails',
      item: 'a new token for a fleet with one key that is disabled',
      expected: 'fails because of the disabled key only; `UPDATE_ROLLBACK_COMPLETE`',
    },
    {
      name: 'again',
      item: 'the same token once the key is enabled',
      expected: 'green; every key is rotated once, whether the failed deployment had rotated it or not',
    },
  ],
  async run(stage) {
    const keys = [await stage.newKey(), await stage.newKey(), await stage.newKey()];
    const [bad = { arn: '', id: '', region: '' }] = keys;
    const name = stage.stackName();
    const version = (rotationToken: string, rotateOnCreate: boolean): Record<string, Build> => ({
      [name]: (stack) => {
        new OnDemandKeyRotationFleet(stack, 'Fleet', {
          rotationToken,
          rotateOnCreate,
          keyArns: keys.map(({ arn }) => arn),
        });
      },
    });
    await stage.succeed(version('first', false));
    await stage.calls.kms().disableKey({ KeyId: bad.arn });
    await stage.step('fails', async () => {
      const { output } = await stage.fail(version('second', false));
      expectWords('cdk deploy', output, `[KeyDisabled] NOT ROTATED. Key ${bad.arn}`);
      expectEqual('the status of the stack', await stage.stackStatus(name), 'UPDATE_ROLLBACK_COMPLETE');
      expectEqual('rotations of the disabled key', (await stage.history(bad)).length, 0);
    });
    await stage.calls.kms().enableKey({ KeyId: bad.arn });
    await stage.step('again', async () => {
      await stage.succeed(version('second', false));
      for (const key of keys) await stage.expectRotations(key, 1);
    });
  },
};
