/**
 * What a user may write: checks the plain values of a rotation's props, and fills in their defaults.
 */
import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { COMPLETION_TIMEOUT, DEFAULT_RESERVED_ROTATIONS, MAX_TOKEN_LENGTH, ROTATIONS_PER_KEY } from './protocol';
import { refuse } from './validation-error';

/**
 * The token as it was given. One that is unresolved at synth is checked by the handler.
 *
 * Takes any value, because JavaScript and `process.env` hand over what no type has checked.
 */
export function rotationToken(scope: IConstruct, token: unknown): string {
  const allowed = `allowed is a text of 1 to ${MAX_TOKEN_LENGTH} characters (UTF-16 code units)`;
  if (typeof token !== 'string') {
    refuse(
      scope,
      'RotationToken',
      `rotationToken is ${token === undefined ? 'missing' : JSON.stringify(token)}; ${allowed}.`,
    );
  }
  if (Token.isUnresolved(token)) return token;
  if (token === '') refuse(scope, 'RotationToken', `rotationToken is empty; ${allowed}.`);
  if (token.length > MAX_TOKEN_LENGTH) {
    refuse(
      scope,
      'RotationToken',
      `rotationToken has ${token.length} characters ("${token.slice(0, 32)}…"); ${allowed}.`,
    );
  }
  // "a" and "a\n" would be two tokens, hence two rotations, and nobody could see why.
  if (token !== token.trim()) {
    refuse(
      scope,
      'RotationToken',
      `rotationToken ${JSON.stringify(token)} begins or ends with white space; ${allowed} without it.`,
    );
  }
  return token;
}

/** In seconds. */
export function completionTimeout(scope: IConstruct, timeout?: Duration): number {
  if (timeout === undefined) return COMPLETION_TIMEOUT.default;
  const allowed = `allowed is ${COMPLETION_TIMEOUT.min / 60} to ${COMPLETION_TIMEOUT.max / 60} minutes in whole seconds`;
  if (timeout.isUnresolved()) {
    refuse(scope, 'CompletionTimeout', `completionTimeout is not known at synth; ${allowed}, as a literal duration.`);
  }
  const seconds = timeout.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < COMPLETION_TIMEOUT.min || seconds > COMPLETION_TIMEOUT.max) {
    refuse(scope, 'CompletionTimeout', `completionTimeout is ${seconds} seconds; ${allowed}.`);
  }
  return seconds;
}

export function reservedRotations(scope: IConstruct, reserve: number = DEFAULT_RESERVED_ROTATIONS): number {
  const allowed = `allowed is a whole number from 0 to ${ROTATIONS_PER_KEY}`;
  if (Token.isUnresolved(reserve))
    refuse(scope, 'ReservedRotations', `reservedRotations is not known at synth; ${allowed}, as a literal.`);
  if (!Number.isInteger(reserve) || reserve < 0 || reserve > ROTATIONS_PER_KEY) {
    refuse(scope, 'ReservedRotations', `reservedRotations is ${reserve}; ${allowed}.`);
  }
  return reserve;
}
