import { type Deviation, type CallName, LAG } from './faults';
import { Exploration, type Menu, type Tally, everything, only } from './exploration';
import { seeded } from './random';
import { exploreRandomly, randomScripts } from './random-scripts';
import { type Script, scripts } from './scripts';
import type { Handle } from './simulation';

/** How far an exploration goes. */
export interface Depth {
  readonly seed: number;
  /** Of the calls in the middle of a long run every so-many-th is made to deviate. */
  readonly callStride: number;
  /** Of the calls of a rival every so-many-th is where it stops. */
  readonly rivalStride: number;
  /** Calls in runs with random combinations of deviations, per script. */
  readonly combinations: number;
  /** The most deviations in one of them. */
  readonly most: number;
  /** After so many violations a script is given up. */
  readonly findings: number;
}

/** Random scripts are many. */
const RANDOM_SHARE = 6;

export const allScripts: readonly Script[] = [...scripts, randomScripts];

/** What `npm test` does. */
export const TEST: Depth = { seed: 20261122, callStride: 24, rivalStride: 4, combinations: 60_000, most: 4, findings: 5 };

/** What `npm run explore` does. */
export const DEEP: Depth = { seed: 1, callStride: 1, rivalStride: 1, combinations: 16_000_000, most: 6, findings: 5 };

/** Everything there is to explore of a script. */
export async function explore(handle: Handle, script: Script, depth: Depth, progress?: (tally: Tally) => void): Promise<Tally> {
  const exploration = new Exploration(handle, script, depth.findings, progress);
  if (script === randomScripts) {
    await exploreRandomly(exploration, depth.seed, depth.combinations * RANDOM_SHARE);
    return exploration.tally;
  }
  const menu = everything(script.happenings);
  await exploration.chains([menu], depth.callStride);
  for (const rival of script.rivals) await exploration.interleavings(rival, depth.callStride, depth.rivalStride);
  await exploration.chains(lostAndLagging(menu), depth.callStride);
  await exploration.combinations(menu, depth.most, depth.combinations, seeded(depth.seed));
  return exploration.tally;
}

/**
 * What makes a second rotation most likely: the answer to a call is lost, nobody looks for a while, and then what shows the
 * rotation lags. Single deviations do not get there, and random ones seldom.
 */
function lostAndLagging(menu: Menu): readonly Menu[] {
  const isLost = (deviation: Deviation, call: CallName) =>
    call === 'RotateKeyOnDemand' &&
    ((deviation.kind === 'error' && deviation.error.name === 'ECONNRESET' && deviation.effect !== 'none' && deviation.times === 1) ||
      (deviation.kind === 'crash' && deviation.after));
  const isStall = (deviation: Deviation, call: CallName) =>
    (call === 'GetParametersByPath' || call === 'DescribeKey') && deviation.kind === 'stall' && !deviation.after && deviation.for > 60_000;
  const isLag = (deviation: Deviation, call: CallName) =>
    call !== 'GetParametersByPath' && deviation.kind === 'lag' && deviation.by === LAG && (deviation.for === 0 || deviation.for === Infinity);
  const early = (part: Menu, calls: number): Menu => (point) => (point.index < calls ? part(point) : []);
  return [only(menu, isLost), early(only(menu, isStall), 14), early(only(menu, isLag), 24)];
}
