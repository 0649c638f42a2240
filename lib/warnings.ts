/**
 * What is legal and yet seldom meant. Each warning has an ID by which it can be acknowledged:
 * `Annotations.of(rotation).acknowledgeWarning(id)`.
 */
import { Annotations, type CfnResource, Token, aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RotatableKey } from './rotatable-key';

const NAMESPACE = 'cdk-on-demand-key-rotation';

export function warnOfUnlikelyIntent(rotation: IConstruct, key: RotatableKey, token: string, rotateOnCreate?: boolean): void {
  const annotations = Annotations.of(rotation);
  const { declaration } = key;

  if (declaration instanceof kms.CfnKey && declaration.enabled === false) {
    annotations.addWarningV2(`${NAMESPACE}:keyDisabled`,
      `key ${declaration.node.path} is disabled: KMS rotates it only while it is enabled, so a new token will fail.`);
  }
  if (declaration && rotateOnCreate === undefined) {
    annotations.addWarningV2(`${NAMESPACE}:rotateOnCreateNotSaid`,
      `key ${declaration.node.path} is declared in this app, and the first deployment of its rotation uses up one of the key's`
      + ' on-demand rotations. Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.');
  }
  const other = tokenAlsoGivenFor(rotation, key, token);
  if (other !== undefined) {
    annotations.addWarningV2(`${NAMESPACE}:severalTokensForKey`,
      `the key is rotated with the token "${token}" here and with "${other}" elsewhere in this app: that is two rotations of one key.`);
  }
}

/** The first token of each key, app by app. */
const tokens = new WeakMap<IConstruct, Map<CfnResource | string, string>>();

function tokenAlsoGivenFor(rotation: IConstruct, key: RotatableKey, token: string): string | undefined {
  // Two tokens that are known only at deployment may turn out to be the same.
  if (Token.isUnresolved(token)) return undefined;
  const { root } = rotation.node;
  const ofApp = tokens.get(root) ?? new Map<CfnResource | string, string>();
  tokens.set(root, ofApp);

  // An L2 and its L1 have ARN tokens of their own.
  const identity = key.declaration ?? key.arn;
  const first = ofApp.get(identity) ?? token;
  ofApp.set(identity, first);
  return first === token ? undefined : first;
}
