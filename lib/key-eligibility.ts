/**
 * Which keys are eligible, as far as the template tells. What only KMS can tell, the handler asks before it rotates.
 */
import { type CfnResource, Token, aws_kms as kms } from 'aws-cdk-lib';

export interface Ineligibility {
  readonly code: string;
  readonly sentence: string;
}

/**
 * Why KMS would refuse to rotate this key on demand, in a sentence that names the way out; nothing if it might not.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export function ineligibility(declaration: CfnResource): Ineligibility | undefined {
  const name = `key ${declaration.node.path}`;
  if (declaration instanceof kms.CfnReplicaKey)
    return { code: 'ReplicaKey', sentence: replica(name, declaration.primaryKeyArn) };
  if (!(declaration instanceof kms.CfnKey)) return undefined;

  const { keySpec, keyUsage, origin } = declaration;
  if (isOtherThan(keySpec, ['SYMMETRIC_DEFAULT'])) {
    return {
      code: 'KeySpec',
      sentence: `${name} has the key spec ${keySpec}; allowed is SYMMETRIC_DEFAULT, ${ONLY_SYMMETRIC} ${BY_HAND}`,
    };
  }
  if (isOtherThan(keyUsage, ['ENCRYPT_DECRYPT'])) {
    return {
      code: 'KeyUsage',
      sentence: `${name} has the key usage ${keyUsage}; allowed is ENCRYPT_DECRYPT, ${ONLY_SYMMETRIC} ${BY_HAND}`,
    };
  }
  if (isOtherThan(origin, ['AWS_KMS', 'EXTERNAL'])) {
    return {
      code: 'CustomKeyStore',
      sentence: `${name} has the origin ${origin}; allowed are AWS_KMS and EXTERNAL, because KMS rotates no key of a custom key store. ${BY_HAND}`,
    };
  }
  return undefined;
}

const ONLY_SYMMETRIC = 'because KMS rotates symmetric encryption keys only.';

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys-manually.html */
const BY_HAND = 'Make a new key and point the alias at it instead.';

function replica(name: string, primaryKeyArn: string): string {
  const primary = Token.isUnresolved(primaryKeyArn) ? 'its primary key' : `its primary key, ${primaryKeyArn}`;
  return `${name} is a replica of a multi-Region key; allowed is the primary. Rotate ${primary}: the replicas follow.`;
}

function isOtherThan(value: string | undefined, allowed: readonly string[]): value is string {
  return value !== undefined && !Token.isUnresolved(value) && !allowed.includes(value);
}
