/**
 * Which constructs declare a KMS key in the template, and which of them an ARN refers to.
 */
import { CfnResource, Reference, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type RenderedResource, renderedResource } from './rendered-resource';

export const KEY_TYPE = 'AWS::KMS::Key';
export const REPLICA_TYPE = 'AWS::KMS::ReplicaKey';

const PROPERTIES = ['KeySpec', 'KeyUsage', 'Origin', 'Enabled', 'PrimaryKeyArn'];

/** Whether a construct declares a key in the template. An override can change the type, in either direction. */
export function isKeyDeclaration(construct: IConstruct): construct is CfnResource {
  if (!CfnResource.isCfnResource(construct)) return false;
  const { rawOverrides } = construct as unknown as { readonly rawOverrides?: { readonly Type?: unknown } };
  const type = rawOverrides?.Type === undefined ? construct.cfnResourceType : renderedResource(construct, [])?.type;
  return type === KEY_TYPE || type === REPLICA_TYPE;
}

/** The key as the template will declare it; undefined if this construct does not declare a key. */
export function renderedKey(declaration: CfnResource): RenderedResource | undefined {
  return isKeyDeclaration(declaration) ? renderedResource(declaration, PROPERTIES) : undefined;
}

/**
 * The resource that declares the key of an ARN: the ARN of a `Key` or of `Key.fromCfnKey`, the ARN attribute of an L1, or an ARN that
 * was built from the key's ID.
 */
export function declarationOf(keyArn: string): CfnResource | undefined {
  const target = referenceIn(keyArn.slice(keyArn.lastIndexOf('/') + 1))?.target;
  return target && isKeyDeclaration(target) ? target : undefined;
}

/** Whether this is the ID of a declared key instead of its ARN. */
export function isKeyId(keyArn: string): boolean {
  const reference = referenceIn(keyArn);
  return reference?.displayName === 'Ref' && isKeyDeclaration(reference.target);
}

function referenceIn(text: string): Reference | undefined {
  const token = Tokenization.reverse(text, { failConcat: false });
  return Reference.isReference(token) ? token : undefined;
}
