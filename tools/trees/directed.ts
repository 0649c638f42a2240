/**
 * The apps that have names: as they should come out, and with a library that is wrong.
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
  /** How many drawn apps it took to catch it; 0 if they were not enough. */
  readonly trees?: number;
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

/** On the apps that show it, and on so many drawn ones. */
export async function tryMutations(
  libraries: Libraries,
  { runs, seed }: { runs: number; seed: number },
): Promise<MutationResult[]> {
  const sound = await libraries.world();
  const results: MutationResult[] = [];
  for (const mutation of MUTATIONS) {
    const world = await libraries.world(mutation);
    results.push({
      name: mutation.name,
      caught: firstToCatch(world, mutation),
      trees: runs > 0 ? treesUntilCaught(world, sound, runs, seed) : undefined,
    });
  }
  return results;
}

/** How many drawn apps it takes until one breaks a promise that the library keeps. */
function treesUntilCaught(world: World, sound: World, runs: number, seed: number): number {
  const breaks = (one: World, plan: AppPlan) => tryPlan(one, plan).is === 'violation';
  const plans = fc.sample(appPlan, { numRuns: runs, seed });
  return 1 + plans.findIndex((plan) => breaks(world, plan) && !breaks(sound, plan));
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
