/**
 * The keys in the scope of a fleet, and why some are not rotated.
 */
import { type CfnResource, Resource, type aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { declarationOf, renderedKey } from './key-declaration';
import { ineligibility, isDisabled, isForImportedMaterial } from './key-eligibility';

/** Whether this is an L2 key or an alias, declared or imported. Keys of other services have no `addAlias`. */
export function isNamedKey(construct: IConstruct): construct is kms.IKey {
  return 'keyArn' in construct && 'addAlias' in construct;
}

/** Whether this is an imported key. */
export function isImportedKey(construct: IConstruct): construct is kms.IKey {
  return (
    isNamedKey(construct) &&
    Resource.isResource(construct) &&
    (construct as Partial<kms.IAlias>).aliasName !== construct.keyId &&
    declarationOf(construct.keyArn) === undefined
  );
}

/**
 * Why a fleet skips a key that is declared in its scope, in a sentence; undefined if it does not.
 *
 * A fleet is stricter than an `OnDemandKeyRotation`, because one key that cannot be rotated would fail the deployment for all.
 */
export function reasonToSkip(declaration: CfnResource): string | undefined {
  const { path } = declaration.node;
  const key = renderedKey(declaration);
  if (!key) return undefined;
  const reason = ineligibility(path, key);
  if (reason) return [reason.what, reason.then].join(' ');

  const name = `key ${path}`;
  if (isDisabled(key)) return `${name} is disabled, and KMS rotates enabled keys only. Enable it, and deploy again.`;
  if (isForImportedMaterial(key)) {
    return (
      `${name} has imported key material, and rotates only to new material that has been imported before. Import it, and declare` +
      ' an OnDemandKeyRotation for this key.'
    );
  }
  return undefined;
}
