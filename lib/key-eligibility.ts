/**
 * Which keys are eligible, as far as the template shows. The handler asks KMS for the rest before it rotates.
 */
import { REPLICA_TYPE } from './key-declaration';
import type { RenderedResource } from './rendered-resource';
import type { Sentence } from './sentence';
import { customKeyStore, keySpec, keyUsage, replicaKey } from './synth-failures';

/**
 * Why KMS would refuse to rotate this key on demand; undefined if nothing in the template speaks against it.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export function ineligibility(path: string, { type, properties }: RenderedResource): Sentence | undefined {
  const { KeySpec: spec, KeyUsage: usage, Origin: origin, PrimaryKeyArn: primary } = properties;
  if (type === REPLICA_TYPE)
    return replicaKey(path, typeof primary === 'string' ? `its primary key, ${primary}` : 'its primary key');
  if (isOtherThan(spec, ['SYMMETRIC_DEFAULT'])) return keySpec(path, spec);
  if (isOtherThan(usage, ['ENCRYPT_DECRYPT'])) return keyUsage(path, usage);
  if (isOtherThan(origin, ['AWS_KMS', 'EXTERNAL'])) return customKeyStore(path, origin);
  return undefined;
}

/** Non-strings are unresolved until deployment. */
function isOtherThan(value: unknown, allowed: readonly string[]): value is string {
  return typeof value === 'string' && !allowed.includes(value);
}

/** Whether the template declares the key disabled. */
export function isDisabled({ properties }: RenderedResource): boolean {
  return String(properties.Enabled) === 'false';
}

/** Whether the template declares the key for imported key material. */
export function isForImportedMaterial({ properties }: RenderedResource): boolean {
  return properties.Origin === 'EXTERNAL';
}
