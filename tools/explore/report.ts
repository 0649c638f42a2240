import { plainTable } from '../table';
import type { Caught } from './mutations';
import type { Finding, Tally } from './exploration';
import { foldedTrace } from './folded-trace';

/** What was explored of a script in a configuration, and with what result. */
export interface Explored extends Omit<Tally, 'traces'> {
  readonly configuration: string;
  readonly script: string;
  /** Distinct sequences of calls and outcomes. */
  readonly traces: number;
}

export function exploredOf(configuration: string, script: string, { traces, ...rest }: Tally): Explored {
  return { configuration, script, ...rest, traces: traces.size };
}

const COLUMNS = ['distinct traces', 'runs', 'calls', 'exceptions', 'lost tokens', 'most records', 'violations'];

/** A row for each configuration, or for each script. */
export function table(explored: readonly Explored[], by: 'configuration' | 'script'): string {
  const groups = new Map<string, Explored[]>();
  for (const one of explored) groups.set(one[by], [...(groups.get(one[by]) ?? []), one]);
  return plainTable([
    [by, ...COLUMNS],
    ...[...groups].map(([name, group]) => [name, ...valuesOf(group)]),
    ['in all', ...valuesOf(explored)],
  ]);
}

function valuesOf(explored: readonly Explored[]): number[] {
  const sum = (of: (one: Explored) => number) => explored.reduce((total, one) => total + of(one), 0);
  return [
    sum(({ traces }) => traces),
    sum(({ runs }) => runs),
    sum(({ calls }) => calls),
    sum(({ excused }) => excused),
    sum(({ lost }) => lost),
    Math.max(...explored.map(({ records }) => records)),
    sum(({ findings }) => findings.length),
  ];
}

/** The script and the deviations that led to a finding. */
export function causeOf({ script, choices }: Finding): string {
  return `in "${script}" by: ${choices.join(' + ') || 'no deviation at all'}`;
}

/** The run that broke a promise, step by step. */
export function story({ configuration, script, choices, invariant, message, events }: Finding): string {
  return [
    `"${invariant}" is broken: ${message.split('\n')[0] ?? ''}`,
    `configuration: ${configuration}; script: ${script}; deviations: ${choices.join(' + ') || 'none'}`,
    ...foldedTrace(events),
  ].join('\n');
}

/** The broken promises of each configuration: how often, and by which simplest run. */
export function brokenPromises(explored: readonly Explored[]): string {
  const groups = new Map<string, Finding[]>();
  for (const finding of explored.flatMap((one) => one.findings)) {
    const name = `${finding.configuration}: ${finding.invariant}`;
    groups.set(name, [...(groups.get(name) ?? []), finding]);
  }
  return [...groups]
    .map(([name, findings]) => {
      const simplest = findings.reduce((a, b) => (b.choices.length < a.choices.length ? b : a));
      return `${name}: ${findings.length} x, ${causeOf(simplest)}`;
    })
    .join('\n');
}

export function mutationTable(caught: readonly Caught[]): string {
  return plainTable(caught.map(({ mutation, by = 'NOT CAUGHT' }) => [mutation, by]));
}
