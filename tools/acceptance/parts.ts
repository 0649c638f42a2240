import type { Part } from './part';
import { answers } from './probes/answers';
import { creationRaces } from './probes/creation-races';
import { ledgerLag } from './probes/ledger-lag';
import { permissions } from './probes/permissions';
import { rotationTimes } from './probes/rotation-times';
import { secondCall } from './probes/second-call';
import { throttling } from './probes/throttling';
import { changedProvider } from './stories/changed-provider';
import { evidence } from './stories/evidence';
import { fleetWithBadKey, twentyKeys } from './stories/fleets';
import { cancelledUpdate, crash, withoutRollback } from './stories/interrupted';
import { importedMaterial, multiRegion, refusedKeys } from './stories/kinds-of-key';
import { lifeOfAToken } from './stories/life-of-a-token';
import { lastRotations, ownRole, surroundings } from './stories/surroundings';

/** All parts of a run. The longest come first, so that none of them delays its end. */
export const PARTS: readonly Part[] = [
  creationRaces,
  throttling,
  lastRotations,
  evidence,
  lifeOfAToken,
  multiRegion,
  surroundings,
  secondCall,
  rotationTimes,
  withoutRollback,
  cancelledUpdate,
  crash,
  changedProvider,
  fleetWithBadKey,
  importedMaterial,
  twentyKeys,
  ownRole,
  refusedKeys,
  ledgerLag,
  permissions,
  answers,
];

/** @throws if no part has one of the names. */
export function partsNamed(names: readonly string[]): readonly Part[] {
  if (names.length === 0) return PARTS;
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}. There are ${PARTS.map(({ name }) => name).join(', ')}.`);
  return PARTS.filter(({ name }) => names.includes(name));
}
