/**
 * Checks of a rotation at the end of synthesis, after all Aspects, when references are resolved.
 */
import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { renderedKey } from './key-declaration';
import { isDisabled } from './key-eligibility';
import type { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { type RotatableKey, declarationFault } from './rotatable-key';
import { firstKnownToken } from './rotated-keys';
import { dynamicReferenceFault } from './rotation-props';
import { tokenProblem } from './rotation-token';
import type { Sentence } from './sentence';
import { shown } from './shown-value';
import { keyNotFound, rotationTokenInvalid } from './synth-failures';
import { sentenceAbout } from './validation-error';
import { warnOfDisabledKey, warnOfFirstRotation, warnOfNonAsciiToken, warnOfSeveralTokens } from './warnings';

export interface CheckedRotation {
  readonly key: RotatableKey;
  readonly provider: OnDemandKeyRotationProvider;
  readonly token: string;
  /** Undefined if the user has not set it. */
  readonly rotateOnCreate: boolean | undefined;
}

export function checkAtSynthesis(rotation: Construct, checked: CheckedRotation): void {
  rotation.node.addValidation({
    validate: () => {
      warn(rotation, checked);
      if (checked.key.isLookupDummy) reportLookupDummy(rotation, checked.key.arn);
      return faults(rotation, checked).map((fault) => sentenceAbout(rotation, fault));
    },
  });
}

function faults(rotation: Construct, { key, provider, token }: CheckedRotation): Sentence[] {
  const ofKey = key.declaration && declarationFault(rotation, key.declaration);
  const ofToken = Token.isUnresolved(token) ? resolvedTokenFault(rotation, token) : undefined;
  return [ofKey, ofToken, provider._faultFor(rotation)].filter((fault) => fault !== undefined);
}

/** By now, lazy tokens are known, and dynamic references are recognizable. */
function resolvedTokenFault(rotation: Construct, token: string): Sentence | undefined {
  const resolved: unknown = Stack.of(rotation).resolve(token);
  const problem = typeof resolved === 'string' ? tokenProblem(resolved) : undefined;
  return problem === undefined
    ? dynamicReferenceFault(texts(resolved).join(''))
    : rotationTokenInvalid(`${shown(resolved)} ${problem}`);
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/**
 * An error annotation instead of a failure of synthesis: the CLI looks the key up, and synthesizes again, only after a synthesis that
 * succeeds.
 */
function reportLookupDummy(rotation: Construct, arn: string): void {
  Annotations.of(rotation).addError(sentenceAbout(rotation, keyNotFound(arn)));
}

function warn(rotation: Construct, { key, token, rotateOnCreate }: CheckedRotation): void {
  const { declaration } = key;
  const rendered = declaration && renderedKey(declaration);
  if (declaration && rendered && isDisabled(rendered)) warnOfDisabledKey(rotation, declaration.node.path);
  if (declaration && rotateOnCreate === undefined) warnOfFirstRotation(rotation, declaration.node.path);

  // Tokens that are known only at deployment may be equal.
  if (Token.isUnresolved(token)) return;
  const first = firstKnownToken(rotation, key) ?? token;
  if (first !== token) warnOfSeveralTokens(rotation, token, first);
  if (/[^\x20-\x7e]/.test(token)) warnOfNonAsciiToken(rotation, token);
}
