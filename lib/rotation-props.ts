/**
 * Checks the plain values of a rotation's props, and fills in their defaults.
 *
 * Each check accepts any value, because no compiler has checked what comes from JavaScript, jsii or `process.env`.
 */
import { Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { COMPLETION_TIMEOUT, DEFAULT_RESERVED_ROTATIONS, ROTATIONS_PER_KEY } from './protocol';
import { tokenProblem } from './rotation-token';
import { shown } from './shown-value';
import { otherStage, referenceToOtherStage } from './stages';
import {
  completionTimeoutInvalid,
  completionTimeoutRange,
  reservedRotationsInvalid,
  rotateOnCreateInvalid,
  rotationTokenInvalid,
  rotationTokenOfOtherStage,
  rotationTokenSecret,
  rotationTokenUnversioned,
} from './synth-failures';
import type { Sentence } from './sentence';
import { refuse } from './validation-error';

/** Returns the token unchanged. The handler checks a token that is unresolved at synth. */
export function rotationToken(scope: IConstruct, token: unknown): string {
  if (typeof token !== 'string')
    refuse(scope, rotationTokenInvalid(token === undefined ? 'is missing' : `is ${shown(token)}`));
  const foreign = referenceToOtherStage(token, scope);
  if (foreign) refuse(scope, rotationTokenOfOtherStage(foreign.node.path, otherStage(foreign, scope) ?? ''));
  if (Token.isUnresolved(token)) return token;
  const problem = tokenProblem(token);
  if (problem !== undefined) refuse(scope, rotationTokenInvalid(`${shown(token)} ${problem}`));
  const reference = dynamicReferenceFault(token);
  if (reference) refuse(scope, reference);
  return token;
}

/**
 * What is wrong with a token that is a dynamic reference.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function dynamicReferenceFault(token: string): Sentence | undefined {
  const [reference, service, version] =
    /\{\{resolve:(secretsmanager|ssm-secure|ssm):[^:}]*:?([^}]*)\}\}/.exec(token) ?? [];
  if (reference === undefined) return undefined;
  if (service !== 'ssm') return rotationTokenSecret(reference);
  return version === '' ? rotationTokenUnversioned(reference) : undefined;
}

export function rotateOnCreate(scope: IConstruct, given: unknown): boolean {
  if (given === undefined || given === true || given === false) return given ?? true;
  refuse(scope, rotateOnCreateInvalid(shown(given)));
}

/** In seconds. */
export function completionTimeout(scope: IConstruct, given: unknown): number {
  if (given === undefined) return COMPLETION_TIMEOUT.default;
  if (!isDuration(given)) refuse(scope, completionTimeoutInvalid(shown(given)));
  if (given.isUnresolved()) refuse(scope, completionTimeoutInvalid('not known at synth'));
  const seconds = given.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < COMPLETION_TIMEOUT.min || seconds > COMPLETION_TIMEOUT.max)
    refuse(scope, completionTimeoutRange(seconds));
  return seconds;
}

/** Of any copy of aws-cdk-lib. */
function isDuration(value: unknown): value is Duration {
  return value instanceof Duration || (typeof value === 'object' && value !== null && 'toSeconds' in value);
}

export function reservedRotations(scope: IConstruct, given: unknown): number {
  if (given === undefined) return DEFAULT_RESERVED_ROTATIONS;
  if (isWholeNumber(given) && given >= 0 && given <= ROTATIONS_PER_KEY) return given;
  refuse(scope, reservedRotationsInvalid(shown(given)));
}

export function isWholeNumber(value: unknown): value is number {
  return Number.isInteger(value) && !Token.isUnresolved(value);
}
