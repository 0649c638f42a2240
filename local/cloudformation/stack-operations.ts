import type { Call, Operation } from '../wire/service';
import { ServiceError } from '../wire/service';
import type { Tag } from './change-set';
import type { Deployment } from './deployment';
import { type DeploymentConfig, type DeploymentConfigInput, readDeploymentConfig, STANDARD } from './deployment-config';
import { type ProcessedTemplate, requiredCapability } from './processed-template';
import type { Stack, StackOperation } from './stack';
import type { TemplateInput, Stacks } from './stacks';
import { validationError } from './template';

/** The members of requests that begin an operation on a stack. */
export interface StackInput extends TemplateInput, DeploymentConfigInput {
  readonly StackName: string;
  readonly Tags?: readonly Tag[];
  readonly Capabilities?: readonly string[];
  readonly EnableTerminationProtection?: string;
  readonly ClientRequestToken?: string;
  readonly RetainResources?: readonly string[];
  readonly ResourcesToSkip?: readonly string[];
  readonly ForceRollback?: string;
  readonly RetainExceptOnCreate?: string;
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

/** Statuses after a failed operation without rollback. */
const PAUSED = ['CREATE_FAILED', 'UPDATE_FAILED'];

/** Operations that change stacks, except those on change sets. */
export function stackOperations(stacks: Stacks): Record<string, Operation> {
  return {
    CreateStack: (call) => createStack(stacks, call),
    UpdateStack: (call) => updateStack(stacks, call),
    DeleteStack: (call) => deleteStack(stacks, call),
    CancelUpdateStack: async (call) => {
      const stack = stacks.named(call.region, stackInput(call).StackName);
      if (stack.status !== 'UPDATE_IN_PROGRESS') {
        throw validationError('CancelUpdateStack cannot be called from current stack status');
      }
      await stacks.cancel(stack);
      return {};
    },
    ContinueUpdateRollback: (call) => continueUpdateRollback(stacks, call),
    RollbackStack: (call) => rollbackStack(stacks, call),
    UpdateTerminationProtection: (call) => {
      const stack = stacks.get(call.region, stackInput(call).StackName);
      stack.terminationProtection = stackInput(call).EnableTerminationProtection === 'true';
      return { StackId: stack.id };
    },
  };
}

/** Throws if the stack's status, or the deployment mode that led to it, does not allow the update. */
export function refuseUnlessUpdatable(stack: Stack, { Mode }: DeploymentConfig): void {
  if (!UPDATABLE.includes(stack.status)) {
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
  // https://github.com/aws/aws-cdk-cli/issues/1739
  if (PAUSED.includes(stack.status) && stack.deploymentConfig.Mode === 'EXPRESS' && Mode !== 'EXPRESS') {
    throw validationError(
      `This stack is in a ${stack.status} state from a previous operation that used EXPRESS deployment mode with disable-rollback. Follow-up operations must use the same DeploymentConfig (mode=EXPRESS) until the stack reaches a *_COMPLETE state.`,
    );
  }
}

/** Throws if an update with rollback follows a failed operation without rollback. https://github.com/aws/aws-cdk-cli/issues/1973 */
export function refuseRollbackFromPaused(stack: Stack, { DisableRollback }: DeploymentConfig): void {
  if (PAUSED.includes(stack.status) && !DisableRollback) {
    throw validationError(
      `This stack is currently in a non-terminal [${stack.status}] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API`,
    );
  }
}

/** Throws if a resource would change its type under the same logical ID. */
export function refuseTypeChanges(stack: Stack, processed: ProcessedTemplate): void {
  const changed = [...processed.resources.values()].filter(({ logicalId, type }) => {
    const before = stack.processed?.resources.get(logicalId);
    return before !== undefined && before.type !== type;
  });
  if (changed.length > 0) {
    const names = changed.map(({ logicalId }) => logicalId).join(', ');
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${names}]`,
    );
  }
}

/** Throws if the caller has not acknowledged a capability that the template requires. */
export function refuseUnlessAcknowledged({ template }: ProcessedTemplate, capabilities: readonly string[] = []): void {
  const { capability } = requiredCapability(template) ?? {};
  const named = capability === 'CAPABILITY_IAM' && capabilities.includes('CAPABILITY_NAMED_IAM');
  if (capability !== undefined && !capabilities.includes(capability) && !named) {
    throw new ServiceError('InsufficientCapabilitiesException', `Requires capabilities : [${capability}]`);
  }
}

/** The query protocol sends an empty list as an empty string. */
export function stackInput({ input }: Call): StackInput {
  const lists = ['Parameters', 'Tags'].filter((name) => input[name] === '').map((name) => [name, []]);
  return { ...input, ...Object.fromEntries(lists) } as StackInput;
}

/** Whether the request repeats an earlier one. Throws if a different request used its token. */
export function isRepeated(stack: Stack, call: Call): boolean {
  const { ClientRequestToken: token } = stackInput(call);
  const before = stack.requestWith(token);
  if (before !== undefined && before !== fingerprint(call)) {
    throw new ServiceError(
      'TokenAlreadyExistsException',
      `The client request token ${token ?? ''} has already been used for this stack. Retry the request with a different client request token`,
    );
  }
  return before !== undefined;
}

/** Starts the operation of a request; it outlives the call. */
export function begin(
  stacks: Stacks,
  stack: Stack,
  call: Call,
  type: StackOperation['OperationType'],
  run: (deployment: Deployment) => Promise<void>,
  importExistingResources = false,
): StackOperation {
  const { ClientRequestToken, RetainExceptOnCreate } = stackInput(call);
  stack.noteRequest(ClientRequestToken, fingerprint(call));
  stack.retainExceptOnCreate = RetainExceptOnCreate === 'true';
  stack.importExistingResources = importExistingResources;
  const operation = stack.beginOperation(type, ClientRequestToken);
  void stacks.begin(stack, run);
  return operation;
}

function fingerprint({ operation, input }: Call): string {
  return JSON.stringify([operation, input]);
}

function createStack(stacks: Stacks, call: Call): object {
  const input = stackInput(call);
  const existing = stacks.find(call.region, input.StackName);
  if (existing && isRepeated(existing, call)) {
    return { StackId: existing.id };
  }
  if (existing && existing.status !== 'REVIEW_IN_PROGRESS') {
    throw new ServiceError('AlreadyExistsException', `Stack [${input.StackName}] already exists`);
  }
  if (input.OnFailure === 'DELETE') {
    throw validationError('The local AWS does not know OnFailure=DELETE.');
  }
  const stack = existing ?? stacks.add(input.StackName, call.region);
  try {
    const processed = stacks.process(stack, input);
    refuseUnlessAcknowledged(processed, input.Capabilities);
    stack.deploymentConfig = readDeploymentConfig(input);
    stack.capabilities = input.Capabilities ?? [];
    stack.terminationProtection = input.EnableTerminationProtection === 'true';
    const { OperationId } = begin(stacks, stack, call, 'CREATE_STACK', (deployment) =>
      deployment.create(processed, input.Tags),
    );
    return { StackId: stack.id, OperationId };
  } catch (error) {
    if (!existing) {
      stacks.forget(stack);
    }
    throw error;
  }
}

function updateStack(stacks: Stacks, call: Call): object {
  const input = stackInput(call);
  const stack = stacks.named(call.region, input.StackName);
  if (isRepeated(stack, call)) {
    return { StackId: stack.id };
  }
  const config = readDeploymentConfig(input);
  refuseUnlessUpdatable(stack, config);
  refuseRollbackFromPaused(stack, config);
  const processed = stacks.process(stack, input);
  refuseTypeChanges(stack, processed);
  refuseUnlessAcknowledged(processed, input.Capabilities);
  const tags = input.Tags ?? stack.tags;
  if (!stacks.wouldChange(stack, processed, tags)) {
    throw validationError('No updates are to be performed.');
  }
  stack.deploymentConfig = config;
  stack.capabilities = input.Capabilities ?? [];
  const { OperationId } = begin(stacks, stack, call, 'UPDATE_STACK', (deployment) =>
    deployment.update(processed, tags),
  );
  return { StackId: stack.id, OperationId };
}

async function deleteStack(stacks: Stacks, call: Call): Promise<object> {
  const { StackName, RetainResources } = stackInput(call);
  const stack = stacks.find(call.region, StackName);
  if (
    !stack ||
    stack.status === 'DELETE_COMPLETE' ||
    stack.status === 'DELETE_IN_PROGRESS' ||
    isRepeated(stack, call)
  ) {
    return {};
  }
  if (stack.terminationProtection) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
  }
  if (stack.inProgress && stack.status !== 'CREATE_IN_PROGRESS') {
    throw validationError(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
  }
  await stacks.cancel(stack, true);
  begin(stacks, stack, call, 'DELETE_STACK', (deployment) => deployment.delete(RetainResources));
  return {};
}

function continueUpdateRollback(stacks: Stacks, call: Call): object {
  const { StackName, ResourcesToSkip, ForceRollback } = stackInput(call);
  const stack = stacks.named(call.region, StackName);
  if (isRepeated(stack, call)) {
    return {};
  }
  refuseUnless(stack, ['UPDATE_ROLLBACK_FAILED'], 'can not be rolled back: it is not in UPDATE_ROLLBACK_FAILED state');
  const failed = [...stack.resources.values()].filter(({ status }) => status === 'UPDATE_FAILED');
  const skipped = ForceRollback === 'true' ? failed.map(({ logicalId }) => logicalId) : ResourcesToSkip;
  begin(stacks, stack, call, 'CONTINUE_ROLLBACK', (deployment) => deployment.rollBackUpdate('User Initiated', skipped));
  return {};
}

function rollbackStack(stacks: Stacks, call: Call): object {
  const stack = stacks.named(call.region, stackInput(call).StackName);
  if (isRepeated(stack, call)) {
    return { StackId: stack.id };
  }
  refuseUnless(stack, PAUSED, 'can not be rolled back');
  // https://github.com/aws/aws-cdk-cli/issues/1739
  if (stack.deploymentConfig.Mode === 'EXPRESS') {
    throw validationError(
      'RollbackStack is not supported for stacks that were last updated using EXPRESS deployment mode and are in a failed state',
    );
  }
  stack.deploymentConfig = STANDARD;
  const { OperationId } = begin(stacks, stack, call, 'ROLLBACK', (deployment) =>
    stack.stable ? deployment.rollBackUpdate('User Initiated') : deployment.rollBackCreation('User Initiated'),
  );
  return { StackId: stack.id, OperationId };
}

function refuseUnless(stack: Stack, statuses: readonly string[], complaint: string): void {
  if (!statuses.includes(stack.status)) {
    throw validationError(`Stack [${stack.id}] ${complaint}: ${stack.status}`);
  }
}
