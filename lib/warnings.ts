/**
 * Warnings about what is legal but rarely intended. Each has an ID by which it can be acknowledged:
 * `Annotations.of(rotation).acknowledgeWarning(id)`.
 */
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const NAMESPACE = 'cdk-on-demand-key-rotation';

function warn(construct: IConstruct, id: string, sentence: string): void {
  Annotations.of(construct).addWarningV2(`${NAMESPACE}:${id}`, sentence);
}

export const warnOfDisabledKey = (rotation: IConstruct, key: string) => {
  warn(
    rotation,
    'keyDisabled',
    `key ${key} is disabled: KMS rotates it only while it is enabled, so a new token will fail.`,
  );
};

export const warnOfFirstRotation = (rotation: IConstruct, key: string) => {
  warn(
    rotation,
    'rotateOnCreateUnset',
    `key ${key} is declared in this app, and the first deployment of its rotation uses up one of the key's` +
      ' on-demand rotations. Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.',
  );
};

/** Replaces the warnings for the single keys of a fleet. */
export const warnOfFirstRotations = (construct: IConstruct, keys: string, stack: string, fleet: string) => {
  warn(
    construct,
    'rotateOnCreateUnset',
    `${keys} of ${stack} declared in this app: the first deployment of their rotations by ${fleet} uses` +
      ' up one of the on-demand rotations of each. Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.',
  );
};

export const warnOfSeveralTokens = (rotation: IConstruct, token: string, other: string) => {
  warn(
    rotation,
    'severalTokensForKey',
    `the key is rotated with the token "${token}" here and with "${other}" elsewhere in this app: that is two rotations of one key.`,
  );
};

export const warnOfNonAsciiToken = (construct: IConstruct, token: string) => {
  warn(
    construct,
    'nonAsciiToken',
    `rotationToken "${token}" is not ASCII: CloudFormation shows each other character as "?", so cdk diff may show no difference for a new token` +
      ' that rotates.',
  );
};

export const warnOfPoliciesPerRole = (provider: IConstruct, policies: number, quota: number) => {
  warn(
    provider,
    'policiesPerRole',
    `the provider's role gets ${policies} managed policies, and IAM attaches ${quota} by default: raise the quota, or give some of the stacks` +
      ' that use this provider one of their own.',
  );
};

export const warnOfUnmatchedExclusion = (key: IConstruct, fleet: string) => {
  warn(
    key,
    'excludedKeyUnknown',
    `${fleet} excludes this key, but knows none of its keys by this ARN. If the app declares the key, exclude the construct that does.`,
  );
};
