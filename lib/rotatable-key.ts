/**
 * Which key is meant: unwraps aliases, and refuses at synth what cannot be the ARN of a key of this account.
 */
import { type CfnResource, Reference, Stack, Token, Tokenization, aws_kms as kms } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ineligibility } from './key-eligibility';
import { refuse } from './validation-error';

/** A key about which nothing that is known at synth speaks against rotating it. */
export interface RotatableKey {
  /** Never an alias. */
  readonly key: kms.IKey;
  readonly arn: string;
  /** Unresolved where it is known at deployment only. */
  readonly region: string;
  /** The key's own resource, if it is declared in this app. */
  readonly declaration?: CfnResource;
}

export function rotatableKey(scope: IConstruct, given: kms.IKey): RotatableKey {
  const key = withoutAlias(scope, given);
  checkArn(scope, key.keyArn);

  const declaration = declarationOf(key);
  const { account, region } = declaration ? Stack.of(declaration) : key.env;
  checkAccount(scope, key, account);

  const reason = declaration && ineligibility(declaration);
  if (reason) refuse(scope, reason.code, reason.sentence);
  return { key, arn: key.keyArn, region, declaration };
}

/**
 * KMS rotates keys by ID or ARN, never by alias: "Key Aliases are not supported for this operation."
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
export function withoutAlias(scope: IConstruct, key: kms.IKey): kms.IKey {
  if (!isAlias(key)) return key;
  return withoutAlias(scope, aliasTarget(key) ?? refuseAlias(scope, key.aliasName));
}

/** What `Alias.fromAliasName` returns is an instance of no exported class. */
function isAlias(key: kms.IKey): key is kms.IAlias {
  return 'aliasName' in key;
}

function aliasTarget(alias: kms.IAlias): kms.IKey | undefined {
  try {
    return alias.aliasTargetKey;
  } catch {
    // The alias was imported by its name alone: its accessor throws.
    return undefined;
  }
}

function refuseAlias(scope: IConstruct, alias: string): never {
  const name = Token.isUnresolved(alias) ? 'an alias' : alias;
  const lookup = Token.isUnresolved(alias) ? 'aliasName' : `aliasName: '${alias}'`;
  refuse(
    scope,
    'Alias',
    `key is ${name}, and which key that is cannot be told at synth. Allowed is a key, or an alias that knows its` +
      ` target: find the key with Key.fromLookup(this, id, { ${lookup} }).`,
  );
}

/** Checks as much of the ARN as is known; the handler checks the rest. */
function checkArn(scope: IConstruct, arn: string): void {
  if (!arn.startsWith('arn:') && Token.isUnresolved(arn)) return;
  const [, kind, name = ''] = /^arn:[^:]+:kms:[^:]+:[^:]+:(key|alias)\/(.+)$/.exec(arn) ?? [];
  if (kind === 'alias') refuseAlias(scope, `alias/${name}`);
  if (kind === undefined || !(Token.isUnresolved(name) || /^[\w-]+$/.test(name))) {
    refuse(
      scope,
      'KeyArn',
      `key has the ARN ${arn}, which is no KMS key's; allowed is arn:<partition>:kms:<region>:<account>:key/<key ID>.`,
    );
  }
}

/**
 * Rotation does not cross accounts.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
function checkAccount(scope: IConstruct, key: kms.IKey, keyAccount: string): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(keyAccount) || Token.isUnresolved(account) || keyAccount === account) return;
  const name = Token.isUnresolved(key.keyArn) ? key.node.path : key.keyArn;
  refuse(
    scope,
    'OtherAccount',
    `key ${name} belongs to account ${keyAccount}; allowed is a key of the stack's own account, ${account}, because` +
      " KMS rotates no key on demand from another account. Declare the rotation in a stack of the key's account.",
  );
}

/**
 * The resource behind a key, whether it comes as `Key`, by `Key.fromCfnKey` or as the ARN attribute of an L1: in each of
 * these the ARN is a reference to it.
 */
export function declarationOf(key: kms.IKey): CfnResource | undefined {
  const token = Tokenization.reverse(key.keyArn, { failConcat: false });
  if (!Reference.isReference(token)) return undefined;
  const { target } = token;
  return target instanceof kms.CfnKey || target instanceof kms.CfnReplicaKey ? target : undefined;
}
