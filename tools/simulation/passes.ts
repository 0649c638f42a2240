import { type CallName, type Deviation, type Disturbance, LAG, LEDGER_LAG } from './faults';
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
  /** What brings the invocation that is interleaved with the one before, in every script. */
  readonly rivals: readonly Disturbance[];
  /** Which invocations of a script others are interleaved with. */
  readonly interleaved: 'first' | 'every';
  /** Calls in runs with random combinations of deviations, per script. */
  readonly combinations: number;
  /** The same in random scripts, which are many. */
  readonly random: number;
  /** The most deviations in one of them. */
  readonly most: number;
  /** After so many violations a script is given up. */
  readonly findings: number;
}

/** What takes longest comes first, so that no processor is idle in the end. */
export const allScripts: readonly Script[] = [randomScripts, ...scripts];

/** What `npm test` does. */
export const TEST: Depth = {
  seed: 20261122,
  callStride: 64,
  rivalStride: 5,
  rivals: [],
  interleaved: 'first',
  combinations: 30_000,
  random: 300_000,
  most: 4,
  findings: 5,
};

/** What `npm run explore` does. */
export const DEEP: Depth = {
  seed: 1,
  callStride: 1,
  rivalStride: 1,
  rivals: ['delivered twice', 'cancelled'],
  interleaved: 'every',
  combinations: 6_000_000,
  random: 120_000_000,
  most: 6,
  findings: 5,
};

/** Everything there is to explore of a script. */
export async function explore(
  handle: Handle,
  script: Script,
  depth: Depth,
  progress?: (tally: Tally) => void,
): Promise<Tally> {
  const exploration = new Exploration(handle, script, depth.findings, progress);
  if (script === randomScripts) {
    await exploreRandomly(exploration, depth.seed, depth.random);
    return exploration.tally;
  }
  const menu = everything(script.happenings);
  await exploration.chains([menu], depth.callStride);
  for (const rival of new Set([...script.rivals, ...depth.rivals])) {
    await exploration.interleavings(rival, depth.interleaved, depth.callStride, depth.rivalStride);
  }
  await exploration.chains(lostAndLagging(menu), depth.callStride);
  await exploration.chains(
    lostAndLagging(menu).filter((_, i) => i !== 1),
    depth.callStride,
  );
  await exploration.chains(byHandAndLagging(menu), depth.callStride);
  await exploration.chains(laggingThenBlind(menu), depth.callStride);
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
    ((deviation.kind === 'error' &&
      deviation.error.name === 'ECONNRESET' &&
      deviation.effect !== 'none' &&
      deviation.times === 1) ||
      (deviation.kind === 'crash' && deviation.after));
  return [only(menu, isLost), early(14, only(menu, isStall)), early(24, only(menu, hidesRotations))];
}

/** What makes a rotation by hand most likely to be taken for ours: nobody looks until it is over, and then what shows it lags. */
function byHandAndLagging(menu: Menu): readonly Menu[] {
  const isByHand = (deviation: Deviation) => deviation.kind === 'happening' && deviation.what === 'rotated by hand';
  return [early(14, only(menu, isByHand)), soon(2, only(menu, isStall)), soon(4, only(menu, hidesRotations))];
}

/**
 * What makes a rollback most likely to fail: the only read of the ledger that is answered lags, KMS refuses to show the key, and the
 * ledger cannot be read for some minutes, or any more.
 */
function laggingThenBlind(menu: Menu): readonly Menu[] {
  const lags = only(
    menu,
    (deviation, call) =>
      call === 'GetParametersByPath' &&
      deviation.kind === 'lag' &&
      deviation.of === 'all' &&
      deviation.by === LEDGER_LAG &&
      deviation.for === 0,
  );
  const ends = (name: CallName, error: string) =>
    only(
      menu,
      (deviation, call) =>
        call === name && deviation.kind === 'error' && deviation.error.name === error && deviation.times === Infinity,
    );
  return [
    early(40, lags),
    soon(2, ends('DescribeKey', 'NotFoundException')),
    soon(24, ends('GetParametersByPath', 'ThrottlingException')),
  ];
}

function isStall(deviation: Deviation, call: CallName): boolean {
  return (
    (call === 'GetParametersByPath' || call === 'DescribeKey') &&
    deviation.kind === 'stall' &&
    !deviation.after &&
    deviation.for > 60_000
  );
}

function hidesRotations(deviation: Deviation, call: CallName): boolean {
  return (
    call !== 'GetParametersByPath' &&
    deviation.kind === 'lag' &&
    deviation.by === LAG &&
    (deviation.for === 0 || deviation.for === Infinity)
  );
}

/** At the first calls of a run. */
function early(calls: number, menu: Menu): Menu {
  return (point, since) => (point.index < calls ? menu(point, since) : []);
}

/** At the first calls after what went otherwise before. */
function soon(calls: number, menu: Menu): Menu {
  return (point, since) => (since < calls ? menu(point, since) : []);
}
