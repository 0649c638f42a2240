/**
 * Reads a synthesized template as CloudFormation and IAM do: which resource waits for which, and how long a policy is.
 */
import type { Template } from 'aws-cdk-lib/assertions';

export type Json = Record<string, unknown>;

/** What the first rotation adds to a stack, sorted. */
export const TYPES_OF_A_ROTATION = [
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'Custom::OnDemandKeyRotation',
];

export function resources(template: Template, type?: string): Json[] {
  const all = Object.values(resourcesOf(template.toJSON()));
  return type === undefined ? all : all.filter((resource) => resource.Type === type);
}

export function policies(template: Template): Json[] {
  return [...resources(template, 'AWS::IAM::ManagedPolicy'), ...resources(template, 'AWS::IAM::Policy')];
}

export function statements(policy: Json | undefined): Json[] {
  return documentOf(policy).Statement as Json[];
}

/** How many characters IAM counts, with the longest values that the references of these policies can have. */
export function policySize(policy: Json): number {
  const longest = {
    'AWS::Partition': 'aws-us-gov',
    'AWS::Region': 'us-gov-west-1',
    'AWS::AccountId': '111122223333',
    Arn: `arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:${'x'.repeat(200)}:*`,
  };
  return JSON.stringify(resolveReferences(documentOf(policy), longest)).length;
}

/** How the CDK renders a string with references. */
export function joined(...parts: unknown[]): unknown {
  const merged = parts.reduce<unknown[]>((done, part) => {
    const last = done.at(-1);
    return typeof part === 'string' && typeof last === 'string' ? [...done.slice(0, -1), last + part] : [...done, part];
  }, []);
  return { 'Fn::Join': ['', merged] };
}

/** The types of all resources that are deployed before this one, one entry per resource. */
export function prerequisitesOf(template: Json, logicalId: string): string[] {
  const all = resourcesOf(template);
  const seen = new Set<string>();
  const visit = (id: string): void => {
    for (const next of directPrerequisites(all, id)) {
      if (!seen.has(next)) {
        seen.add(next);
        visit(next);
      }
    }
  };
  visit(logicalId);
  return [...seen].map((id) => String(all[id]?.Type)).sort();
}

/** A resource in a dependency cycle, which CloudFormation detects only at deployment. */
export function cycleIn(template: Json): string | undefined {
  const all = resourcesOf(template);
  const waitsForItself = (id: string): boolean => {
    const seen = new Set<string>();
    const queue = directPrerequisites(all, id);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === id) return true;
      if (!seen.has(next)) queue.push(...directPrerequisites(all, next));
      seen.add(next);
    }
    return false;
  };
  return Object.keys(all).find(waitsForItself);
}

/** Resolves each `Ref`, `Fn::GetAtt` and `Fn::Join`, by the name of the parameter or attribute. */
function resolveReferences(value: unknown, values: Record<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, values));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Json;
  if (typeof Ref === 'string') return values[Ref];
  if (Array.isArray(attribute)) return values[String(attribute[1])];
  if (Array.isArray(join)) return (resolveReferences(join[1], values) as string[]).join('');
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolveReferences(item, values)]));
}

function documentOf(policy: Json | undefined): Json {
  return (policy as { Properties: { PolicyDocument: Json } }).Properties.PolicyDocument;
}

function resourcesOf(template: Json): Record<string, Json> {
  return template.Resources as Record<string, Json>;
}

function directPrerequisites(all: Record<string, Json>, id: string): string[] {
  const { DependsOn = [], Properties } = all[id] ?? {};
  const explicit = typeof DependsOn === 'string' ? [DependsOn] : (DependsOn as string[]);
  return [...explicit, ...references(Properties)].filter((reference) => reference in all);
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute } = value as Json;
  if (typeof Ref === 'string') return [Ref];
  if (Array.isArray(attribute)) return [String(attribute[0])];
  return Object.values(value).flatMap(references);
}
