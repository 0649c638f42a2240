import { randomUUID } from 'node:crypto';
import { type Call, type Environment, type Operation, ServiceError } from '../wire/service';
import { type ChangeSet, isOpen } from './change-set';
import { Changes, describeChange } from './changes';
import { readDeploymentConfig } from './deployment-config';
import { shownParameters } from './parameters';
import type { Stack } from './stack';
import {
  begin,
  isRepeated,
  refuseRollbackFromPaused,
  refuseTypeChanges,
  refuseUnlessAcknowledged,
  refuseUnlessUpdatable,
  stackInput,
  type StackInput,
} from './stack-operations';
import type { Stacks } from './stacks';
import { validationError } from './template';

interface ChangeSetInput extends StackInput {
  readonly ChangeSetName: string;
  readonly ChangeSetType?: string;
  readonly ClientToken?: string;
  readonly Description?: string;
  readonly DeploymentMode?: string;
  readonly ImportExistingResources?: string;
  readonly IncludeNestedStacks?: string;
  readonly IncludePropertyValues?: string;
}

/** The status reason of an empty change set; the CLI matches this text. */
const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** Change sets: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html */
export function changeSetOperations(environment: Environment, stacks: Stacks): Record<string, Operation> {
  return {
    CreateChangeSet: (call) => createChangeSet(environment, stacks, call),
    DescribeChangeSet: (call) => {
      const [stack, changeSet] = getChangeSet(stacks, call);
      const withValues = inputOf(call).IncludePropertyValues === 'true';
      return {
        ...describe(stack, changeSet),
        Capabilities: changeSet.capabilities,
        NotificationARNs: [],
        RollbackConfiguration: {},
        Parameters: shownParameters(changeSet.processed.template, changeSet.processed.parameters),
        Tags: changeSet.tags,
        DeploymentConfig: changeSet.deploymentConfig,
        Changes: changeSet.changes.map((change) => describeChange(change, withValues)),
      };
    },
    ExecuteChangeSet: (call) => executeChangeSet(stacks, call),
    DeleteChangeSet: (call) => deleteChangeSet(stacks, call),
    ListChangeSets: (call) => {
      const stack = stacks.named(call.region, inputOf(call).StackName);
      return { Summaries: stack.changeSets.filter(isOpen).map((changeSet) => describe(stack, changeSet)) };
    },
  };
}

/** Finds a change set by its ARN, or an open one by its name and its stack's. */
export function getChangeSet(stacks: Stacks, call: Call): [Stack, ChangeSet] {
  const found = findChangeSet(stacks, call);
  if (!found) {
    throw new ServiceError('ChangeSetNotFound', `ChangeSet [${inputOf(call).ChangeSetName}] does not exist`, 404);
  }
  return found;
}

function findChangeSet(stacks: Stacks, call: Call): [Stack, ChangeSet] | undefined {
  const { StackName, ChangeSetName } = inputOf(call);
  const byArn = ChangeSetName.startsWith('arn:');
  if (!byArn && !StackName) {
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  }
  const candidates = StackName ? [stacks.named(call.region, StackName)] : stacks.in(call.region);
  for (const stack of candidates) {
    const changeSet = stack.changeSets.find((each) =>
      byArn ? each.id === ChangeSetName : isOpen(each) && each.name === ChangeSetName,
    );
    if (changeSet) {
      return [stack, changeSet];
    }
  }
  return undefined;
}

function createChangeSet(environment: Environment, stacks: Stacks, call: Call): object {
  const input = inputOf(call);
  const { StackName, ChangeSetName, ChangeSetType: type = 'UPDATE' } = input;
  const { region } = call;
  if (type !== 'CREATE' && type !== 'UPDATE') {
    throw validationError(`The local AWS does not know change sets of type ${type}.`);
  }
  if (input.DeploymentMode !== undefined) {
    throw validationError(`The local AWS does not know the deployment mode ${input.DeploymentMode}.`);
  }
  const existing = type === 'CREATE' ? stacks.find(region, StackName) : stacks.named(region, StackName);
  if (type === 'CREATE' && existing && existing.status !== 'REVIEW_IN_PROGRESS') {
    throw validationError(
      `Stack [${StackName}] already exists and cannot be created again with the changeSet [${ChangeSetName}].`,
    );
  }
  if (type === 'UPDATE' && existing) {
    refuseUnlessUpdatable(existing, readDeploymentConfig(input));
  }
  const stack = existing ?? stacks.add(StackName, region);
  const same = stack.changeSets.find((each) => isOpen(each) && each.name === ChangeSetName);
  if (same?.clientToken !== undefined && same.clientToken === input.ClientToken) {
    return { Id: same.id, StackId: stack.id };
  }
  if (same) {
    throw new ServiceError(
      'AlreadyExistsException',
      `ChangeSet ${ChangeSetName} cannot be created due to a mismatch with existing attribute Name`,
    );
  }
  try {
    const changeSet = makeChangeSet(environment, stacks, stack, input, type);
    stack.changeSets.push(changeSet);
    if (!existing) {
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    return { Id: changeSet.id, StackId: stack.id };
  } catch (error) {
    if (!existing) {
      stacks.forget(stack);
    }
    throw error;
  }
}

function makeChangeSet(
  environment: Environment,
  stacks: Stacks,
  stack: Stack,
  input: ChangeSetInput,
  type: ChangeSet['type'],
): ChangeSet {
  const name = input.ChangeSetName;
  const processed = stacks.process(stack, input);
  refuseTypeChanges(stack, processed);
  refuseUnlessAcknowledged(processed, input.Capabilities);
  const { region, accountId } = stack.identity;
  const tags = input.Tags ?? stack.tags;
  const includeNestedStacks = input.IncludeNestedStacks === 'true';
  const importExistingResources = input.ImportExistingResources === 'true';
  const changes = new Changes(stacks.contextOf(stack), processed, {
    tags,
    includeNestedStacks,
    importExistingResources,
  }).all();
  const empty =
    type === 'UPDATE' && changes.length === 0 && !stacks.wouldChange(stack, processed, tags, includeNestedStacks);
  return {
    name,
    id: `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${randomUUID()}`,
    type,
    processed,
    tags,
    capabilities: input.Capabilities ?? [],
    description: input.Description,
    clientToken: input.ClientToken,
    deploymentConfig: readDeploymentConfig(input),
    createdAt: new Date(environment.clock.now()),
    includeNestedStacks,
    importExistingResources,
    changes,
    empty,
    executionStatus: empty ? 'UNAVAILABLE' : 'AVAILABLE',
  };
}

function executeChangeSet(stacks: Stacks, call: Call): object {
  const [stack, changeSet] = getChangeSet(stacks, call);
  if (isRepeated(stack, call)) {
    return {};
  }
  if (changeSet.executionStatus !== 'AVAILABLE') {
    const status = changeSet.empty ? 'status of [FAILED]' : `execution status of [${changeSet.executionStatus}]`;
    throw new ServiceError(
      'InvalidChangeSetStatus',
      `ChangeSet [${changeSet.id}] cannot be executed in its current ${status}`,
    );
  }
  const config = readDeploymentConfig(inputOf(call), changeSet.deploymentConfig);
  if (changeSet.type === 'UPDATE') {
    refuseUnlessUpdatable(stack, config);
    refuseRollbackFromPaused(stack, config);
  }
  stack.deploymentConfig = config;
  stack.capabilities = changeSet.capabilities;
  stack.changeSetId = changeSet.id;
  changeSet.executionStatus = 'EXECUTE_COMPLETE';
  const { type, processed, importExistingResources, tags } = changeSet;
  stack.markUpdated();
  begin(
    stacks,
    stack,
    call,
    type === 'CREATE' ? 'CREATE_STACK' : 'UPDATE_STACK',
    (deployment) => (type === 'CREATE' ? deployment.create(processed, tags) : deployment.update(processed, tags)),
    importExistingResources,
  );
  return {};
}

function deleteChangeSet(stacks: Stacks, call: Call): object {
  const [stack, changeSet] = findChangeSet(stacks, call) ?? [];
  if (changeSet?.executionStatus === 'EXECUTE_COMPLETE') {
    throw new ServiceError(
      'InvalidChangeSetStatus',
      `Cannot delete ChangeSet in execution status ${changeSet.executionStatus}`,
    );
  }
  if (stack && changeSet) {
    stack.changeSets.splice(stack.changeSets.indexOf(changeSet), 1);
  }
  return {};
}

/** The members that summaries and descriptions share. */
function describe(stack: Stack, changeSet: ChangeSet): object {
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: changeSet.description,
    CreationTime: changeSet.createdAt,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.empty ? 'FAILED' : 'CREATE_COMPLETE',
    StatusReason: changeSet.empty ? NO_CHANGES : undefined,
    IncludeNestedStacks: changeSet.includeNestedStacks,
    ImportExistingResources: changeSet.importExistingResources || undefined,
  };
}

function inputOf(call: Call): ChangeSetInput {
  return { ChangeSetName: '', ...stackInput(call) };
}
