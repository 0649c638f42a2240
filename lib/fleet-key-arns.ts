/**
 * The keys that a fleet lists by their ARNs: `keyArns` and `namedKeyArns`.
 */
import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { shown } from './shown-value';
import {
  keyArnsInvalid,
  keyArnsName,
  keyArnsNotAList,
  keyArnsOfOtherAccount,
  keyArnsUnresolved,
  keyArnsWithoutStack,
} from './synth-failures';
import { refuse } from './validation-error';

const FORMAT = ArnFormat.SLASH_RESOURCE_NAME;

export interface ListedKey {
  /** Names the rotation. Unlike an index into the list, it stays the same when the list changes. */
  readonly id: string;
  /** Names the key in reports. */
  readonly name: string;
  readonly arn: string;
}

/**
 * @param stack the stack that rotates them, if the fleet is in one.
 * @param keyArns unchecked.
 * @param namedKeyArns unchecked.
 */
export function listedKeys(
  fleet: IConstruct,
  stack: Stack | undefined,
  keyArns: unknown = [],
  namedKeyArns: unknown = {},
): ListedKey[] {
  if (!Array.isArray(keyArns)) refuse(fleet, keyArnsNotAList('keyArns', shown(keyArns), 'a list of ARNs'));
  if (typeof namedKeyArns !== 'object' || namedKeyArns === null)
    refuse(fleet, keyArnsNotAList('namedKeyArns', shown(namedKeyArns), 'ARNs by names of your choice'));
  const names = Object.entries(namedKeyArns);
  if (keyArns.length + names.length > 0 && !stack) refuse(fleet, keyArnsWithoutStack());
  const keys = [
    ...keyArns.map((arn: unknown, i) => literalKey(fleet, `keyArns[${i}]`, arn)),
    ...names.map(([name, arn]) => namedKey(fleet, name, arn)),
  ];
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

function literalKey(fleet: IConstruct, entry: string, given: unknown): ListedKey {
  const arn = checkedArn(fleet, entry, given);
  const { region = '', resourceName = '' } = arn.startsWith('arn:') ? Arn.split(arn, FORMAT) : {};
  if (resourceName === '' || Token.isUnresolved(resourceName)) refuse(fleet, keyArnsUnresolved(entry));
  const id = Token.isUnresolved(region) ? resourceName : `${region}-${resourceName}`;
  return { id, name: withNamedTokens(arn), arn };
}

/** In an ARN of `Key.fromLookup` the partition is a token. */
function withNamedTokens(arn: string): string {
  return arn.replaceAll(/\$\{Token\[(.*?)\.\d+\]\}/g, '<$1>');
}

function namedKey(fleet: IConstruct, name: string, given: unknown): ListedKey {
  if (!/^[\w.-]+$/.test(name)) refuse(fleet, keyArnsName(shown(name)));
  return { id: `named-${name}`, name, arn: checkedArn(fleet, `namedKeyArns.${name}`, given) };
}

/** Checks as much of the ARN as is known; the handler checks the rest. */
function checkedArn(fleet: IConstruct, entry: string, given: unknown): string {
  if (typeof given !== 'string') refuse(fleet, keyArnsInvalid(entry, shown(given)));
  if (Token.isUnresolved(given) && !given.startsWith('arn:')) return given;
  const [, account = '', id = ''] = /^arn:[^:]+:kms:[^:]+:([^:]+):key\/(.+)$/.exec(given) ?? [];
  if (!Token.isUnresolved(id) && !/^[\w-]+$/.test(id)) refuse(fleet, keyArnsInvalid(entry, JSON.stringify(given)));
  const own = Stack.of(fleet).account;
  if (!Token.isUnresolved(account) && !Token.isUnresolved(own) && account !== own)
    refuse(fleet, keyArnsOfOtherAccount(entry, account, own));
  return given;
}
