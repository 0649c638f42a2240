import { expectEqual, expectWords } from '../expectations';
import type { Story } from '../part';
import { outputOf, rotating } from './rotating';

/** The same key and stack from the first deployment to the last. */
export const lifeOfAToken: Story = {
  kind: 'story',
  name: 'life-of-a-token',
  chapter: 'The promise',
  needs: { keys: 1, rotations: 3, stacks: 1, minutes: 25 },
  steps: [
    {
      name: 'first-deployment',
      item: '`cdk deploy` of a new stack, with a new role and policies',
      expected:
        'green; one rotation, whose material is in force when the deployment ends; no `AccessDenied` in the end',
    },
    { name: 'no-change', item: 'deploy again with the same token', expected: '"no changes"' },
    { name: 'new-token', item: 'deploy a new token', expected: 'green; one rotation more' },
    {
      name: 'failing-neighbour',
      item: 'a new token, and another resource that fails after the rotation',
      expected: '`UPDATE_ROLLBACK_COMPLETE`; one rotation more',
    },
    {
      name: 'same-token-again',
      item: 'the same token again, without the resource that fails',
      expected: 'green; outcome `TOKEN_USED`; no rotation',
    },
    {
      name: 'destroyed-and-again',
      item: '`cdk destroy`, and the stack again with the same token',
      expected: 'green; no rotation',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const name = stage.stackName();
    const version = (token: string, withFailingNeighbour = false) => ({
      [name]: rotating({ key, token, rotateOnCreate: true, withFailingNeighbour }),
    });
    await stage.step('first-deployment', async () => {
      const deployed = await stage.succeed(version('first'));
      const { KeyMetadata } = await stage.calls.kms().describeKey({ KeyId: key.arn });
      expectEqual(
        'the current key material',
        KeyMetadata?.CurrentKeyMaterialId,
        outputOf(deployed, 'MaterialRotation'),
      );
      await stage.expectRotations(key, 1);
    });
    await stage.step('no-change', async () => {
      expectWords('cdk deploy', (await stage.succeed(version('first'))).output, '(no changes)');
    });
    await stage.step('new-token', async () => {
      await stage.succeed(version('second'));
      await stage.expectRotations(key, 2);
    });
    await stage.step('failing-neighbour', async () => {
      await stage.fail(version('third', true));
      expectEqual('the status of the stack', await stage.stackStatus(name), 'UPDATE_ROLLBACK_COMPLETE');
      await stage.expectRotations(key, 3);
    });
    await stage.step('same-token-again', async () => {
      const deployed = await stage.succeed(version('third'));
      expectEqual('the outcome', outputOf(deployed, 'OutcomeRotation'), 'TOKEN_USED');
      await stage.expectRotations(key, 3);
    });
    await stage.step('destroyed-and-again', async () => {
      await stage.destroy(version('third'));
      expectEqual('the outcome', outputOf(await stage.succeed(version('third')), 'OutcomeRotation'), 'TOKEN_USED');
      await stage.expectRotations(key, 3);
    });
  },
};
