import type { Finding, Tally } from './exploration';

/** How much of a script was explored, and what came out. */
export interface Explored {
  readonly script: string;
  /** Distinct sequences of calls and outcomes. */
  readonly traces: number;
  readonly runs: number;
  readonly calls: number;
  /** How often the exception for rotations by hand was needed. */
  readonly excused: number;
  readonly stuck: number;
  readonly records: number;
  readonly findings: readonly Finding[];
}

export function exploredOf({ traces, ...rest }: Tally): Explored {
  return { ...rest, traces: traces.size };
}

export function table(explored: readonly Explored[]): string {
  const rows = explored.map((one) => ({
    name: one.script,
    values: [one.traces, one.runs, one.calls, one.excused, one.stuck, one.records, one.findings.length],
  }));
  const heading = ['distinct traces', 'runs', 'calls', 'exceptions', 'stuck tokens', 'most records', 'violations'];
  const sums = heading.map((_, i) => rows.reduce((total, { values }) => total + (values[i] ?? 0), 0));
  const all = [{ name: 'script', values: heading }, ...rows, { name: 'in all', values: sums }];
  const width = Math.max(...all.map(({ name }) => name.length));
  const line = (name: string, values: readonly (string | number)[]) =>
    [
      name.padEnd(width),
      ...values.map((value, i) => String(value).padStart(2 + Math.max(10, heading[i]?.length ?? 0))),
    ].join('');
  return all.map(({ name, values }) => line(name, values)).join('\n');
}

/** What happened in the run that broke a promise, step by step. */
export function story(finding: Finding): string {
  const steps = finding.log.map((line) => (line.length > 240 ? `${line.slice(0, 240)}…` : line));
  return [
    `"${finding.invariant}" is broken: ${finding.message}`,
    `script: ${finding.script}; deviations: ${finding.choices.join(' + ') || 'none'}`,
    ...steps,
  ].join('\n');
}
