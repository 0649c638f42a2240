import { optionalNumber, optionalText, page, requiredText, validationError, wireMoment } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import { MAX_KEY_ID_LENGTH, type Operations, refuseWhile } from './call-target';
import { alreadyExists, invalidMarker, notFound, otherKind } from './errors';
import type { AccountKeys } from './account-keys';

/** Names for keys, which move from key to key. https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html */
export function aliasOperations(accountKeys: AccountKeys): Operations {
  return {
    CreateAlias: ({ region, input }) => {
      createAlias(
        accountKeys,
        region,
        requiredText(input, 'AliasName', { max: 256 }),
        requiredText(input, 'TargetKeyId'),
      );
      return {};
    },
    UpdateAlias: ({ region, input }) => {
      updateAlias(
        accountKeys,
        region,
        requiredText(input, 'AliasName', { max: 256 }),
        requiredText(input, 'TargetKeyId'),
      );
      return {};
    },
    DeleteAlias: ({ region, input }) => {
      deleteAlias(accountKeys, region, requiredText(input, 'AliasName', { max: 256 }));
      return {};
    },
    ListAliases: (call) => listAliases(accountKeys, call),
  };
}

export function createAlias(accountKeys: AccountKeys, region: string, name: string, target: string): void {
  checkName(name);
  const located = accountKeys.locate(region, accountKeys.keyId(region, target));
  refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
  if (accountKeys.aliasesOf(region).some((alias) => alias.name === name)) {
    throw alreadyExists(`An alias with the name ${accountKeys.arn(region, name)} already exists`);
  }
  accountKeys.setAlias(region, name, located.key.keyId);
}

/** Old and new key must have the same type and usage. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html */
export function updateAlias(accountKeys: AccountKeys, region: string, name: string, target: string): void {
  checkName(name);
  const before = accountKeys.locate(region, accountKeys.keyIdOrAlias(region, name));
  const after = accountKeys.locate(region, accountKeys.keyId(region, target));
  refuseWhile(after, 'PendingDeletion', 'PendingReplicaDeletion');
  const symmetric = [before, after].map(({ key }) => key.keySpec === 'SYMMETRIC_DEFAULT');
  if (before.key.keyUsage !== after.key.keyUsage || symmetric[0] !== symmetric[1]) {
    throw otherKind(name);
  }
  accountKeys.setAlias(region, name, after.key.keyId);
}

export function deleteAlias(accountKeys: AccountKeys, region: string, name: string): void {
  checkName(name);
  if (!accountKeys.aliasesOf(region).some((alias) => alias.name === name)) {
    throw notFound(`Alias ${accountKeys.arn(region, name)} is not found.`);
  }
  accountKeys.removeAlias(region, name);
}

function checkName(name: string): void {
  if (!name.startsWith('alias/')) {
    throw validationError(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith('alias/aws/')) {
    throw new ServiceError('NotAuthorizedException', '');
  }
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new ServiceError('InvalidAliasNameException', `Invalid alias name ${name}`);
  }
}

function listAliases(accountKeys: AccountKeys, { region, input }: Call): object {
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 100 }) ?? 50;
  const keyId = optionalText(input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  const target =
    keyId === undefined ? undefined : accountKeys.locate(region, accountKeys.keyId(region, keyId)).key.keyId;
  const aliases = accountKeys
    .aliasesOf(region)
    .filter(({ targetKeyId }) => target === undefined || targetKeyId === target);
  const { items, next } = page(aliases, limit, optionalText(input, 'Marker'), invalidMarker);
  return {
    Aliases: items.map(({ name, targetKeyId, createdAt, updatedAt }) => ({
      AliasName: name,
      AliasArn: accountKeys.arn(region, name),
      TargetKeyId: targetKeyId,
      CreationDate: wireMoment(createdAt),
      LastUpdatedDate: wireMoment(updatedAt),
    })),
    Truncated: next !== undefined,
    ...(next !== undefined && { NextMarker: next }),
  };
}
