/**
 * What must hold for every rendered app.
 */
import { attributesAcrossStacks, conditions, cycles } from './invariants/deployable';
import { eligible, events, excluded, imported, keysOnly, onceOrReported, tokens } from './invariants/keys';
import { permissions, providers, quotas, roles, settings } from './invariants/permissions';
import { emptyFleets, lists, reports, warnings } from './invariants/reports';
import type { Look } from './look';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

/** Yields a sentence for each violation. */
export type Invariant = (look: Look) => Generator<string>;

export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  'each key is rotated once, or reported with a reason': onceOrReported,
  'each listed ARN is rotated once, or reported': imported,
  'excluded keys are not rotated': excluded,
  'ineligible keys are not rotated': eligible,
  'only keys are rotated': keysOnly,
  'each rotation has its token': tokens,
  'each rotation has its provider': providers,
  "providers have the fleet's settings": settings,
  "rules match each key's event": events,
  'no cycle': cycles,
  'no reference to a resource that a condition removes': conditions,
  'a rotation waits for its permissions': permissions,
  'policies fit the quotas': quotas,
  'no two stacks write the same policy': roles,
  'reports are true': reports,
  'lists match reports': lists,
  'a fleet without keys is reported': emptyFleets,
  'likely mistakes raise warnings': warnings,
  'no export changes with the token': attributesAcrossStacks,
};

/** The first violation whose kind is not known yet. */
export function violationIn(look: Look, known: ReadonlySet<string> = new Set()): Violation | undefined {
  for (const [invariant, check] of Object.entries(INVARIANTS)) {
    for (const message of check(look)) if (!known.has(kindOf({ invariant, message }))) return { invariant, message };
  }
  return undefined;
}

/** Violations of one kind differ in names and numbers only. */
export function kindOf({ invariant, message }: Violation): string {
  const withoutNames = message
    .replaceAll(/\{[^}]*\}/g, '{…}')
    .replaceAll(/(?<!\[)\b(?:[\w-]*\d[\w.-]*|[A-Z]\w*)(?:[/#:][\w.-]+)*/g, '…');
  return `${invariant}: ${withoutNames}`;
}
