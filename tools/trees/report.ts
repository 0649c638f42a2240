import { type Cell, plainTable } from '../table';
import type { CaseResult, MutationResult } from './directed';
import type { Finding, Tally } from './exploration';
import type { AppPlan } from './plan';

/** How much was explored, and with which results. */
export interface Explored {
  readonly seed: number;
  /** The version of aws-cdk-lib. */
  readonly version: string;
  readonly trees: number;
  readonly shapes: number;
  readonly rendered: number;
  readonly rotations: number;
  /** Counts by refusal code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly impossible: number;
  readonly findings: readonly Finding[];
  /** CPU time. */
  readonly seconds: number;
}

export interface Results {
  readonly explored: Explored;
  readonly cases: readonly CaseResult[];
  readonly mutations: readonly MutationResult[];
}

export function exploredOf(tally: Tally, seed: number, version: string, seconds: number): Explored {
  return { ...tally, seed, version, seconds, shapes: tally.shapes.size, refused: Object.fromEntries(tally.refused) };
}

export function table(explored: Explored): string {
  const refusals = Object.entries(explored.refused).sort(([, a], [, b]) => b - a);
  const rows: Cell[][] = [
    ['construct trees', explored.trees],
    ['distinct shapes', explored.shapes],
    ['rendered', explored.rendered],
    ['  rotations in them', explored.rotations],
    ['refused with a sentence', refusals.reduce((sum, [, count]) => sum + count, 0)],
    ...refusals.map(([code, count]) => [`  ${code}`, count]),
    ['refused by the CDK', explored.impossible],
    ['violations', explored.findings.length],
    ['seconds of the processor', explored.seconds.toFixed(1)],
  ];
  return `aws-cdk-lib ${explored.version}, seed ${explored.seed}:\n${plainTable(rows)}`;
}

export function mutationTable(mutations: readonly MutationResult[]): string {
  return plainTable(mutations.map(({ name, caught = 'NOT CAUGHT', trees }) => [name, `${caught}${drawn(trees)}`]));
}

function drawn(trees?: number): string {
  if (trees === undefined) return '';
  return trees === 0 ? '; by no drawn app' : `; by drawn app ${trees}`;
}

/** The smallest app that violates an invariant, and how to reproduce it. */
export function story({ invariant, message, plan, seed, path }: Finding): string {
  return [`"${invariant}" is broken: ${message}`, `seed ${seed}, path ${path}`, ...tree(plan)].join('\n');
}

/** The app, one line per declaration, without usual values. */
function tree(plan: AppPlan): string[] {
  const { children, flags, ...rest } = plan;
  const on = Object.entries(flags).flatMap(([flag, isOn]) => (isOn ? [flag] : []));
  return [`app ${unusual({ ...rest, flags: on })}`, ...children.flatMap((child) => lines(child, '  '))];
}

function lines(declaration: object, indent: string): string[] {
  const { kind, children, stages, ...rest } = declaration as Readonly<Record<string, unknown>>;
  const below = [children, stages].flatMap((list) => (Array.isArray(list) ? (list as object[]) : []));
  return [`${indent}${String(kind)} ${unusual(rest)}`, ...below.flatMap((child) => lines(child, `${indent}  `))];
}

function unusual(values: Readonly<Record<string, unknown>>): string {
  const isUsual = (value: unknown) =>
    value === undefined ||
    value === false ||
    value === 'here' ||
    value === 'none' ||
    (Array.isArray(value) && value.length === 0);
  return Object.entries(values)
    .filter(([, value]) => !isUsual(value))
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ');
}
