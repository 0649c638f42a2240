/**
 * What is legal and yet seldom meant. Each warning has an ID by which it can be acknowledged:
 * `Annotations.of(rotation).acknowledgeWarning(id)`.
 */
import { Annotations, Token, aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RotatableKey } from './rotatable-key';
import { noteRotation } from './rotated-keys';

export const NAMESPACE = 'cdk-on-demand-key-rotation';

export function warnOfUnlikelyIntent(
  rotation: IConstruct,
  key: RotatableKey,
  token: string,
  rotateOnCreate?: boolean,
): void {
  const annotations = Annotations.of(rotation);
  const { declaration } = key;

  if (declaration instanceof kms.CfnKey && declaration.enabled === false) {
    annotations.addWarningV2(
      `${NAMESPACE}:keyDisabled`,
      `key ${declaration.node.path} is disabled: KMS rotates it only while it is enabled, so a new token will fail.`,
    );
  }
  if (declaration && rotateOnCreate === undefined) {
    annotations.addWarningV2(
      `${NAMESPACE}:rotateOnCreateUnset`,
      `key ${declaration.node.path} is declared in this app, and the first deployment of its rotation uses up one of the key's` +
        ' on-demand rotations. Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.',
    );
  }
  const first = noteRotation({ rotation, token }, key).token;
  // Two tokens that are known only at deployment may turn out to be the same.
  if (first !== token && !Token.isUnresolved(first) && !Token.isUnresolved(token)) {
    annotations.addWarningV2(
      `${NAMESPACE}:severalTokensForKey`,
      `the key is rotated with the token "${token}" here and with "${first}" elsewhere in this app: that is two rotations of one key.`,
    );
  }
}
