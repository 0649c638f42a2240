import { type Distribution, distributionOf } from './distribution';

/** What would be wrong if a bound were. */
export type RestsOnIt = 'the promise' | 'how long we wait' | 'what the tests cover';

/** Something that is assumed of AWS, and can be measured. */
export interface Bound {
  readonly name: string;
  /** The assumption, as a sentence. */
  readonly says: string;
  readonly restsOnIt: RestsOnIt;
  /** Where it is written down. */
  readonly source: string;
  /** Names of measurements. */
  readonly measurements: readonly string[];
  readonly unit: 'seconds' | 'times';
  readonly limit: number;
  /** Whether samples have to be the limit, rather than not to exceed it. */
  readonly isExact?: true;
}

export interface BoundResult {
  readonly bound: Bound;
  readonly samples: readonly number[];
  readonly distribution: Distribution | undefined;
  readonly outcome: 'holds' | 'broken' | 'not measured';
  /** What is left between the worst sample and the limit; negative where it is exceeded. Undefined for an exact bound. */
  readonly room: number | undefined;
}

const EXACTLY_ONCE = 'docs/exactly-once.md#what-everything-rests-on';

/** The numbers are those of the pages and sources that are named. */
export const BOUNDS: readonly Bound[] = [
  {
    name: 'one winner',
    says: 'Of all who create the same parameter with `Overwrite=false`, one succeeds.',
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
    says: 'Parameter Store shows what was written after 110 seconds at most.',
    restsOnIt: 'what the tests cover',
    source: 'docs/exactly-once.md#how-it-is-tested',
    measurements: ['lag of GetParametersByPath after a creation', 'lag of GetParametersByPath after an overwriting'],
    unit: 'seconds',
    limit: 110,
  },
  {
    name: 'swallowed',
    says: 'A second call while KMS shows the start date of a rotation adds none.',
    restsOnIt: 'how long we wait',
    source: 'docs/exactly-once.md#the-ledger',
    measurements: ['rotations after a second call at once', 'rotations after a second call while the start date shows'],
    unit: 'times',
    limit: 1,
    isExact: true,
  },
  {
    name: 'fresh policies',
    says: 'A policy counts within the minute for which the function asks again.',
    restsOnIt: 'how long we wait',
    source: 'lambda/retry.ts',
    measurements: ['until a new policy counts'],
    unit: 'seconds',
    limit: 60,
  },
];

/** @returns what is wrong with the bounds of these names, a sentence each. */
export function brokenBounds(
  measurements: Readonly<Record<string, readonly number[]>>,
  names: readonly string[],
): string[] {
  return boundResults(measurements)
    .filter(({ bound, outcome }) => names.includes(bound.name) && outcome === 'broken')
    .map(
      ({ bound, distribution }) =>
        `${bound.says} The limit is ${bound.limit}; measured were ${distribution?.min ?? 0} to ${distribution?.max ?? 0}.`,
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
