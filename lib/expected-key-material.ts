/**
 * Checks `expectedKeyMaterialId`.
 */
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderedKey } from './key-declaration';
import type { RotatableKey } from './rotatable-key';
import { shown } from './shown-value';
import { expectedKeyMaterialIdInvalid, expectedKeyMaterialIdOfOwn } from './synth-failures';
import { refuse } from './validation-error';

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html */
const KEY_MATERIAL_ID = /^[a-f0-9]{64}$/;

export function expectedKeyMaterialId(
  scope: IConstruct,
  { declaration }: RotatableKey,
  id: string | undefined,
): string | undefined {
  if (id === undefined) return undefined;
  if (declaration) {
    const { Origin: origin = 'AWS_KMS' } = renderedKey(declaration)?.properties ?? {};
    if (typeof origin === 'string' && origin !== 'EXTERNAL')
      refuse(scope, expectedKeyMaterialIdOfOwn(declaration.node.path, origin));
  }
  if (!Token.isUnresolved(id) && !(typeof id === 'string' && KEY_MATERIAL_ID.test(id)))
    refuse(scope, expectedKeyMaterialIdInvalid(shown(id)));
  return id;
}
