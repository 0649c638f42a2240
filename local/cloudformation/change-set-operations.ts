import { type Call, type Environment, type Operation, ServiceError } from '../wire/service';
import { type ChangeSet, changeSetId, changesOf, changesStack, NO_CHANGES } from './change-set';
import type { Stack } from './stack';
import {
  disablesRollback,
  prepare,
  refuseTypeChanges,
  refuseUnlessUpdatable,
  stackInput,
  type StackInput,
} from './stack-operations';
import type { Stacks } from './stacks';
import { validationError } from './template';

/** Change sets: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html */
export function changeSetOperations(environment: Environment, stacks: Stacks): Record<string, Operation> {
  return {
    CreateChangeSet: (call) => createChangeSet(environment, stacks, stackInput(call), call.region),
    DescribeChangeSet: (call) => {
      const [stack, changeSet] = find(stacks, call);
      return describe(stack, changeSet);
    },
    ExecuteChangeSet: (call) => executeChangeSet(stacks, call),
    DeleteChangeSet: (call) => {
      const [stack, changeSet] = findOrNothing(stacks, call) ?? [];
      stack?.changeSets.delete(changeSet?.name ?? '');
      return {};
    },
    ListChangeSets: (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      return { Summaries: [...stack.changeSets.values()].map((changeSet) => describe(stack, changeSet)) };
    },
  };
}

function createChangeSet(environment: Environment, stacks: Stacks, input: StackInput, region: string): object {
  const type = input.ChangeSetType ?? 'UPDATE';
  if (type !== 'CREATE' && type !== 'UPDATE') {
    throw validationError(`The local AWS does not know change sets of type ${type}.`);
  }
  const existing = type === 'CREATE' ? stacks.find(region, input.StackName) : stacks.get(region, input.StackName);
  if (type === 'CREATE' && existing && existing.status !== 'REVIEW_IN_PROGRESS') {
    throw validationError(
      `Stack [${input.StackName}] already exists and cannot be created again with the changeSet [${input.ChangeSetName ?? ''}].`,
    );
  }
  if (type === 'UPDATE' && existing) {
    refuseUnlessUpdatable(existing);
  }
  const stack = existing ?? stacks.add(input.StackName, region);
  try {
    const changeSet = makeChangeSet(environment, stacks, stack, input, type);
    stack.changeSets.set(changeSet.name, changeSet);
    if (!existing) {
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    return { Id: changeSet.id, StackId: stack.id };
  } catch (error) {
    if (!existing) {
      stacks.all.splice(stacks.all.indexOf(stack), 1);
    }
    throw error;
  }
}

function makeChangeSet(
  environment: Environment,
  stacks: Stacks,
  stack: Stack,
  input: StackInput,
  type: ChangeSet['type'],
): ChangeSet {
  const name = input.ChangeSetName ?? '';
  if (stack.changeSets.has(name)) {
    throw new ServiceError(
      'AlreadyExistsException',
      `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Name`,
    );
  }
  const blueprint = stacks.blueprint(stack, input);
  refuseTypeChanges(stack, blueprint);
  const tags = input.Tags ?? stack.tags;
  return {
    name,
    id: changeSetId(stack, name),
    type,
    blueprint,
    tags,
    description: input.Description,
    deploymentConfig: input.DeploymentConfig,
    disableRollback: disablesRollback(input),
    createdAt: new Date(environment.clock.now()),
    changes: changesStack(stack, blueprint, tags) ? changesOf(stack, blueprint, stacks.typeNamed) : [],
  };
}

function executeChangeSet(stacks: Stacks, call: Call): object {
  const [stack, changeSet] = find(stacks, call);
  const input = stackInput(call);
  if (isEmpty(stack, changeSet)) {
    throw new ServiceError(
      'InvalidChangeSetStatus',
      `ChangeSet [${changeSet.id}] cannot be executed in its current status of [FAILED]`,
    );
  }
  if (changeSet.type === 'UPDATE') {
    refuseUnlessUpdatable(stack);
  }
  stack.changeSets.clear();
  stack.tags = changeSet.tags;
  prepare(stack, input.ClientRequestToken, changeSet.disableRollback || disablesRollback(input));
  void stacks.begin(stack, (deployment) =>
    changeSet.type === 'CREATE' ? deployment.create(changeSet.blueprint) : deployment.update(changeSet.blueprint),
  );
  return {};
}

function describe(stack: Stack, changeSet: ChangeSet): object {
  const empty = isEmpty(stack, changeSet);
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: changeSet.description,
    Parameters: changeSet.blueprint.parameters,
    CreationTime: changeSet.createdAt,
    ExecutionStatus: empty ? 'UNAVAILABLE' : 'AVAILABLE',
    Status: empty ? 'FAILED' : 'CREATE_COMPLETE',
    StatusReason: empty ? NO_CHANGES : undefined,
    Tags: changeSet.tags,
    DeploymentConfig: changeSet.deploymentConfig,
    Changes: changeSet.changes,
    IncludeNestedStacks: false,
  };
}

function isEmpty(stack: Stack, { blueprint, tags }: ChangeSet): boolean {
  return !changesStack(stack, blueprint, tags);
}

function find(stacks: Stacks, call: Call): [Stack, ChangeSet] {
  const found = findOrNothing(stacks, call);
  if (!found) {
    throw new ServiceError(
      'ChangeSetNotFound',
      `ChangeSet [${stackInput(call).ChangeSetName ?? ''}] does not exist`,
      404,
    );
  }
  return found;
}

/** By its name and its stack's, or by its ID alone. */
function findOrNothing(stacks: Stacks, call: Call): [Stack, ChangeSet] | undefined {
  const { StackName, ChangeSetName } = stackInput(call);
  const named = StackName ? [stacks.find(call.region, StackName)].filter((stack) => stack !== undefined) : stacks.all;
  for (const stack of named) {
    const changeSet = [...stack.changeSets.values()].find(
      ({ id, name }) => id === ChangeSetName || name === ChangeSetName,
    );
    if (changeSet) {
      return [stack, changeSet];
    }
  }
  return undefined;
}
