import type { Call, Operation } from '../wire/service';
import { getChangeSet } from './change-set-operations';
import { shownParameters } from './parameters';
import { requiredCapability } from './processed-template';
import { exists } from './resource-operations';
import type { ResourceRecord, Stack } from './stack';
import type { TemplateInput, Stacks } from './stacks';
import { parseTemplate, validationError } from './template';

/**
 * How long DescribeStacks holds its response for a stack in progress, in milliseconds of the machine's time. The CLI polls every
 * 5 seconds; a held response returns as soon as the deployment ends.
 */
const LONG_POLL = 10_000;

interface DescriptionInput extends TemplateInput {
  readonly StackName?: string;
  readonly PhysicalResourceId?: string;
  readonly LogicalResourceId?: string;
  readonly ChangeSetName?: string;
  readonly OperationId?: string;
  readonly StackStatusFilter?: readonly string[];
  readonly Filters?: { readonly FailedEvents?: string };
  readonly ExportName?: string;
}

/** Operations that describe stacks. */
export function descriptionOperations(stacks: Stacks): Record<string, Operation> {
  return {
    DescribeStacks: (call) => describeStacks(stacks, call),
    ListStacks: (call) => {
      const { StackStatusFilter: filter } = inputOf(call);
      const listed = stacks.in(call.region).filter(({ status }) => !filter?.length || filter.includes(status));
      return { StackSummaries: listed.map(summarizeStack) };
    },
    GetTemplate: (call) => getTemplate(stacks, call),
    GetTemplateSummary: (call) => summarizeTemplate(stacks, call),
    ValidateTemplate: (call) => {
      const { Parameters, Description, Capabilities, CapabilitiesReason } = summarizeTemplate(stacks, call);
      const shown = Parameters.map(({ ParameterKey, DefaultValue, NoEcho, Description: description }) => ({
        ParameterKey,
        DefaultValue,
        NoEcho,
        Description: description,
      }));
      return { Parameters: shown, Description, Capabilities, CapabilitiesReason };
    },
    DescribeStackEvents: (call) => ({
      StackEvents: stacks.named(call.region, inputOf(call).StackName ?? '').events.toReversed(),
    }),
    DescribeEvents: (call) => describeEvents(stacks, call),
    DescribeStackResources: (call) => ({
      StackResources: resourcesOf(stacks, call).map(([stack, record]) => ({
        StackId: stack.id,
        StackName: stack.name,
        Timestamp: record.changedAt,
        ...describeResource(record),
      })),
    }),
    DescribeStackResource: (call) => {
      const { StackName = '', LogicalResourceId = '' } = inputOf(call);
      if (!stacks.find(call.region, StackName)) {
        throw validationError(`Stack '${StackName}' does not exist`);
      }
      const [found] = resourcesOf(stacks, call);
      if (!found) {
        throw validationError(`Resource ${LogicalResourceId} does not exist for stack ${StackName}`);
      }
      const [stack, record] = found;
      const metadata = stack.processed?.resources.get(record.logicalId)?.metadata ?? {};
      return {
        StackResourceDetail: {
          StackId: stack.id,
          StackName: stack.name,
          LastUpdatedTimestamp: record.changedAt,
          Metadata: JSON.stringify(metadata),
          ...describeResource(record),
        },
      };
    },
    ListStackResources: (call) => ({
      StackResourceSummaries: resourcesOf(stacks, call).map(([, record]) => ({
        LastUpdatedTimestamp: record.changedAt,
        ...describeResource(record),
      })),
    }),
    ListExports: (call) => ({
      Exports: stacks.exports
        .all(call.region)
        .map(({ name, value, stack }) => ({ ExportingStackId: stack.id, Name: name, Value: value })),
    }),
    ListImports: (call) => {
      const { ExportName = '' } = inputOf(call);
      const importers = stacks.exports.importers(call.region, ExportName).map(({ name }) => name);
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
    const living = stacks.in(call.region).filter(({ status }) => status !== 'DELETE_COMPLETE');
    return { Stacks: living.map(describeStack) };
  }
  const stack = stacks.get(call.region, StackName);
  await untilSettled(stack);
  return { Stacks: [describeStack(stacks.get(call.region, StackName))] };
}

async function untilSettled(stack: Stack): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => {
      resolve('timeout');
    }, LONG_POLL);
    // A pending response must not keep the process of a stopped local AWS alive.
    timer.unref();
  });
  while (stack.inProgress && (await Promise.race([stack.statusChange(), timeout])) !== 'timeout');
  clearTimeout(timer);
}

function describeStack(stack: Stack): object {
  const { processed } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: stack.changeSetId,
    Description: processed?.template.Description,
    Parameters: processed && shownParameters(processed.template, processed.parameters),
    CreationTime: stack.createdAt,
    DeletionTime: stack.deletedAt,
    LastUpdatedTime: stack.updatedAt,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.disableRollback,
    DeploymentConfig: stack.deploymentConfig,
    NotificationARNs: [],
    Capabilities: stack.capabilities,
    Outputs: stack.outputs,
    Tags: stack.tags,
    EnableTerminationProtection: stack.deletedAt ? undefined : stack.terminationProtection,
    ParentId: stack.parent?.id,
    RootId: stack.parent && stack.root.id,
    DriftInformation: stack.drift,
    LastOperations: stack.lastOperations,
  };
}

function summarizeStack(stack: Stack): object {
  return {
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription: stack.processed?.template.Description,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    ParentId: stack.parent?.id,
    RootId: stack.parent && stack.root.id,
    DriftInformation: stack.drift,
    LastOperations: stack.lastOperations,
  };
}

/** CloudFormation keeps templates in ASCII: https://github.com/aws/aws-cdk/issues/10523 */
function getTemplate(stacks: Stacks, call: Call): object {
  const { StackName, ChangeSetName } = inputOf(call);
  if (!StackName && !ChangeSetName) {
    throw validationError('StackName is required if ChangeSetName is not specified.');
  }
  if (!StackName && !ChangeSetName?.startsWith('arn:')) {
    throw validationError('StackName is a required parameter.');
  }
  const processed = ChangeSetName
    ? getChangeSet(stacks, call)[1].processed
    : stacks.get(call.region, StackName ?? '').processed;
  return {
    TemplateBody: (processed?.text ?? '').replace(/[^\p{ASCII}]/gu, '?'),
    StagesAvailable: ['Original', 'Processed'],
  };
}

/** Newest first; optionally of one stack or operation, or failures only. */
function describeEvents(stacks: Stacks, call: Call): object {
  const { StackName, OperationId, Filters } = inputOf(call);
  const events = StackName
    ? stacks.named(call.region, StackName).events
    : stacks.in(call.region).flatMap((stack) => stack.events);
  const shown = events.filter(
    (event) =>
      (OperationId === undefined || event.OperationId === OperationId) &&
      (Filters?.FailedEvents !== 'true' || event.ResourceStatus.endsWith('_FAILED')),
  );
  return { OperationEvents: shown.map((event) => ({ ...event, EventType: 'STACK_EVENT' })).toReversed() };
}

function resourcesOf(stacks: Stacks, call: Call): [Stack, ResourceRecord][] {
  const { StackName, LogicalResourceId, PhysicalResourceId } = inputOf(call);
  const searched = StackName ? [stacks.get(call.region, StackName)] : stacks.in(call.region);
  return searched.flatMap((stack) =>
    [...stack.resources.values()]
      .filter(
        (record) =>
          stack.deletedAt !== undefined ||
          exists(record) ||
          record.status === 'CREATE_FAILED' ||
          record.status.endsWith('_IN_PROGRESS'),
      )
      .filter(({ logicalId }) => !LogicalResourceId || logicalId === LogicalResourceId)
      .filter(({ physicalId }) => !PhysicalResourceId || physicalId === PhysicalResourceId)
      .map((record): [Stack, ResourceRecord] => [stack, record]),
  );
}

function describeResource({ logicalId, physicalId, type, status, reason, drift }: ResourceRecord): object {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: status,
    ResourceStatusReason: reason,
    DriftInformation: drift ?? { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

interface TemplateSummary {
  readonly Parameters: readonly {
    readonly ParameterKey: string;
    readonly DefaultValue?: string;
    readonly NoEcho: boolean;
    readonly Description?: string;
  }[];
  readonly Description?: string;
  readonly Capabilities?: readonly string[];
  readonly CapabilitiesReason?: string;
}

function summarizeTemplate(stacks: Stacks, call: Call): TemplateSummary {
  const input = inputOf(call);
  const stack = input.StackName ? stacks.get(call.region, input.StackName) : undefined;
  if (stack?.status === 'REVIEW_IN_PROGRESS') {
    throw validationError('GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.');
  }
  const template = parseTemplate(stack ? (stack.processed?.text ?? '') : stacks.templateText(undefined, input));
  const required = requiredCapability(template);
  const types = [...new Set(Object.values(template.Resources).map(({ Type }) => Type))];
  const summary = {
    Description: template.Description,
    Metadata: template.Metadata && JSON.stringify(template.Metadata),
    Version: template.AWSTemplateFormatVersion ?? '2010-09-09',
    Parameters: Object.entries(template.Parameters ?? {}).map(([ParameterKey, parameter]) => ({
      ParameterKey,
      DefaultValue: parameter.Default === undefined ? undefined : String(parameter.Default),
      ParameterType: parameter.Type,
      NoEcho: String(parameter.NoEcho) === 'true',
      Description: parameter.Description,
    })),
    ResourceTypes: types,
    ResourceIdentifierSummaries: types.map((type) => ({
      ResourceType: type,
      LogicalResourceIds: Object.entries(template.Resources).flatMap(([name, { Type }]) =>
        Type === type ? [name] : [],
      ),
    })),
    ...(required && {
      Capabilities: [required.capability],
      CapabilitiesReason: `The following resource(s) require capabilities: [${required.types.join(', ')}]`,
    }),
  };
  return summary;
}

function inputOf(call: Call): DescriptionInput {
  return call.input;
}
