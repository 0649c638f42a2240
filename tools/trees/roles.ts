/**
 * The policies of each role, wherever they are rendered.
 */
import { step } from './order';
import type { Deployment } from './rendered';
import { type Json, asObject } from './template';
import type { Values } from './values';

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export interface Policy {
  readonly at: string;
  readonly stack: string;
  readonly managed: boolean;
  readonly name: string;
  /** In characters, as IAM counts. */
  readonly size: number;
  readonly statements: readonly Statement[];
  readonly roles: readonly string[];
}

export function policiesOf(deployment: Deployment, values: Values): Policy[] {
  return [...deployment.decided].flatMap(([stack, { resources }]) =>
    [...resources].flatMap(([id, { type, properties }]) => {
      if (type === 'AWS::IAM::Role') return inlinePoliciesOfRole(values, stack, id, properties);
      if (type !== 'AWS::IAM::Policy' && type !== 'AWS::IAM::ManagedPolicy') return [];
      const roles = values.texts(stack, properties.Roles).map(roleName);
      return [policyOf(values, stack, id, properties, { managed: type === 'AWS::IAM::ManagedPolicy', roles })];
    }),
  );
}

function inlinePoliciesOfRole(values: Values, stack: string, id: string, properties: Json): Policy[] {
  const policies = Array.isArray(properties.Policies) ? properties.Policies.map(asObject) : [];
  const roles = [roleName(`<${step(stack, id)}>`)];
  return policies.map((policy) => policyOf(values, stack, id, policy, { managed: false, roles }));
}

function policyOf(
  values: Values,
  stack: string,
  id: string,
  { PolicyName, PolicyDocument }: Json,
  kind: Pick<Policy, 'managed' | 'roles'>,
): Policy {
  const { Statement: statements } = asObject(PolicyDocument);
  return {
    ...kind,
    at: step(stack, id),
    stack,
    name: values.text(stack, PolicyName),
    size: longest(values, stack, PolicyDocument),
    statements: (Array.isArray(statements) ? statements : [statements]).map((one) => {
      const { Effect, Action, Resource } = asObject(one);
      return { effect: String(Effect), actions: values.texts(stack, Action), resources: values.texts(stack, Resource) };
    }),
  };
}

/** One name for a role, whether it is referred to by name, ARN or attribute. */
export function roleName(text: string): string {
  return text.replace(/^<(.*)\.Arn>$/, '<$1>').replace(/^arn:[^/]*:role\/(?:.*\/)?/, '');
}

/** The policies that allow exactly this action on a resource, which they may match by wildcards. */
export function allowing(policies: readonly Policy[], action: string, resource: string): Policy[] {
  return policies.filter(({ statements }) =>
    statements.some(
      ({ effect, actions, resources }) =>
        effect === 'Allow' && actions.includes(action) && resources.some((pattern) => matches(pattern, resource)),
    ),
  );
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

/** The size of a policy with the longest values that its references can have. */
function longest(values: Values, stack: string, document: unknown): number {
  const inFull = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inFull);
    if (typeof value !== 'object' || value === null) return value;
    const isReference = ['Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::ImportValue'].some((name) => name in value);
    if (isReference) return atFullLength(values.text(stack, value));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inFull(item)]));
  };
  return JSON.stringify(inFull(document)).length;
}

const LONGEST_KEY_ARN = 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef12345678990ab';
const LONGEST_LOG_GROUP_ARN = `arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:${'x'.repeat(200)}:*`;

function atFullLength(text: string): string {
  return text
    .replaceAll('<AWS::Region>', 'us-gov-west-1')
    .replaceAll('<AWS::AccountId>', '111122223333')
    .replaceAll(/<[^<>]*LogGroup[^<>]*>/g, LONGEST_LOG_GROUP_ARN)
    .replaceAll(/<[^<>]*>/g, LONGEST_KEY_ARN);
}
