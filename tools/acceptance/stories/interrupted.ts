/** Deployments that are disturbed. */
import { Unexpected, expectEqual } from '../expectations';
import type { Story } from '../part';
import type { Stage, TestKey } from '../stage';
import type { Build } from '../deployer';
import { addRotation, outputFunctionName, outputOf, rotating } from './rotating';

/** Whether KMS shows the rotation as in progress, or lists it. */
const isAccepted = async (stage: Stage, key: TestKey): Promise<boolean> => {
  const status = await stage.calls.kms().getKeyRotationStatus({ KeyId: key.arn });
  return status.OnDemandRotationStartDate !== undefined || (await stage.history(key)).length > 0;
};

export const cancelledUpdate: Story = {
  kind: 'story',
  name: 'cancelled-update',
  chapter: 'The promise',
  needs: { keys: 1, rotations: 1, stacks: 1, minutes: 12 },
  steps: [
    {
      name: 'baseline',
      item: 'a first deployment with `rotateOnCreate: false`',
      expected: 'green; outcome `BASELINE`; no rotation',
    },
    {
      name: 'cancelled',
      item: 'cancel an update while the rotation runs (`aws cloudformation cancel-update-stack`)',
      expected: 'rolled back; rotated once',
    },
    { name: 'deployed-again', item: 'the token of the cancelled update again', expected: 'green; no rotation' },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const name = stage.stackName();
    const version = (token: string) => ({ [name]: rotating({ key, token, rotateOnCreate: false }) });
    await stage.step('baseline', async () => {
      expectEqual('the outcome', outputOf(await stage.succeed(version('first')), 'OutcomeRotation'), 'BASELINE');
      await stage.expectRotations(key, 0);
    });
    await stage.step('cancelled', async () => {
      await stage.during(
        () => stage.fail(version('second')),
        async (isOver) => {
          if (!(await stage.until(() => isAccepted(stage, key), { givesUp: isOver })))
            throw new Unexpected('The update was over before it could be cancelled.');
          await stage.calls.cloudFormation().cancelUpdateStack({ StackName: name });
        },
      );
      expectEqual('the status of the stack', await stage.stackStatus(name), 'UPDATE_ROLLBACK_COMPLETE');
      await stage.expectRotations(key, 1);
    });
    await stage.step('deployed-again', async () => {
      await stage.succeed(version('second'));
      await stage.expectRotations(key, 1);
    });
  },
};

export const withoutRollback: Story = {
  kind: 'story',
  name: 'without-rollback',
  chapter: 'The promise',
  needs: { keys: 2, rotations: 2, stacks: 2, minutes: 15 },
  steps: [
    {
      name: 'no-rollback',
      item: '`cdk deploy --no-rollback`: an update that fails after the rotation, then a retry without what fails',
      expected: 'paused in `UPDATE_FAILED`, then green; one rotation',
    },
    { name: 'express', item: '`cdk deploy --express`: the same', expected: 'as above; one rotation' },
  ],
  async run(stage) {
    const ways = [
      { name: stage.stackName('paused'), key: await stage.newKey(), flag: '--no-rollback', step: 'no-rollback' },
      { name: stage.stackName('express'), key: await stage.newKey(), flag: '--express', step: 'express' },
    ];
    await stage.succeed(
      Object.fromEntries(ways.map(({ name, key }) => [name, rotating({ key, token: 'A', rotateOnCreate: false })])),
    );
    for (const { name, key, flag, step } of ways) {
      await stage.step(step, async () => {
        await stage.fail({ [name]: rotating({ key, token: 'B', withFailingNeighbour: true }) }, flag);
        expectEqual('the status of the stack', await stage.stackStatus(name), 'UPDATE_FAILED');
        await stage.succeed({ [name]: rotating({ key, token: 'B' }) }, flag);
        await stage.expectRotations(key, 1);
      });
    }
  },
};

/**
 * Kills the function's process as soon as KMS has answered RotateKeyOnDemand. A short timeout would not do: the function knows its
 * remaining time, and does not start what it cannot finish.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http
 */
const KILLER = `import { subscribe } from 'node:diagnostics_channel';
subscribe('http.client.response.finish', ({ request }) => {
  if (String(request.getHeader('x-amz-target')).endsWith('.RotateKeyOnDemand')) process.exit(1);
});`;

export const crash: Story = {
  kind: 'story',
  name: 'crash',
  chapter: 'The promise',
  needs: { keys: 1, rotations: 1, stacks: 1, minutes: 12 },
  steps: [
    {
      name: 'killed-after-acceptance',
      item: 'a function whose process exits as soon as KMS has accepted (by an import in `NODE_OPTIONS`)',
      expected: 'Lambda delivers again; green; one rotation, claimed by one invocation and recorded by another',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const name = stage.stackName();
    const version = (token: string): Record<string, Build> => ({
      [name]: (stack) => {
        addRotation(stack, { key, token, rotateOnCreate: false });
        outputFunctionName(stack);
      },
    });
    const FunctionName = outputOf(await stage.succeed(version('first')), 'FunctionName');
    await stage.step('killed-after-acceptance', async () => {
      const lambda = stage.calls.lambda();
      const { Environment } = await lambda.getFunctionConfiguration({ FunctionName });
      const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(KILLER)}`;
      await lambda.updateFunctionConfiguration({
        FunctionName,
        Environment: { Variables: { ...Environment?.Variables, NODE_OPTIONS } },
      });
      // Lambda takes a moment to change a function.
      await stage.sleep(10);
      await stage.succeed(version('second'));
      await stage.expectRotations(key, 1);
      const records = (await stage.ledger(key)).filter(({ token }) => token === 'second');
      const invocationOf = (state: string) => records.find((record) => record.state === state)?.invocation;
      if (invocationOf('rotated') === undefined || invocationOf('claimed') === invocationOf('rotated'))
        throw new Unexpected('The invocation that called KMS has also recorded the rotation: nothing was killed.');
    });
  },
};
