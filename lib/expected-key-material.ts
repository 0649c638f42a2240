/**
 * What a user may write: checks the material that a key with imported material is to be rotated to.
 */
import { Token, aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RotatableKey } from './rotatable-key';
import { refuse } from './validation-error';

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html */
const KEY_MATERIAL_ID = /^[a-f0-9]{64}$/;

export function expectedKeyMaterialId(
  scope: IConstruct,
  { declaration }: RotatableKey,
  id: string | undefined,
): string | undefined {
  if (id === undefined) return undefined;
  if (declaration instanceof kms.CfnKey) {
    const { origin = 'AWS_KMS' } = declaration;
    if (!Token.isUnresolved(origin) && origin !== 'EXTERNAL') {
      refuse(
        scope,
        'ExpectedKeyMaterialId',
        `expectedKeyMaterialId is given, but key ${declaration.node.path} has the origin ${origin}; allowed is a key with imported material` +
          ' (EXTERNAL), because KMS makes the material of any other by itself.',
      );
    }
  }
  if (!Token.isUnresolved(id) && !(typeof id === 'string' && KEY_MATERIAL_ID.test(id))) {
    refuse(
      scope,
      'ExpectedKeyMaterialId',
      `expectedKeyMaterialId is ${JSON.stringify(id)}; allowed are 64 hexadecimal digits in lower case, as ImportKeyMaterial returns them.`,
    );
  }
  return id;
}
