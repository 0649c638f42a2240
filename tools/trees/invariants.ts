/**
 * What holds of every app that is rendered.
 */
import { attributesAcrossStacks, conditions, cycles } from './invariants/deployable';
import { eligible, events, excluded, imported, keysOnly, onceOrNamed, tokens } from './invariants/keys';
import { permissions, providers, quotas, roles, settings } from './invariants/permissions';
import { emptyFleets, lists, reports, warnings } from './invariants/reports';
import type { Look } from './look';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

/** Yields a sentence for each thing that is not as it should be. */
export type Invariant = (look: Look) => Generator<string>;

export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  'each key is rotated once or named with its reason': onceOrNamed,
  'each listed ARN is rotated once': imported,
  'nothing excluded is rotated': excluded,
  'nothing that KMS cannot rotate is rotated': eligible,
  'what is rotated is a key': keysOnly,
  'each rotation has its token': tokens,
  'each rotation has its provider': providers,
  'providers are as the fleet wants them': settings,
  'rules see the event of each key': events,
  'no cycle': cycles,
  'conditions are carried': conditions,
  'a rotation waits for its permissions': permissions,
  'policies fit the quotas': quotas,
  'no two stacks write one policy': roles,
  'reports are true': reports,
  'lists are as reports': lists,
  'a fleet without keys says so': emptyFleets,
  'what is unlikely to be meant is warned of': warnings,
  'no export changes with the token': attributesAcrossStacks,
};

/** The first violation that is not of a kind that is known already. */
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
