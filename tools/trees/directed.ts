/**
 * Tries the named apps, with the library as it is and with each mutation.
 */
import * as fc from 'fast-check';
import { CASES, type Case } from './cases';
import { appPlan } from './drawing';
import type { Libraries, World } from './libraries';
import type { AppPlan } from './plan';
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
  /** How many random apps it took to catch it; 0 if none did. */
  readonly trees?: number;
}

export function tryCases(world: World): CaseResult[] {
  return CASES.map(({ name, plan, expected }) => ({ name, expected, actual: summary(tryPlan(world, plan)) }));
}

function summary(verdict: Verdict): string {
  switch (verdict.is) {
    case 'refused':
      return verdict.code;
    case 'violation':
      return `"${verdict.violation.invariant}": ${verdict.violation.message}`;
    default:
      return verdict.is;
  }
}

/** Tries each mutation on the named apps that show it, and on `runs` random ones. */
export async function tryMutations(
  libraries: Libraries,
  { runs, seed }: { runs: number; seed: number },
): Promise<MutationResult[]> {
  const unmutated = await libraries.world();
  const results: MutationResult[] = [];
  for (const mutation of MUTATIONS) {
    const world = await libraries.world(mutation);
    results.push({
      name: mutation.name,
      caught: firstToCatch(world, mutation),
      trees: runs > 0 ? treesUntilCaught(world, unmutated, runs, seed) : undefined,
    });
  }
  return results;
}

/** Counts random apps until one violates an invariant that it meets without the mutation. */
function treesUntilCaught(world: World, unmutated: World, runs: number, seed: number): number {
  const breaks = (tried: World, plan: AppPlan) => tryPlan(tried, plan).is === 'violation';
  const plans = fc.sample(appPlan, { numRuns: runs, seed });
  return 1 + plans.findIndex((plan) => breaks(world, plan) && !breaks(unmutated, plan));
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
