/**
 * Recognizes a key by any of its names.
 */
import { Arn, ArnFormat, type CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isKeyDeclaration } from './key-declaration';
import { constructsOf } from './stages';

export type KeyIdentity = CfnResource | string;

export interface IdentifiableKey {
  readonly arn: string;
  readonly declaration?: CfnResource;
}

/**
 * To be called at synthesis, not before: it may resolve the ARN.
 *
 * @param scope a construct of the stack in which the ARN is used.
 */
export function identityOf(scope: IConstruct, { arn, declaration }: IdentifiableKey): KeyIdentity {
  if (declaration) return declaration;
  const literal = literalId(arn);
  if (literal !== undefined) return literal;

  const stack = Stack.of(scope);
  const resolved: unknown = stack.resolve(arn);
  return declaredAs(stack, resolved) ?? `${stack.node.addr}:${JSON.stringify(resolved)}`;
}

/**
 * The key ID, if the ARN has it literally. Related multi-Region keys share their ID, so it is combined with the Region.
 * https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
function literalId(arn: string): string | undefined {
  if (!arn.startsWith('arn:')) return undefined;
  const { region = '', resourceName = '' } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  if (resourceName === '' || Token.isUnresolved(resourceName)) return undefined;
  return resourceName.startsWith('mrk-') ? `${region}/${resourceName}` : resourceName;
}

/** The key of `Fn.getAtt('LogicalId', 'Arn')`, which does not refer to a construct. */
function declaredAs(stack: Stack, resolved: unknown): CfnResource | undefined {
  const [logicalId, attribute] = (resolved as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt'] ?? [];
  if (logicalId === undefined || attribute !== 'Arn') return undefined;
  return [...constructsOf(stack)]
    .filter(isKeyDeclaration)
    .find((key) => Stack.of(key) === stack && stack.resolve(key.logicalId) === logicalId);
}
