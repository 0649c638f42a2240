import type { ResourceRecord, Stack } from './stack';

/** What happens to a resource that leaves its stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
export type PolicyAction = 'Delete' | 'Retain';

/** For a resource that an earlier operation created. */
export function policyOfStable({ deletionPolicy }: ResourceRecord): PolicyAction {
  return deletionPolicy === 'Retain' || deletionPolicy === 'RetainExceptOnCreate' ? 'Retain' : 'Delete';
}

/** For a new resource in a rollback. An imported one leaves the stack, but is not deleted. */
export function policyOfNew({ root }: Stack, { deletionPolicy, change }: ResourceRecord): PolicyAction {
  return change === 'import' || (deletionPolicy === 'Retain' && !root.retainExceptOnCreate) ? 'Retain' : 'Delete';
}

export function policyOfReplaced({ updateReplacePolicy }: ResourceRecord): PolicyAction {
  return updateReplacePolicy === 'Retain' ? 'Retain' : 'Delete';
}
