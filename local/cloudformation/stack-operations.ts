import { randomUUID } from 'node:crypto';
import type { Call, Operation } from '../wire/service';
import { ServiceError } from '../wire/service';
import type { ProcessedTemplate } from './processed-template';
import { changesStack } from './change-set';
import type { Stack } from './stack';
import type { BlueprintInput, Stacks } from './stacks';
import { validationError } from './template';

/** The members of requests that begin an operation on a stack. */
export interface StackInput extends BlueprintInput {
  readonly StackName: string;
  readonly Tags?: Stack['tags'];
  readonly DisableRollback?: string;
  readonly OnFailure?: string;
  readonly DeploymentConfig?: { readonly Mode?: string; readonly DisableRollback?: string };
  readonly EnableTerminationProtection?: string;
  readonly ClientRequestToken?: string;
  readonly RetainResources?: readonly string[];
  readonly ResourcesToSkip?: readonly string[];
  readonly ChangeSetName?: string;
  readonly ChangeSetType?: string;
  readonly Description?: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
const UPDATABLE = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
];

/** Express mode keeps what it has unless told otherwise. https://github.com/aws/aws-cdk-cli/pull/1745 */
export function disablesRollback({ DisableRollback, OnFailure, DeploymentConfig = {} }: StackInput): boolean {
  const express = DeploymentConfig.Mode === 'EXPRESS' && DeploymentConfig.DisableRollback !== 'false';
  return DisableRollback === 'true' || OnFailure === 'DO_NOTHING' || express;
}

export function refuseUnlessUpdatable(stack: Stack): void {
  if (!UPDATABLE.includes(stack.status)) {
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
}

/** Throws where a resource would change its type under the same logical ID. */
export function refuseTypeChanges(stack: Stack, blueprint: ProcessedTemplate): void {
  const changed = [...blueprint.resources.values()].filter(({ logicalId, type }) => {
    const before = stack.blueprint?.resources.get(logicalId);
    return before !== undefined && before.type !== type;
  });
  if (changed.length > 0) {
    const names = changed.map(({ logicalId }) => logicalId).join(', ');
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${names}]`,
    );
  }
}

/** The query protocol sends an empty list as an empty text. */
export function stackInput({ input }: Call): StackInput {
  const lists = ['Parameters', 'Tags'].filter((name) => input[name] === '').map((name) => [name, []]);
  return { ...input, ...Object.fromEntries(lists) } as StackInput;
}

/** Notes whose request it is that begins now. */
export function prepare(stack: Stack, token: string | undefined, disableRollback: boolean): void {
  stack.operationId = randomUUID();
  stack.clientRequestToken = token;
  stack.disableRollback = disableRollback;
}

/** The operations that change stacks, change sets aside. */
export function stackOperations(stacks: Stacks): Record<string, Operation> {
  return {
    CreateStack: (call) => createStack(stacks, call),
    UpdateStack: (call) => updateStack(stacks, call),
    DeleteStack: (call) => deleteStack(stacks, call),
    CancelUpdateStack: async (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      refuseUnless(stack, ['UPDATE_IN_PROGRESS'], 'CancelUpdateStack cannot be called from current stack status');
      await stacks.cancel(stack);
      return {};
    },
    ContinueUpdateRollback: (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      refuseUnless(
        stack,
        ['UPDATE_ROLLBACK_FAILED'],
        'can not be rolled back: it is not in UPDATE_ROLLBACK_FAILED state',
      );
      const { ResourcesToSkip } = stackInput(call);
      prepare(stack, stackInput(call).ClientRequestToken, false);
      void stacks.begin(stack, (deployment) => deployment.rollBackUpdate('User Initiated', ResourcesToSkip));
      return {};
    },
    RollbackStack: (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      refuseUnless(stack, ['CREATE_FAILED', 'UPDATE_FAILED'], 'can not be rolled back');
      prepare(stack, stackInput(call).ClientRequestToken, false);
      void stacks.begin(stack, (deployment) =>
        stack.stable ? deployment.rollBackUpdate('User Initiated') : deployment.rollBackCreation('User Initiated'),
      );
      return { StackId: stack.id };
    },
    UpdateTerminationProtection: (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      stack.terminationProtection = stackInput(call).EnableTerminationProtection === 'true';
      return { StackId: stack.id };
    },
  };
}

function createStack(stacks: Stacks, call: Call): object {
  const input = stackInput(call);
  const existing = stacks.find(call.region, input.StackName);
  if (existing) {
    throw new ServiceError('AlreadyExistsException', `Stack [${input.StackName}] already exists`);
  }
  const stack = stacks.add(input.StackName, call.region);
  try {
    const blueprint = stacks.blueprint(stack, input);
    stack.tags = input.Tags ?? [];
    stack.terminationProtection = input.EnableTerminationProtection === 'true';
    prepare(stack, input.ClientRequestToken, disablesRollback(input));
    void stacks.begin(stack, (deployment) => deployment.create(blueprint));
  } catch (error) {
    stacks.all.splice(stacks.all.indexOf(stack), 1);
    throw error;
  }
  return { StackId: stack.id };
}

function updateStack(stacks: Stacks, call: Call): object {
  const input = stackInput(call);
  const stack = stacks.get(call.region, input.StackName);
  refuseUnlessUpdatable(stack);
  const blueprint = stacks.blueprint(stack, input);
  refuseTypeChanges(stack, blueprint);
  const tags = input.Tags ?? stack.tags;
  if (!changesStack(stack, blueprint, tags)) {
    throw validationError('No updates are to be performed.');
  }
  stack.tags = tags;
  prepare(stack, input.ClientRequestToken, disablesRollback(input));
  void stacks.begin(stack, (deployment) => deployment.update(blueprint));
  return { StackId: stack.id };
}

async function deleteStack(stacks: Stacks, call: Call): Promise<object> {
  const { StackName, RetainResources, ClientRequestToken } = stackInput(call);
  const stack = stacks.find(call.region, StackName);
  if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') {
    return {};
  }
  if (stack.terminationProtection) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
  }
  if (stack.inProgress && stack.status !== 'CREATE_IN_PROGRESS') {
    throw validationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
  }
  refuseIfImported(stacks, stack);
  await stacks.cancel(stack, true);
  prepare(stack, ClientRequestToken, false);
  void stacks.begin(stack, (deployment) => deployment.delete(RetainResources));
  return {};
}

function refuseIfImported(stacks: Stacks, stack: Stack): void {
  const { region } = stack.identity;
  for (const { name } of stacks.exports(region).filter((each) => each.stack === stack)) {
    const importers = stacks.importers(region, name).filter((importer) => importer !== stack);
    if (importers.length > 0) {
      throw validationError(
        `Export ${name} cannot be deleted as it is in use by ${importers.map((importer) => importer.name).join(' and ')}`,
      );
    }
  }
}

function refuseUnless(stack: Stack, statuses: readonly string[], complaint: string): void {
  if (!statuses.includes(stack.status)) {
    throw validationError(`Stack [${stack.id}] ${complaint}: ${stack.status}`);
  }
}
