import { optionalNumber, optionalText, requiredText, validationError, wireMoment } from '../wire/input';
import { page } from '../wire/pages';
import { type Call, ServiceError } from '../wire/service';
import { MAX_KEY_ID_LENGTH, type Operations, refuseWhile } from './call-target';
import { alreadyExists, invalidMarker, notFound, otherKind } from './errors';
import type { KeyRing } from './key-ring';

/** Names for keys, which move from key to key. https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html */
export function aliasOperations(ring: KeyRing): Operations {
  return {
    CreateAlias: ({ region, input }) => {
      createAlias(ring, region, requiredText(input, 'AliasName', { max: 256 }), requiredText(input, 'TargetKeyId'));
      return {};
    },
    UpdateAlias: ({ region, input }) => {
      updateAlias(ring, region, requiredText(input, 'AliasName', { max: 256 }), requiredText(input, 'TargetKeyId'));
      return {};
    },
    DeleteAlias: ({ region, input }) => {
      deleteAlias(ring, region, requiredText(input, 'AliasName', { max: 256 }));
      return {};
    },
    ListAliases: (call) => listAliases(ring, call),
  };
}

export function createAlias(ring: KeyRing, region: string, name: string, target: string): void {
  checkName(name);
  const located = ring.locate(region, ring.keyId(region, target));
  refuseWhile(located, 'PendingDeletion', 'PendingReplicaDeletion');
  if (ring.aliasesOf(region).some((alias) => alias.name === name)) {
    throw alreadyExists(`An alias with the name ${ring.arn(region, name)} already exists`);
  }
  ring.setAlias(region, name, located.family.keyId);
}

/** The new key must be of the kind of the old one. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html */
export function updateAlias(ring: KeyRing, region: string, name: string, target: string): void {
  checkName(name);
  const before = ring.locate(region, ring.keyIdOrAlias(region, name));
  const after = ring.locate(region, ring.keyId(region, target));
  refuseWhile(after, 'PendingDeletion', 'PendingReplicaDeletion');
  const symmetric = [before, after].map(({ family }) => family.keySpec === 'SYMMETRIC_DEFAULT');
  if (before.family.keyUsage !== after.family.keyUsage || symmetric[0] !== symmetric[1]) {
    throw otherKind(name);
  }
  ring.setAlias(region, name, after.family.keyId);
}

export function deleteAlias(ring: KeyRing, region: string, name: string): void {
  checkName(name);
  if (!ring.aliasesOf(region).some((alias) => alias.name === name)) {
    throw notFound(`Alias ${ring.arn(region, name)} is not found.`);
  }
  ring.removeAlias(region, name);
}

function checkName(name: string): void {
  if (!name.startsWith('alias/')) {
    throw validationError('Invalid identifier');
  }
  if (name.startsWith('alias/aws/')) {
    throw new ServiceError('NotAuthorizedException', '');
  }
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new ServiceError('InvalidAliasNameException', `Invalid alias name ${name}`);
  }
}

function listAliases(ring: KeyRing, { region, input }: Call): object {
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 100 }) ?? 50;
  const keyId = optionalText(input, 'KeyId', { max: MAX_KEY_ID_LENGTH });
  const target = keyId === undefined ? undefined : ring.locate(region, ring.keyId(region, keyId)).family.keyId;
  const aliases = ring.aliasesOf(region).filter(({ targetKeyId }) => target === undefined || targetKeyId === target);
  const { items, next } = page(aliases, limit, optionalText(input, 'Marker'), invalidMarker);
  return {
    Aliases: items.map(({ name, targetKeyId, createdAt, updatedAt }) => ({
      AliasName: name,
      AliasArn: ring.arn(region, name),
      TargetKeyId: targetKeyId,
      CreationDate: wireMoment(createdAt),
      LastUpdatedDate: wireMoment(updatedAt),
    })),
    Truncated: next !== undefined,
    ...(next !== undefined && { NextMarker: next }),
  };
}
