import type { Call, Operation } from '../wire/service';
import type { ResourceRecord, Stack, StackEvent } from './stack';
import type { BlueprintInput, Stacks } from './stacks';
import { parseTemplate, validationError } from './template';

/**
 * How long DescribeStacks waits for a stack in progress before it answers, in milliseconds of the machine's time. The CLI
 * asks every 5 seconds; held back, its answer is there as soon as the deployment is done.
 */
const HOLD = 10_000;

interface DescriptionInput extends BlueprintInput {
  readonly StackName?: string;
  readonly PhysicalResourceId?: string;
  readonly LogicalResourceId?: string;
  readonly ChangeSetName?: string;
  readonly StackStatusFilter?: readonly string[];
  readonly Filters?: { readonly FailedEvents?: string };
  readonly ExportName?: string;
}

/** The operations that tell of stacks. */
export function descriptionOperations(stacks: Stacks): Record<string, Operation> {
  return {
    DescribeStacks: (call) => describeStacks(stacks, call),
    ListStacks: (call) => {
      const { StackStatusFilter: filter } = inputOf(call);
      const listed = stacks.all.filter(
        ({ identity, status }) => identity.region === call.region && (!filter?.length || filter.includes(status)),
      );
      return { StackSummaries: listed.map(describeStack) };
    },
    GetTemplate: (call) => {
      const { StackName = '', ChangeSetName } = inputOf(call);
      const stack = stacks.get(call.region, StackName);
      const changeSet = [...stack.changeSets.values()].find(
        ({ id, name }) => id === ChangeSetName || name === ChangeSetName,
      );
      const blueprint = changeSet?.blueprint ?? stack.blueprint;
      return { TemplateBody: blueprint?.text ?? '{}', StagesAvailable: ['Original', 'Processed'] };
    },
    GetTemplateSummary: (call) => summarize(stacks, call),
    ValidateTemplate: (call) => summarize(stacks, call),
    DescribeStackEvents: (call) => {
      const { StackName = '' } = inputOf(call);
      const stack = stacks.find(call.region, StackName);
      if (!stack) {
        throw validationError(`Stack [${StackName}] does not exist`);
      }
      return { StackEvents: stack.events.toReversed() };
    },
    DescribeEvents: (call) => describeEvents(stacks, call),
    DescribeStackResources: (call) => ({
      StackResources: records(stacks, call).map(([stack, record]) => describeResource(stack, record)),
    }),
    DescribeStackResource: (call) => {
      const [found] = records(stacks, call);
      if (!found) {
        throw validationError(
          `Resource ${inputOf(call).LogicalResourceId ?? ''} does not exist for stack ${inputOf(call).StackName ?? ''}`,
        );
      }
      return { StackResourceDetail: describeResource(...found) };
    },
    ListStackResources: (call) => ({
      StackResourceSummaries: records(stacks, call).map(([stack, record]) => describeResource(stack, record)),
    }),
    ListExports: (call) => ({
      Exports: stacks
        .exports(call.region)
        .map(({ name, value, stack }) => ({ Name: name, Value: value, ExportingStackId: stack.id })),
    }),
    ListImports: (call) => {
      const { ExportName = '' } = inputOf(call);
      const importers = stacks.importers(call.region, ExportName).map(({ name }) => name);
      if (importers.length === 0) {
        throw validationError(`Export '${ExportName}' is not imported by any stack.`);
      }
      return { Imports: importers };
    },
  };
}

async function describeStacks(stacks: Stacks, call: Call): Promise<object> {
  const { StackName } = inputOf(call);
  if (!StackName) {
    const living = stacks.all.filter(
      ({ identity, status }) => identity.region === call.region && status !== 'DELETE_COMPLETE',
    );
    return { Stacks: living.map(describeStack) };
  }
  const stack = stacks.get(call.region, StackName);
  await untilSettled(stack);
  return { Stacks: [describeStack(stacks.get(call.region, StackName))] };
}

async function untilSettled(stack: Stack): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<'over'>((resolve) => {
    timer = setTimeout(() => {
      resolve('over');
    }, HOLD);
    // A stopped local AWS must not keep the process for the sake of an answer that nobody waits for.
    timer.unref();
  });
  while (stack.inProgress && (await Promise.race([stack.statusChange(), patience])) !== 'over');
  clearTimeout(timer);
}

function describeStack(stack: Stack): object {
  const { blueprint } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: blueprint?.template.Description,
    TemplateDescription: blueprint?.template.Description,
    Parameters: (blueprint?.parameters ?? []).map((parameter) => ({
      ...parameter,
      ...(String(blueprint?.template.Parameters?.[parameter.ParameterKey]?.NoEcho) === 'true' && {
        ParameterValue: '****',
      }),
    })),
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.disableRollback,
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
    Outputs: stack.outputs,
    Tags: stack.tags,
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

function describeEvents(stacks: Stacks, call: Call): object {
  const { StackName = '', Filters } = inputOf(call);
  const stack = stacks.find(call.region, StackName);
  const shown = (stack?.events ?? []).filter(
    ({ ResourceStatus }) => Filters?.FailedEvents !== 'true' || ResourceStatus.endsWith('_FAILED'),
  );
  return { OperationEvents: shown.map((event: StackEvent) => ({ ...event, EventType: 'STACK_EVENT' })).toReversed() };
}

function records(stacks: Stacks, call: Call): [Stack, ResourceRecord][] {
  const { StackName, LogicalResourceId, PhysicalResourceId } = inputOf(call);
  const searched = StackName
    ? [stacks.get(call.region, StackName)]
    : stacks.all.filter(({ identity }) => identity.region === call.region);
  return searched.flatMap((stack) =>
    [...stack.resources.values()]
      .filter(({ logicalId }) => !LogicalResourceId || logicalId === LogicalResourceId)
      .filter(({ physicalId }) => !PhysicalResourceId || physicalId === PhysicalResourceId)
      .map((record): [Stack, ResourceRecord] => [stack, record]),
  );
}

function describeResource(stack: Stack, record: ResourceRecord): object {
  return {
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.physicalId,
    ResourceType: record.type,
    Timestamp: record.changedAt,
    LastUpdatedTimestamp: record.changedAt,
    ResourceStatus: record.status,
    ResourceStatusReason: record.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

function summarize(stacks: Stacks, call: Call): object {
  const input = inputOf(call);
  const text = input.StackName
    ? (stacks.get(call.region, input.StackName).blueprint?.text ?? '{}')
    : stacks.templateText(undefined, input);
  const template = parseTemplate(text);
  return {
    Description: template.Description,
    Parameters: Object.entries(template.Parameters ?? {}).map(([ParameterKey, parameter]) => ({
      ParameterKey,
      DefaultValue: parameter.Default,
      ParameterType: parameter.Type,
      NoEcho: parameter.NoEcho ?? false,
      Description: parameter.Description,
    })),
    ResourceTypes: [...new Set(Object.values(template.Resources).map(({ Type }) => Type))],
    Capabilities: [],
  };
}

function inputOf(call: Call): DescriptionInput {
  return call.input;
}
