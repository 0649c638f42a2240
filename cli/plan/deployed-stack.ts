import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { nameOf } from '../../lambda/aws-error';
import type { Gaps } from '../gaps';
import type { Template } from './cloud-assembly';

/** A stack as last deployed. */
export interface DeployedStack {
  readonly stackId: string;
  readonly status: string;
  /** Parameters that refer to Parameter Store have the value that was read there. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly physicalIds: ReadonlyMap<string, string>;
  readonly template: Template;
}

/** In these states a stack cannot be updated. */
const EMPTY = ['DELETE_COMPLETE', 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE'];

/**
 * Reads what CloudFormation knows of a stack.
 *
 * @param name or ID
 * @returns 'none' if there is no such stack; `undefined` if that could not be read.
 */
export async function readDeployedStack(
  client: CloudFormationClient,
  name: string,
  region: string,
  gaps: Gaps,
): Promise<DeployedStack | 'none' | undefined> {
  const subject = `stack ${name}`;
  const described = await gaps.attempt('cloudformation:DescribeStacks', subject, region, async () => {
    try {
      return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0] ?? 'none';
    } catch (error) {
      // CloudFormation's error for a missing stack.
      if (nameOf(error) === 'ValidationError') return 'none';
      throw error;
    }
  });
  if (described === undefined || described === 'none') return described;
  const { StackId: stackId = name, StackStatus: status = 'unknown', Parameters = [] } = described;
  if (EMPTY.includes(status)) return 'none';
  const template = await gaps.attempt('cloudformation:GetTemplate', subject, region, async () =>
    parseTemplate((await client.send(new GetTemplateCommand({ StackName: stackId }))).TemplateBody),
  );
  const physicalIds = await gaps.attempt('cloudformation:ListStackResources', subject, region, () =>
    readPhysicalIds(client, stackId),
  );
  if (!template || !physicalIds) return undefined;
  const parameters = new Map(
    Parameters.map(({ ParameterKey = '', ParameterValue = '', ResolvedValue }) => [
      ParameterKey,
      ResolvedValue ?? ParameterValue,
    ]),
  );
  return { stackId, status, parameters, physicalIds, template };
}

async function readPhysicalIds(client: CloudFormationClient, stackId: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stackId })) {
    for (const { LogicalResourceId, PhysicalResourceId, ResourceStatus = '' } of StackResourceSummaries) {
      if (LogicalResourceId === undefined || PhysicalResourceId === undefined) continue;
      if (!ResourceStatus.startsWith('DELETE_COMPLETE')) found.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return found;
}

/** The CDK deploys JSON only. */
function parseTemplate(body: string | undefined): Template {
  try {
    return JSON.parse(body ?? '') as Template;
  } catch {
    throw new Error('The deployed template is no JSON, so the CDK has not deployed it');
  }
}
