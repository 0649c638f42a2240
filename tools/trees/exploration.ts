import * as fc from 'fast-check';
import { appPlan } from './drawing';
import { kindOf } from './invariants';
import type { World } from './libraries';
import type { AppPlan } from './plan';
import { shapeOf } from './shape';
import { type Verdict, tryPlan } from './trial';

export interface Finding {
  readonly invariant: string;
  readonly message: string;
  readonly kind: string;
  /** The smallest app that shows it. */
  readonly plan: AppPlan;
  /** The run's seed and fast-check's path reproduce it. */
  readonly seed: number;
  readonly path: string;
}

export interface Tally {
  trees: number;
  readonly shapes: Set<string>;
  rendered: number;
  rotations: number;
  impossible: number;
  readonly refused: Map<string, number>;
  readonly findings: Finding[];
}

export function newTally(): Tally {
  return { trees: 0, shapes: new Set(), rendered: 0, rotations: 0, impossible: 0, refused: new Map(), findings: [] };
}

/** How many smaller apps are tried to reproduce a finding. */
const MAX_SHRINKS = 200;

/** Draws `runs` apps and shrinks each finding. Further findings of its kind are ignored. */
export function explore(
  world: World,
  { runs, seed, maxFindings }: { runs: number; seed: number; maxFindings: number },
): Tally {
  const tally = newTally();
  const known = new Set<string>();
  while (tally.trees < runs && tally.findings.length < maxFindings) {
    const finding = nextFinding(world, tally, seed + tally.findings.length, runs - tally.trees, known);
    if (!finding) break;
    known.add(finding.kind);
    tally.findings.push(finding);
  }
  return tally;
}

function nextFinding(
  world: World,
  tally: Tally,
  seed: number,
  runs: number,
  known: ReadonlySet<string>,
): Finding | undefined {
  let shrinks = 0;
  let first: string | undefined;
  const details = fc.check(
    fc.property(appPlan, (plan) => {
      if (shrinks > MAX_SHRINKS) return;
      const verdict = tryPlan(world, plan, known);
      if (first !== undefined) shrinks += 1;
      else count(tally, plan, verdict);
      if (verdict.is !== 'violation') return;
      first ??= kindOf(verdict.violation);
      // A smaller app that violates another invariant is another finding.
      if (kindOf(verdict.violation) === first) throw new Error(verdict.violation.message);
    }),
    { seed, numRuns: runs },
  );
  if (!details.failed) return undefined;
  const [plan] = details.counterexample ?? [];
  if (!plan) throw new Error('fast-check names no counterexample');
  const verdict = tryPlan(world, plan, known);
  if (verdict.is !== 'violation') throw new Error('An app behaved differently when it was built again');
  return { ...verdict.violation, kind: kindOf(verdict.violation), plan, seed, path: details.counterexamplePath ?? '' };
}

function count(tally: Tally, plan: AppPlan, verdict: Verdict): void {
  tally.trees += 1;
  tally.shapes.add(shapeOf(plan));
  if (verdict.is === 'impossible') tally.impossible += 1;
  if (verdict.is === 'refused') tally.refused.set(verdict.code, (tally.refused.get(verdict.code) ?? 0) + 1);
  if (verdict.is === 'rendered') {
    tally.rendered += 1;
    tally.rotations += verdict.rotations;
  }
}
