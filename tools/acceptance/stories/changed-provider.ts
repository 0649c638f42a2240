import { OnDemandKeyRotationProvider } from '../../../lib';
import type { Build } from '../deployer';
import { expectEqual, expectWords } from '../expectations';
import type { Story } from '../part';
import { addRotation, outputOf } from './rotating';

export const changedProvider: Story = {
  kind: 'story',
  name: 'changed-provider',
  chapter: 'The promise',
  needs: { keys: 1, rotations: 1, stacks: 1, minutes: 12 },
  steps: [
    {
      name: 'refused',
      item: 'another provider under the same construct ID, as [Recipes](recipes.md#changing-the-provider-of-a-deployed-rotation) forbids',
      expected: 'refused: "Modifying service token is not allowed."',
    },
    {
      name: 'new-construct-id',
      item: 'another provider with a new construct ID and the same token',
      expected: 'green; no rotation',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const name = stage.stackName();
    const own =
      (id: string): Build =>
      (stack) => {
        const provider = new OnDemandKeyRotationProvider(stack, 'OwnProvider');
        addRotation(stack, { key, token: 'first', id, provider });
      };
    await stage.succeed({ [name]: (stack) => void addRotation(stack, { key, token: 'first' }) });
    await stage.expectRotations(key, 1);
    await stage.step('refused', async () => {
      const { output } = await stage.fail({ [name]: own('Rotation') });
      expectWords('cdk deploy', output, 'Modifying service token is not allowed');
      await stage.expectRotations(key, 1);
    });
    await stage.step('new-construct-id', async () => {
      const deployed = await stage.succeed({ [name]: own('RotationByOwnProvider') });
      expectEqual('the outcome', outputOf(deployed, 'OutcomeRotationByOwnProvider'), 'TOKEN_USED');
      await stage.expectRotations(key, 1);
    });
  },
};
