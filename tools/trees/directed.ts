/**
 * The apps that have names: as they should come out, and with a library that is wrong.
 */
import { CASES, type Case } from './cases';
import type { Libraries, World } from './libraries';
import { MUTATIONS, type Mutation } from './mutations';
import { type Verdict, tryPlan } from './trial';

export interface CaseResult {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
}

export interface MutationResult {
  readonly name: string;
  /** The promise that was broken, and the app that showed it. */
  readonly caught?: string;
}

export function tryCases(world: World): CaseResult[] {
  return CASES.map(({ name, plan, expected }) => ({ name, expected, actual: told(tryPlan(world, plan)) }));
}

function told(verdict: Verdict): string {
  switch (verdict.is) {
    case 'refused':
      return verdict.code;
    case 'violation':
      return `"${verdict.violation.invariant}": ${verdict.violation.message}`;
    default:
      return verdict.is;
  }
}

export async function tryMutations(libraries: Libraries): Promise<MutationResult[]> {
  const results: MutationResult[] = [];
  for (const mutation of MUTATIONS) {
    const world = await libraries.world(mutation);
    results.push({ name: mutation.name, caught: firstToCatch(world, mutation) });
  }
  return results;
}

function firstToCatch(world: World, { cases }: Mutation): string | undefined {
  for (const name of cases) {
    const verdict = tryPlan(world, caseOf(name).plan);
    if (verdict.is === 'violation') return `"${verdict.violation.invariant}" by ${name}`;
  }
  return undefined;
}

function caseOf(name: string): Case {
  const found = CASES.find((one) => one.name === name);
  if (!found) throw new Error(`There is no case "${name}"`);
  return found;
}
