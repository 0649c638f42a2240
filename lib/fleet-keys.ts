/**
 * Which keys of a scope a fleet rotates, and why not the others.
 */
import { CfnResource, Resource, Stage, aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ineligibility } from './key-eligibility';
import { declarationOf, withoutAlias } from './rotatable-key';
import { existingRotation } from './rotated-keys';

/** All constructs of a scope but those of the stages in it, which are synthesized apart from it, and before. */
export function* constructsOf(scope: IConstruct): Generator<IConstruct> {
  yield scope;
  for (const child of scope.node.children) if (!Stage.isStage(child)) yield* constructsOf(child);
}

/** The stages in a scope, and those in them. */
export function stagesIn(scope: IConstruct): Stage[] {
  return scope.node
    .findAll()
    .filter((construct): construct is Stage => construct !== scope && Stage.isStage(construct));
}

export function isKeyDeclaration(construct: IConstruct): construct is kms.CfnKey | kms.CfnReplicaKey {
  return construct instanceof kms.CfnKey || construct instanceof kms.CfnReplicaKey;
}

/** A key that is in the scope by its ARN alone. */
export function isImportedKey(construct: IConstruct): construct is kms.IKey {
  return (
    isKey(construct) &&
    Resource.isResource(construct) &&
    !('aliasName' in construct) &&
    declarationOf(construct) === undefined
  );
}

function isKey(construct: IConstruct): construct is kms.IKey {
  return 'keyArn' in construct;
}

/** What a fleet is told to leave alone: keys, by whatever name, and scopes with all that is in them. */
export class Exclusions {
  private readonly constructs: ReadonlySet<IConstruct>;

  constructor(fleet: IConstruct, exclude: readonly IConstruct[]) {
    this.constructs = new Set(
      exclude.flatMap((construct) => [construct, ...(isKey(construct) ? behind(fleet, construct) : [])]),
    );
  }

  public cover(construct: IConstruct): boolean {
    return construct.node.scopes.some((scope) => this.constructs.has(scope));
  }
}

function behind(fleet: IConstruct, given: kms.IKey): IConstruct[] {
  const key = withoutAlias(fleet, given);
  return [key, declarationOf(key) ?? key];
}

/**
 * Why a fleet does not rotate a key that is declared in its scope, in a sentence; nothing if it does.
 *
 * It is stricter than an `OnDemandKeyRotation`, because one key that cannot be rotated would fail the deployment for all.
 */
export function reasonToSkip(declaration: kms.CfnKey | kms.CfnReplicaKey, exclusions: Exclusions): string | undefined {
  const name = `key ${declaration.node.path}`;
  if (exclusions.cover(declaration)) return `${name} is excluded.`;
  const other = existingRotation(declaration, { arn: '', declaration });
  if (other) return `${name} is rotated by ${other.node.path}.`;
  return ineligibility(declaration)?.sentence ?? reasonToWait(name, declaration);
}

function reasonToWait(name: string, declaration: CfnResource): string | undefined {
  if (!(declaration instanceof kms.CfnKey)) return undefined;
  if (declaration.enabled === false)
    return `${name} is disabled, and KMS rotates enabled keys only. Enable it, and deploy again.`;
  if (declaration.origin === 'EXTERNAL') {
    return (
      `${name} has imported key material, and rotates only to new material that has been imported before. Import it, and declare` +
      ' an OnDemandKeyRotation for this key.'
    );
  }
  const { condition } = declaration.cfnOptions;
  if (condition) {
    return (
      `${name} exists only under the condition ${condition.node.id}, and its rotation would be deployed without it. Rotate it by its ARN` +
      ' (keyArns), from another stack.'
    );
  }
  return undefined;
}
