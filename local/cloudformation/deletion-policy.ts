import type { ResourceRecord, Stack } from './stack';

/** What becomes of a resource that is no longer wanted. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
export type Disposal = 'Delete' | 'Retain';

/** Of one that the stack has had. */
export function policyOfStable({ deletionPolicy }: ResourceRecord): Disposal {
  return deletionPolicy === 'Retain' || deletionPolicy === 'RetainExceptOnCreate' ? 'Retain' : 'Delete';
}

/** Of one that is new, in a rollback. What was imported only ceases to be the stack's. */
export function policyOfNew({ root }: Stack, { deletionPolicy, change }: ResourceRecord): Disposal {
  return change === 'import' || (deletionPolicy === 'Retain' && !root.retainExceptOnCreate) ? 'Retain' : 'Delete';
}

/** Of one that was replaced. */
export function policyOfReplaced({ updateReplacePolicy }: ResourceRecord): Disposal {
  return updateReplacePolicy === 'Retain' ? 'Retain' : 'Delete';
}
