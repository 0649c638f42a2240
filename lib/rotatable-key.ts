/**
 * Finds the key behind L1s and aliases, and refuses whatever cannot be a key of this account.
 */
import { type CfnResource, Stack, Token, aws_kms as kms } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { conditionalStack } from './conditional-stack';
import { declarationOf, isKeyDeclaration, isKeyId, renderedKey } from './key-declaration';
import { ineligibility } from './key-eligibility';
import type { Sentence } from './sentence';
import { isConstruct, shown } from './shown-value';
import { otherStage } from './stages';
import {
  conditionalKey,
  keyAlias,
  keyArnInvalid,
  keyIdForArn,
  keyInConditionalStack,
  keyInvalid,
  keyOfOtherAccount,
  keyOfOtherStage,
  keyText,
  keyUndefined,
} from './synth-failures';
import { refuse } from './validation-error';

/** A key that passed all checks at synth. */
export interface RotatableKey {
  /** Neither an L1 nor an alias. */
  readonly key: kms.IKey;
  readonly arn: string;
  /** Unresolved if it is known only at deployment. */
  readonly region: string;
  /** The key's own resource, if it is declared in this app. */
  readonly declaration?: CfnResource;
  /** Whether this is what `Key.fromLookup` returns for a key that it has not found, or not looked for yet. */
  readonly isLookupDummy: boolean;
}

/** The key behind a given construct. */
export interface GivenKey {
  readonly arn: string;
  readonly construct: IConstruct;
}

export function rotatableKey(scope: Construct, given: unknown): RotatableKey {
  const { arn, construct } = givenKey(scope, given);
  checkArn(scope, arn);

  const declaration = declarationOf(arn);
  const { account, region } = declaration ? Stack.of(declaration) : environmentOf(construct);
  checkAccount(scope, Token.isUnresolved(arn) ? construct.node.path : arn, account);
  const stage = declaration && otherStage(declaration, scope);
  if (declaration && stage !== undefined) refuse(scope, keyOfOtherStage(declaration.node.path, stage));
  const fault = declaration && declarationFault(scope, declaration);
  if (fault) refuse(scope, fault);
  const key = isKey(construct) ? construct : kms.Key.fromKeyArn(scope, 'Key', arn);
  return { key, arn, region, declaration, isLookupDummy: arn.endsWith(`:key/${kms.Key.DEFAULT_DUMMY_KEY_ID}`) };
}

/**
 * Why the template rules out rotating a key from this construct's stack. Checked again at the end of synthesis, because an override may
 * be added later.
 */
export function declarationFault(rotation: IConstruct, declaration: CfnResource): Sentence | undefined {
  const key = renderedKey(declaration);
  if (!key) return undefined;
  const { path } = declaration.node;
  const reason = ineligibility(path, key);
  const stack = Stack.of(declaration);
  if (reason || stack === Stack.of(rotation)) return reason;
  if (key.condition !== undefined) return conditionalKey(path, key.condition, stack.node.path);
  const nested = conditionalStack(declaration, rotation);
  return nested && keyInConditionalStack(path, nested.path, nested.condition);
}

/** Accepts what newer L2s accept, too: L1s, and objects with a `keyRef`. */
export function givenKey(scope: IConstruct, given: unknown): GivenKey {
  if (given === undefined || given === null) refuse(scope, keyUndefined());
  if (typeof given === 'string') refuse(scope, keyText(shown(given)));
  if (!isConstruct(given)) refuse(scope, keyInvalid(shown(given)));
  if (isKeyDeclaration(given)) return { arn: given.getAtt('Arn').toString(), construct: given };
  const key: Partial<kms.IAlias> = given;
  if (isAlias(key)) return givenKey(scope, aliasTarget(key) ?? refuseAlias(scope, key.aliasName));
  const arn = key.keyArn ?? (given as { keyRef?: { keyArn?: unknown } }).keyRef?.keyArn;
  if (typeof arn !== 'string') refuse(scope, keyInvalid(shown(given)));
  return { arn, construct: given };
}

/** False for L1s and for objects that only have `keyRef`. */
function isKey(construct: IConstruct): construct is kms.IKey {
  return 'keyArn' in construct;
}

/**
 * KMS rotates keys by ID or ARN, never by alias: "Key Aliases are not supported for this operation."
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 *
 * `Alias.fromAliasName` returns an instance of a class that is not exported. A key may have an `aliasName` of its own.
 */
function isAlias(key: Partial<kms.IAlias>): key is kms.IAlias {
  return key.aliasName !== undefined && key.keyId === key.aliasName;
}

function aliasTarget(alias: kms.IAlias): kms.IKey | undefined {
  try {
    return alias.aliasTargetKey;
  } catch {
    // The accessor throws if the alias was imported by its name.
    return undefined;
  }
}

function refuseAlias(scope: IConstruct, alias: string): never {
  if (Token.isUnresolved(alias)) refuse(scope, keyAlias('an alias', 'aliasName'));
  refuse(scope, keyAlias(alias, `aliasName: '${alias}'`));
}

/** Checks as much of the ARN as is known; the handler checks the rest. */
function checkArn(scope: IConstruct, arn: string): void {
  if (!arn.startsWith('arn:') && Token.isUnresolved(arn)) {
    if (isKeyId(arn)) refuse(scope, keyIdForArn());
    return;
  }
  const [, kind, name = ''] = /^arn:[^:]+:kms:[^:]+:[^:]+:(key|alias)\/(.+)$/.exec(arn) ?? [];
  if (kind === 'alias') refuseAlias(scope, `alias/${name}`);
  if (kind === undefined || !(Token.isUnresolved(name) || /^[\w-]+$/.test(name))) refuse(scope, keyArnInvalid(arn));
}

function environmentOf(construct: IConstruct): { account: string; region: string } {
  const { env } = construct as Partial<kms.IKey>;
  return env ?? Stack.of(construct);
}

/**
 * Rotation does not cross accounts.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
function checkAccount(scope: IConstruct, key: string, keyAccount: string): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(keyAccount) || Token.isUnresolved(account) || keyAccount === account) return;
  refuse(scope, keyOfOtherAccount(key, keyAccount, account));
}
