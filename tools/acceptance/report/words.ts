import type { BoundResult } from '../bounds';
import type { Report } from './report';

/** Wording that page and Markdown share. */

export function placeOf({ about }: Report): string {
  const where = about.onAws ? 'AWS' : 'the local AWS of this repository';
  const broken = about.broken.length > 0 ? `, broken on purpose: ${about.broken.join(', ')}` : '';
  return `On ${where} (account ${about.account}, Region ${about.region}, replicas in ${about.replicaRegion})${broken}`;
}

export function timeOf({ about }: Report): string {
  const end = about.finishedAt ?? 'not finished';
  return `Run ${about.id} of version ${about.version}, from ${about.startedAt} to ${end} (UTC)`;
}

/** The summary of the run. */
export function verdictOf({ parts, bounds, about, replayed }: Report): string {
  const steps = parts.flatMap((part) => part.steps);
  const count = (outcome: string): number => steps.filter((step) => step.outcome === outcome).length;
  const brokenBounds = bounds.filter(({ outcome }) => outcome === 'broken');
  const promise = brokenBounds.filter(({ bound }) => bound.restsOnIt === 'the promise');
  const sentences = [
    ...(about.interruption === undefined ? [] : [`The run was interrupted: ${about.interruption}`]),
    ...(promise.length > 0
      ? [`What the promise rests on does NOT hold: ${promise.map(({ bound }) => bound.name).join(', ')}.`]
      : []),
    `Of ${steps.length} expectations ${count('held')} held, ${count('broken')} were broken, ${count('not possible')} could not be tried here and ${count('not reached')} were not reached.`,
    `Of ${bounds.length} bounds ${bounds.filter(({ outcome }) => outcome === 'holds').length} hold, ${brokenBounds.length} are broken and ${bounds.filter(({ outcome }) => outcome === 'not measured').length} were not measured.`,
    ...(replayed.differences.length > 0
      ? [`${replayed.differences.length} recorded members of answers differ from those of the local AWS.`]
      : []),
  ];
  return sentences.join(' ');
}

export function roomOf({ bound, outcome, room, distribution }: BoundResult): string {
  if (outcome === 'not measured') return 'not measured';
  if (room === undefined) {
    const worst = distribution?.max === bound.limit ? distribution.min : distribution?.max;
    return outcome === 'holds' ? `always ${bound.limit}` : `up to ${number(worst ?? 0)} instead of ${bound.limit}`;
  }
  const share = Math.round((Math.abs(room) / bound.limit) * 100);
  return room >= 0 ? `${number(room)} s of room (${share} %)` : `${number(-room)} s too long (${share} %)`;
}

/** Formats an answer's member. */
export function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

export function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}

/** What remains, and how to remove it. */
export function leftovers({ keys: all, left }: Report): string {
  if (left.length > 0)
    return `Still there, and to be removed by \`npm run acceptance -- --clean-up\`: ${left.join(', ')}.`;
  const keys = all.filter(({ deletionDate }) => deletionDate !== undefined);
  if (keys.length === 0) return 'Nothing of the run is left.';
  const [last = ''] = keys.map(({ deletionDate = '' }) => deletionDate).sort((a, b) => b.localeCompare(a));
  return `${keys.length} keys are scheduled for deletion, the last one at ${last}. Then \`npm run acceptance -- --clean-up\` removes their ledgers.`;
}

export const MEASUREMENTS = ['What', 'Samples', 'Min', 'Median', 'p90', 'p99', 'Max'];

/** The rows below `MEASUREMENTS`. */
export function measurementsOf({ measurements }: Report): string[][] {
  return measurements.map(({ name, count, min, median, p90, p99, max }) => [
    name,
    String(count),
    ...[min, median, p90, p99, max].map(number),
  ]);
}

export const DIFFERENCES = ['Call', 'Member', 'Recorded', 'Local AWS'];

/** The rows below `DIFFERENCES`. */
export function differencesOf({ replayed: { differences } }: Report): string[][] {
  return differences.map(({ service, operation, where, recorded, replayed }) => [
    `${service} ${operation}`,
    where,
    shown(recorded),
    shown(replayed),
  ]);
}
