import { type Cell, plainTable } from '../table';
import type { FleetRun } from './fleet';
import { type Load, type Operation, QUOTAS } from './quotas';

/**
 * How many seconds a deployment may take: a quarter more than the scarcest quota or the concurrency requires, and one rotation. If not all
 * keys can be rotated concurrently, the last ones wait for earlier waves, and for the next retry of Lambda's queue.
 */
export function bound(run: FleetRun): number {
  const { keys, concurrency, queuePause, rotationTime } = run.options;
  const waves = Math.ceil(keys / concurrency) - 1;
  const scarcest = Math.max(
    keys / run.quotas.rates.RotateKeyOnDemand,
    carriedOut(run, 'PutParameter') / run.quotas.rates.PutParameter,
    waves * rotationTime,
  );
  return 1.25 * scarcest + rotationTime + (waves > 0 ? queuePause : 0);
}

export function carriedOut(run: FleetRun, operation: Operation): number {
  return sum(run.quotas.loadOf(operation).carriedOut);
}

export function peak(load: ReadonlyMap<number, number>): number {
  return Math.max(0, ...load.values());
}

function sum(load: ReadonlyMap<number, number>): number {
  return [...load.values()].reduce((a, b) => a + b, 0);
}

function attempted({ carriedOut: done, throttled }: Load): Map<number, number> {
  const all = new Map(done);
  for (const [second, n] of throttled) all.set(second, (all.get(second) ?? 0) + n);
  return all;
}

/** The outcome of each deployment of a run, and the load of each operation. */
export function describe(run: FleetRun): string {
  const { options, deployments, rotations, queue } = run;
  const lines = [
    `${options.keys} keys, a rotation of ${options.rotationTime} s, Lambda concurrency ${options.concurrency}, whose queue holds an event back for ${options.queuePause} s at the most`,
  ];
  deployments.forEach(({ status, duration, rollback, succeeded, reason }, i) => {
    lines.push(
      `  deployment ${i + 1}: ${status} after ${seconds(duration)}${rollback > 0 ? ` and ${seconds(rollback)} of rollback` : ''}, ${succeeded} answered SUCCESS`,
    );
    if (reason !== undefined) lines.push(`    ${reason}`);
  });
  const times = (is: (n: number) => boolean) => rotations.filter(is).length;
  lines.push(
    `  bound, for hundreds of keys: ${bound(run).toFixed(0)} s`,
    `  keys rotated once: ${times((n) => n === 1)}, more than once: ${times((n) => n > 1)}, not: ${times((n) => n === 0)}`,
    `  longest wait in Lambda's queue: ${seconds(queue.longestWait)}; events dropped: ${queue.dropped}; Lambda time: ${(queue.billed / 1000 / options.keys).toFixed(1)} s a key`,
  );
  return [...lines, ...table(run), ...log(run)].join('\n');
}

function table({ options, deployments, quotas }: FleetRun): string[] {
  const duration =
    deployments.reduce((total, deployment) => total + deployment.duration + deployment.rollback, 0) / 1000;
  const rows = operations.map((operation) => {
    const load = quotas.loadOf(operation);
    const calls = sum(load.carriedOut);
    return [
      operation,
      quotas.rates[operation],
      peak(load.carriedOut),
      peak(attempted(load)),
      Number((calls / duration).toFixed(1)),
      calls,
      sum(load.throttled),
      Number((calls / options.keys).toFixed(2)),
    ];
  });
  return indented([['operation', 'quota/s', 'peak/s', 'asked/s', 'mean/s', 'calls', 'throttled', 'a key'], ...rows]);
}

const LOG_LINES = 40;

/** The calls in the busiest second of each time span: carried out, and attempted if that is more. */
function log({ quotas }: FleetRun): string[] {
  const last = Math.max(...operations.flatMap((operation) => [...quotas.loadOf(operation).carriedOut.keys()]));
  const span = Math.ceil((last + 1) / LOG_LINES);
  const busiest = (load: ReadonlyMap<number, number>, from: number) =>
    Math.max(0, ...Array.from({ length: span }, (_, i) => load.get(from + i) ?? 0));
  const rows = Array.from({ length: Math.ceil((last + 1) / span) }, (_, i) => [
    `${i * span} s`,
    ...operations.map((operation) => {
      const load = quotas.loadOf(operation);
      const [done, all] = [busiest(load.carriedOut, i * span), busiest(attempted(load), i * span)];
      return done === all ? done : `${done} of ${all}`;
    }),
  ]);
  return [`  calls in the busiest second of every ${span}:`, ...indented([['', ...operations], ...rows])];
}

function indented(rows: readonly (readonly Cell[])[]): string[] {
  return plainTable(rows)
    .split('\n')
    .map((line) => `  ${line}`);
}

const operations = Object.keys(QUOTAS) as Operation[];

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}
