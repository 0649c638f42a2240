import { optionalChoice, optionalNumber, optionalText, validationError } from '../wire/input';
import { page } from '../wire/pages';
import type { Call } from '../wire/service';
import { disableAutomaticRotation, enableAutomaticRotation } from './automatic-rotation';
import { customerKeyOf, keyOf, type Operations } from './call-target';
import { invalidMarker, unsupportedOrigin } from './errors';
import { isInCustomKeyStore, isSymmetric } from './kms-key';
import type { KeyRing, Located } from './key-ring';
import { rotateOnDemand } from './on-demand-rotation';
import { rotationEntries, rotationStatus } from './rotation-history';

/** Rotation of key material, on demand and automatic, and what KMS tells of it. */
export function rotationOperations(ring: KeyRing): Operations {
  return {
    RotateKeyOnDemand: (call) => {
      const { family, member } = customerKeyOf(ring, call);
      const { startDateVisibleFor, rotationLimit } = ring.knobs;
      const rotationTime = ring.rotationTime(member.arn);
      ring.change(rotateOnDemand(family, member, { rotationTime, startDateVisibleFor, rotationLimit }));
      return { KeyId: member.arn };
    },
    GetKeyRotationStatus: (call) => rotationStatus(laggingKey(ring, call)),
    ListKeyRotations: (call) => listKeyRotations(laggingKey(ring, call), call),
    EnableKeyRotation: (call) => {
      const { family, member } = customerKeyOf(ring, call);
      const period = optionalNumber(call.input, 'RotationPeriodInDays', { min: 90, max: 2560 });
      ring.change(enableAutomaticRotation(family, member, ring.rotationTime(member.arn), period));
      return {};
    },
    DisableKeyRotation: (call) => {
      const { family, member } = customerKeyOf(ring, call);
      ring.change(disableAutomaticRotation(family, member));
      return {};
    },
  };
}

/** Asymmetric, HMAC and disabled keys and those about to be deleted are told of as well; keys in custom key stores are not. */
function laggingKey(ring: KeyRing, call: Call): Located {
  const { member } = keyOf(ring, call);
  const located = keyOf(ring, call, ring.lag(call.operation, member.arn));
  if (isInCustomKeyStore(located.family)) {
    throw unsupportedOrigin(member.arn, located.family.origin);
  }
  return located;
}

function listKeyRotations(located: Located, { input }: Call): object {
  const limit = optionalNumber(input, 'Limit', { min: 1, max: 1000 }) ?? 100;
  const include = optionalChoice(input, 'IncludeKeyMaterial', ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']);
  if (include === 'ALL_KEY_MATERIAL' && !isSymmetric(located.family)) {
    throw validationError('Input parameter includeKeyMaterial can only be used with symmetric keys.');
  }
  const entries = rotationEntries(located, include === 'ALL_KEY_MATERIAL');
  const { items, next } = page(entries, limit, optionalText(input, 'Marker', { max: 1024 }), invalidMarker);
  return { Rotations: items, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) };
}
