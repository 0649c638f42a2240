import { ServiceError } from '../wire/service';
import type { KeyState, Origin } from './kms-key';

/**
 * KMS's errors. Messages are those of recorded responses, even where they are empty. There are no recordings of the conflict, nor of the
 * states Creating, Updating, Unavailable and PendingReplicaDeletion.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
 */
export function notFound(message: string): ServiceError {
  return new ServiceError('NotFoundException', message);
}

export function noSuchKey(arn: string): ServiceError {
  return notFound(`Key '${arn}' does not exist`);
}

export function invalidArn(message: string): ServiceError {
  return new ServiceError('InvalidArnException', message);
}

export function aliasRefused(): ServiceError {
  return invalidArn('Key Aliases are not supported for this operation.');
}

/** Other accounts have no keys here. */
export function otherAccount(arn: string): ServiceError {
  const reason =
    'the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';
  return new ServiceError(
    'AccessDeniedException',
    `The caller is not authorized to use the resource ${arn} because ${reason}`,
  );
}

const STATES: Record<KeyState, string> = {
  Enabled: 'is enabled',
  Disabled: 'is disabled',
  Creating: 'is creating',
  Updating: 'is updating',
  Unavailable: 'is unavailable',
  PendingDeletion: 'is pending deletion',
  PendingImport: 'is pending import',
  PendingReplicaDeletion: 'is pending replica deletion',
};

export function wrongState(arn: string, state: KeyState): ServiceError {
  return new ServiceError(
    state === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException',
    `${arn} ${STATES[state]}.`,
  );
}

export function invalidState(message: string): ServiceError {
  return new ServiceError('KMSInvalidStateException', message);
}

/** HMAC and asymmetric keys get this with an empty message. */
export function unsupported(message = ''): ServiceError {
  return new ServiceError('UnsupportedOperationException', message);
}

export function unsupportedReplica(arn: string, operation: string): ServiceError {
  return unsupported(`${arn} is a multi-region replica key which is not valid for ${operation}.`);
}

/** Recorded with a full stop for the origins AWS_KMS and EXTERNAL, and without one for custom key stores. */
export function unsupportedOrigin(arn: string, origin: Origin): ServiceError {
  const end = origin === 'AWS_KMS' || origin === 'EXTERNAL' ? '.' : '';
  return unsupported(`${arn} origin is ${origin} which is not valid for this operation${end}`);
}

export function rotationLimitReached(arn: string): ServiceError {
  const text =
    'The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key:';
  return new ServiceError('LimitExceededException', `${text} ${arn}`);
}

export function automaticRotationConflict(arn: string): ServiceError {
  return new ServiceError(
    'ConflictException',
    `An automatic rotation of ${arn} is in progress or scheduled to begin within the next 20 minutes.`,
  );
}

export function nothingPending(arn: string): ServiceError {
  return invalidState(`No available key material pending rotation for the key: ${arn}.`);
}

export function notInReplicas(): ServiceError {
  return invalidState(
    'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
  );
}

export function invalidMarker(): ServiceError {
  return new ServiceError('InvalidMarkerException', '');
}

export function alreadyExists(message: string): ServiceError {
  return new ServiceError('AlreadyExistsException', message);
}

export function otherKind(alias: string): ServiceError {
  return new ServiceError('ValidationException', `${alias} can move only to a key of the same type and usage.`);
}

export function invalidCiphertext(): ServiceError {
  return new ServiceError('InvalidCiphertextException', '');
}

export function invalidKeyUsage(arn: string, usage: string, operation: string): ServiceError {
  const message = `${arn} key usage is ${usage} which is not valid for ${operation}.`;
  return new ServiceError('InvalidKeyUsageException', message);
}
