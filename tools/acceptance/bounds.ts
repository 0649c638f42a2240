import { type Distribution, distributionOf } from './distribution';

/** What breaks if a bound does. */
export type RestsOnIt = 'the promise' | 'how long we wait' | 'what the tests cover';

/** A measurable assumption about AWS. */
export interface Bound {
  readonly name: string;
  /** The assumption, as a sentence. */
  readonly says: string;
  readonly restsOnIt: RestsOnIt;
  /** Where it is documented. */
  readonly source: string;
  /** Names of measurements. */
  readonly measurements: readonly string[];
  readonly unit: 'seconds' | 'times';
  readonly limit: number;
  /** Whether samples must equal the limit, not just stay within it. */
  readonly isExact?: true;
}

export interface BoundResult {
  readonly bound: Bound;
  readonly samples: readonly number[];
  readonly distribution: Distribution | undefined;
  readonly outcome: 'holds' | 'broken' | 'not measured';
  /** The distance of the worst sample from the limit; negative if beyond it, undefined for an exact bound. */
  readonly room: number | undefined;
}

const EXACTLY_ONCE = 'docs/exactly-once.md#what-everything-rests-on';

/** The limits are those in each bound's `source`. */
export const BOUNDS: readonly Bound[] = [
  {
    name: 'one winner',
    says: 'Of concurrent creations of a parameter with `Overwrite=false`, one succeeds.',
    restsOnIt: 'the promise',
    source: EXACTLY_ONCE,
    measurements: ['winners of a creation race'],
    unit: 'times',
    limit: 1,
    isExact: true,
  },
  {
    name: 'version 1',
    says: 'A creation is answered with `Version` 1.',
    restsOnIt: 'the promise',
    source: EXACTLY_ONCE,
    measurements: ['version of a creation'],
    unit: 'times',
    limit: 1,
    isExact: true,
  },
  {
    name: 'the hour',
    says: 'A rotation that KMS was asked for shows within an hour, by all reads.',
    restsOnIt: 'the promise',
    source: 'docs/exactly-once.md#the-hour',
    measurements: ['until the new material shows', 'until the rotation is listed'],
    unit: 'seconds',
    limit: 3600,
  },
  {
    name: 'completion timeout',
    says: 'A rotation shows before a deployment gives up: `completionTimeout` is 13 minutes by default.',
    restsOnIt: 'how long we wait',
    source: 'README.md',
    measurements: ['until the new material shows', 'until the rotation is listed'],
    unit: 'seconds',
    limit: 780,
  },
  {
    name: 'usual rotation',
    says: 'A rotation of a single-Region key is over within 156 seconds, the longest that was recorded.',
    restsOnIt: 'how long we wait',
    source: 'lambda/decision.ts',
    measurements: ['until the date of the rotation'],
    unit: 'seconds',
    limit: 156,
  },
  {
    name: 'lag of KMS',
    says: "KMS's reads show a rotation at most 110 seconds after its date.",
    restsOnIt: 'what the tests cover',
    source: 'docs/exactly-once.md#how-it-is-tested',
    measurements: ['lag of DescribeKey after a rotation', 'lag of ListKeyRotations after a rotation'],
    unit: 'seconds',
    limit: 110,
  },
  {
    name: 'lag of the ledger',
    says: 'Reads of Parameter Store show a write after at most 110 seconds.',
    restsOnIt: 'what the tests cover',
    source: 'docs/exactly-once.md#how-it-is-tested',
    measurements: ['lag of GetParametersByPath after a creation', 'lag of GetParametersByPath after an overwriting'],
    unit: 'seconds',
    limit: 110,
  },
  {
    name: 'swallowed',
    says: 'A second call while KMS shows the start date of a rotation adds no rotation.',
    restsOnIt: 'how long we wait',
    source: 'docs/exactly-once.md#the-ledger',
    measurements: ['rotations after a second call at once', 'rotations after a second call while the start date shows'],
    unit: 'times',
    limit: 1,
    isExact: true,
  },
  {
    name: 'fresh policies',
    says: 'A policy takes effect within the minute for which the function retries.',
    restsOnIt: 'how long we wait',
    source: 'lambda/retry.ts',
    measurements: ['until a new policy counts'],
    unit: 'seconds',
    limit: 60,
  },
];

/** @returns a sentence for each of these bounds that is broken. */
export function brokenBounds(
  measurements: Readonly<Record<string, readonly number[]>>,
  names: readonly string[],
): string[] {
  return boundResults(measurements)
    .filter(({ bound, outcome }) => names.includes(bound.name) && outcome === 'broken')
    .map(
      ({ bound, distribution }) =>
        `${bound.says} The limit is ${bound.limit}; the samples are ${distribution?.min ?? 0} to ${distribution?.max ?? 0}.`,
    );
}

export function boundResults(measurements: Readonly<Record<string, readonly number[]>>): BoundResult[] {
  return BOUNDS.map((bound) => {
    const samples = bound.measurements.flatMap((name) => measurements[name] ?? []);
    const distribution = distributionOf(samples);
    if (!distribution) return { bound, samples, distribution, outcome: 'not measured', room: undefined };
    const { limit, isExact = false } = bound;
    const holds = isExact ? samples.every((sample) => sample === limit) : distribution.max <= limit;
    return {
      bound,
      samples,
      distribution,
      outcome: holds ? 'holds' : 'broken',
      room: isExact ? undefined : limit - distribution.max,
    };
  });
}
