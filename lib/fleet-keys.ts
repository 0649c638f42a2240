/**
 * Which keys there are in the scope of a fleet, and why some are not rotated.
 */
import { type CfnResource, Resource, type aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { declarationOf, renderedKey } from './key-declaration';
import { ineligibility, isDisabled, isForImportedMaterial } from './key-eligibility';

/** An L2 key or an alias, of the app or imported. Other services' keys take no aliases. */
export function isNamedKey(construct: IConstruct): construct is kms.IKey {
  return 'keyArn' in construct && 'addAlias' in construct;
}

/** A key that is in the scope by its ARN alone. */
export function isImportedKey(construct: IConstruct): construct is kms.IKey {
  return (
    isNamedKey(construct) &&
    Resource.isResource(construct) &&
    (construct as Partial<kms.IAlias>).aliasName !== construct.keyId &&
    declarationOf(construct.keyArn) === undefined
  );
}

/**
 * Why a fleet does not rotate a key that is declared in its scope, in a sentence; undefined if it does.
 *
 * It is stricter than an `OnDemandKeyRotation`, because one key that cannot be rotated would fail the deployment for all.
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
