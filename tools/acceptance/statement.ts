import type { Part } from './part';
import { PREFIX, TAG } from './run-state';

/** Prices of us-east-1, in dollars. */
const PRICES = {
  /** https://aws.amazon.com/kms/pricing/: a key, and each of its first two rotations, a month. */
  keyMonth: 1,
  /** https://aws.amazon.com/kms/pricing/ */
  kmsRequest: 0.03 / 10_000,
  /** https://aws.amazon.com/lambda/pricing/: 256 MB for two minutes. */
  rotationByFunction: 0.25 * 120 * 0.0000166667,
};
const HOURS_OF_A_MONTH = 730;
/** Calls that the function makes for one rotation: see docs/fleets.md#what-one-key-costs. */
const CALLS_OF_A_ROTATION = 50;
/** Further calls for each key; CloudFormation and the CDK CLI make none to KMS. */
const CALLS_OF_A_KEY = 10;

/** How many parts run concurrently. */
export const PARALLEL_PARTS = 6;

export interface Plan {
  readonly keys: number;
  readonly rotations: number;
  readonly stacks: number;
  readonly reservedConcurrency: number;
  readonly minutes: number;
  /** In dollars. */
  readonly cost: number;
}

export function planOf(parts: readonly Part[]): Plan {
  const sum = (of: (needs: Part['needs']) => number): number =>
    parts.reduce((total, { needs }) => total + of(needs), 0);
  const keys = sum((needs) => needs.keys);
  const rotations = sum((needs) => needs.rotations);
  const minutes = minutesOf(parts);
  const months = minutes / 60 / HOURS_OF_A_MONTH;
  const calls = sum((needs) => needs.calls ?? 0) + rotations * CALLS_OF_A_ROTATION + keys * CALLS_OF_A_KEY;
  const charged = sum((needs) => Math.min(needs.rotations, 2 * needs.keys));
  return {
    keys,
    rotations,
    stacks: sum((needs) => needs.stacks ?? 0),
    reservedConcurrency: Math.max(0, ...parts.map(({ needs }) => needs.reservedConcurrency ?? 0)),
    minutes,
    cost:
      (keys + charged) * PRICES.keyMonth * months + calls * PRICES.kmsRequest + rotations * PRICES.rotationByFunction,
  };
}

/** Parts that run alone come first, in sequence; each of the others starts as soon as a lane is free. */
function minutesOf(parts: readonly Part[]): number {
  const isAlone = (part: Part): boolean => part.kind === 'probe' && part.isAlone === true;
  const alone = parts.filter(isAlone).reduce((sum, { needs }) => sum + needs.minutes, 0);
  const lanes = Array.from({ length: PARALLEL_PARTS }, () => 0);
  for (const { needs } of parts.filter((part) => !isAlone(part))) {
    const first = lanes.indexOf(Math.min(...lanes));
    lanes[first] = (lanes[first] ?? 0) + needs.minutes;
  }
  return alone + Math.max(...lanes);
}

export interface About {
  readonly account: string;
  readonly region: string;
  readonly replicaRegion: string;
  readonly id: string;
}

/** Announces what a run is about to do. */
export function statementOf(plan: Plan, { account, region, replicaRegion, id }: About): string {
  const { keys, rotations, stacks, minutes, cost } = plan;
  return [
    `In account ${account}, Region ${region} (replicas in ${replicaRegion}), this makes`,
    `  ${keys} KMS keys, which are rotated ${rotations} times, tagged ${TAG.key}=${TAG.value}`,
    `  ${stacks} stacks by \`cdk deploy\`, with functions, roles, log groups and queues`,
    `  parameters below /${PREFIX}/ and, as the keys' ledgers, below /on-demand-key-rotation/`,
    `All names begin with ${PREFIX}-${id}; nothing else is touched.`,
    `It takes about ${minutes} minutes and costs about $${cost.toFixed(2)} (prices of us-east-1).`,
    'In the end, and on Ctrl-C, stacks are deleted and keys scheduled for deletion, which costs nothing while it is pending.',
  ].join('\n');
}
