import { ServiceError } from '../wire/service';
import { type Condition, readConditions } from './condition';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly matchesAction: (action: string) => boolean;
  readonly matchesResource: (resourceArn: string) => boolean;
  /** ARNs, account IDs or `*`; empty in an identity policy. */
  readonly principals: readonly string[];
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

interface StatementDocument {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/**
 * Reads a policy document or its JSON.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export function readPolicy(document: unknown): Statement[] {
  const { Statement } = parse(document);
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return statements.map((statement) => readStatement(asObject(statement)));
}

/** Reads an identity policy. Refuses unknown conditions, since a statement must mean here what it means in AWS. */
export function readIdentityPolicy(document: unknown): Statement[] {
  const statements = readPolicy(document);
  const unknown = statements.flatMap(({ conditions }) => conditions).find(({ evaluate }) => evaluate === undefined);
  if (unknown) {
    throw malformed(`The local AWS does not know the condition ${unknown.name} in identity policies.`);
  }
  return statements;
}

function parse(document: unknown): { readonly Statement?: unknown } {
  try {
    return asObject(typeof document === 'string' ? JSON.parse(document) : document);
  } catch {
    throw malformed('Syntax errors in policy.');
  }
}

function readStatement(statement: StatementDocument): Statement {
  const { Effect, Action, NotAction, Resource, NotResource, Principal, Condition } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw malformed('A statement needs the Effect Allow or Deny.');
  }
  if (Action === undefined && NotAction === undefined) {
    throw malformed('Policy statement must contain actions.');
  }
  return {
    effect: Effect,
    // Action names are case-insensitive; ARNs are not.
    matchesAction: matcher(Action, NotAction, 'i'),
    // A key policy may omit the resource, which is the key. An identity policy without one matches everything here.
    matchesResource:
      Resource === undefined && NotResource === undefined ? () => true : matcher(Resource, NotResource, ''),
    principals: readPrincipals(Principal),
    conditions: Object.entries(asObject(Condition ?? {})).flatMap(([operator, keys]) =>
      readConditions(
        operator,
        Object.entries(asObject(keys)).map(([key, values]) => [key, texts(values)]),
      ),
    ),
  };
}

function matcher(positive: unknown, negative: unknown, flags: string): (value: string) => boolean {
  const patterns = texts(positive ?? negative).map((pattern) => wildcard(pattern, flags));
  return (value) => patterns.some((pattern) => pattern.test(value)) === (positive !== undefined);
}

/** `*` stands for any characters, `?` for one. */
function wildcard(pattern: string, flags: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, `s${flags}`);
}

function readPrincipals(principal: unknown): string[] {
  if (typeof principal === 'string') {
    return [principal];
  }
  const { AWS } = asObject(principal ?? {}) as { AWS?: unknown };
  return AWS === undefined ? [] : texts(AWS);
}

/** Policies may write the values `true` and `5` without quotes. */
function texts(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.map((each) => {
    if (typeof each !== 'string' && typeof each !== 'boolean' && typeof each !== 'number') {
      throw malformed(`${JSON.stringify(each)} is not a string.`);
    }
    return String(each);
  });
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) {
    throw malformed('Syntax errors in policy.');
  }
  return value;
}

function malformed(message: string): ServiceError {
  return new ServiceError('MalformedPolicyDocument', message);
}
