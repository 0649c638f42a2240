import { randomUUID } from 'node:crypto';
import { type ProcessedTemplate, comparableForm, type PlannedResource } from './processed-template';
import { canonicalJson } from './canonical-json';
import type { ResourceType } from './resource-type';
import type { Stack } from './stack';

/** One resource that a change set touches. */
export interface Change {
  readonly Type: 'Resource';
  readonly ResourceChange: {
    readonly Action: 'Add' | 'Modify' | 'Remove';
    readonly LogicalResourceId: string;
    readonly PhysicalResourceId?: string;
    readonly ResourceType: string;
    readonly Replacement?: 'True' | 'False' | 'Conditional';
    readonly Scope: readonly string[];
    readonly Details: readonly object[];
  };
}

export interface ChangeSet {
  readonly name: string;
  readonly id: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly blueprint: ProcessedTemplate;
  readonly tags: Stack['tags'];
  readonly description?: string;
  readonly deploymentConfig?: object;
  readonly disableRollback: boolean;
  readonly createdAt: Date;
  readonly changes: readonly Change[];
}

/** What makes a change set fail for want of changes; the CLI knows it by this text. */
export const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export function changeSetId({ identity: { region, accountId } }: Stack, name: string): string {
  return `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${randomUUID()}`;
}

/** Whether deploying the blueprint would change anything. A stack away from its stable state can always be tried again. */
export function changesStack(stack: Stack, blueprint: ProcessedTemplate, tags: Stack['tags']): boolean {
  const stable = stack.blueprint !== undefined && stack.stable === undefined && !stack.status.endsWith('_FAILED');
  return (
    !stable ||
    (stack.blueprint !== undefined && comparableForm(stack.blueprint) !== comparableForm(blueprint)) ||
    canonicalJson(stack.tags) !== canonicalJson(tags)
  );
}

export function changesOf(
  stack: Stack,
  blueprint: ProcessedTemplate,
  typeNamed: (name: string) => ResourceType,
): Change[] {
  const before = stack.blueprint?.resources ?? new Map<string, PlannedResource>();
  const added = [...blueprint.resources.values()].filter(({ logicalId }) => !before.has(logicalId));
  const removed = [...before.values()].filter(({ logicalId }) => !blueprint.resources.has(logicalId));
  const modified = [...blueprint.resources.values()].flatMap((after): Change[] => {
    const former = before.get(after.logicalId);
    const changed = former !== undefined && canonicalJson(former) !== canonicalJson(after);
    return changed ? [change(stack, 'Modify', after, replacement(former, after, typeNamed(after.type)))] : [];
  });
  return [
    ...added.map((resource) => change(stack, 'Add', resource)),
    ...modified,
    ...removed.map((resource) => change(stack, 'Remove', resource)),
  ];
}

function change(
  stack: Stack,
  action: Change['ResourceChange']['Action'],
  { logicalId, type }: PlannedResource,
  replaces?: 'True' | 'False',
): Change {
  return {
    Type: 'Resource',
    ResourceChange: {
      Action: action,
      LogicalResourceId: logicalId,
      PhysicalResourceId: stack.resources.get(logicalId)?.physicalId,
      ResourceType: type,
      Replacement: replaces,
      Scope: action === 'Modify' ? ['Properties'] : [],
      Details: [],
    },
  };
}

function replacement(
  before: PlannedResource,
  after: PlannedResource,
  { createOnly = [] }: ResourceType,
): 'True' | 'False' {
  const replaces = createOnly.some(
    (name) => canonicalJson(before.properties[name]) !== canonicalJson(after.properties[name]),
  );
  return replaces ? 'True' : 'False';
}
