import type { Configuration } from '../simulation/configuration';
import { type CallName, type Deviation, type Disturbance, describe } from '../simulation/deviations';
import { seeded } from '../simulation/random';
import type { Point } from '../simulation/scheduler';
import type { Handle } from '../simulation/simulation';
import { type Choice, Exploration, type Tally } from './exploration';
import { type Menu, early, everything, only, soon } from './menu';
import { exploreRandomly, randomScripts } from './random-scripts';
import { type Script, scripts } from './scripts';

/** How far an exploration goes. */
export interface Depth {
  readonly seed: number;
  /** Calls per script and configuration. Counted, not timed, so that every machine explores the same. */
  readonly calls: number;
  /** In one run. */
  readonly maxDeviations: number;
  /** Violations after which a script is given up. */
  readonly findings: number;
  /** Limits deviations to one call, one kind, or both. */
  readonly focus?: Focus;
}

export interface Focus {
  readonly call?: CallName;
  readonly kind?: Deviation['kind'];
}

export const allScripts: readonly Script[] = [randomScripts, ...scripts];

/** Disturbances that start an invocation to interleave with. */
const RIVALS: readonly Disturbance[] = [
  'delivered twice',
  'cancelled',
  'second stack, same token',
  'second stack, other token',
  'second stack, to be recorded only',
  'second stack fails and goes back',
];
/** How many calls of the other invocation an interleaving can wait for: more than a quick rotation makes. */
const PREEMPTIONS = 36;
/** After this many repeated draws in a row, there is little left to draw. */
const EXHAUSTED = 100;

/** Explores a script: first single deviations in mixed order, then combinations. */
export async function explore(
  handle: Handle,
  configuration: Configuration,
  script: Script,
  depth: Depth,
  progress?: (tally: Tally) => void,
): Promise<Tally> {
  const exploration = new Exploration(handle, configuration, script, depth.findings, progress);
  const seed = seedOf(depth.seed, configuration.name, script.name);
  const { allows = () => true } = script;
  const { call, kind } = depth.focus ?? {};
  const menu = only(
    everything(configuration),
    (deviation, name) =>
      (call ?? name) === name && (kind ?? deviation.kind) === deviation.kind && allows(deviation, name),
  );
  if (script === randomScripts) await exploreRandomly(exploration, menu, seed, depth.calls);
  else await new Passes(exploration, menu, depth, seeded(seed), script.allows ? [] : RIVALS).run();
  return exploration.tally;
}

function seedOf(seed: number, ...names: readonly string[]): number {
  return Buffer.from(names.join('/')).reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, seed);
}

class Passes {
  private readonly drawn = new Set<string>();

  public constructor(
    private readonly exploration: Exploration,
    private readonly menu: Menu,
    private readonly depth: Depth,
    private readonly random: () => number,
    private readonly rivals: readonly Disturbance[],
  ) {}

  public async run(): Promise<void> {
    const { menu, depth } = this;
    const points = await this.exploration.run([]);
    const chains = [lostAndLagging(menu), byHandAndLagging(menu), laggingThenBlind(menu)];
    await this.singles(points, 0.35 * depth.calls);
    if (this.rivals.length > 0) await this.until(0.55 * depth.calls, () => this.interleaving(points));
    await this.until(0.7 * depth.calls, () => this.chain(points, this.pick(chains)));
    await this.until(depth.calls, () => this.chain(points, this.several()));
  }

  /** Tries every deviation of every call. Calls and kinds take turns, so that rare ones do not come last. */
  private async singles(points: readonly Point[], calls: number): Promise<void> {
    const piles = new Map<string, Choice[]>();
    for (const { call, index: at, invocation } of points) {
      for (const deviation of this.menu({ call, index: at, invocation }, at).flat()) {
        const name = `${call} ${nameOf(deviation)}`;
        const pile = piles.get(name) ?? [];
        piles.set(name, pile);
        pile.push({ at, call, deviation });
      }
    }
    for (
      let remaining = this.shuffled([...piles.values()]);
      remaining.length > 0;
      remaining = remaining.filter(({ length }) => length > 0)
    ) {
      for (const pile of remaining) {
        if (this.exploration.tally.calls >= calls || this.exploration.isOver) return;
        const [choice] = pile.splice(Math.floor(this.random() * pile.length), 1);
        if (choice) await this.exploration.run([choice]);
      }
    }
  }

  /** Holds an invocation at one of its calls while another one runs to one of its own. */
  private async interleaving(points: readonly Point[]): Promise<boolean> {
    const point = this.pointOf(points);
    if (!point) return false;
    const deviation: Deviation = {
      kind: 'preempted',
      by: this.pick(this.rivals),
      until: 1 + Math.floor(this.random() * PREEMPTIONS),
      after: this.random() < 0.5,
      thenHoldOther: this.random() < 0.5,
    };
    const choices = [{ at: point.index, call: point.call, deviation }];
    if (!this.isNew(choices)) return false;
    await this.exploration.run(choices);
    return true;
  }

  private several(): readonly Menu[] {
    return Array.from({ length: 2 + Math.floor(this.random() * (this.depth.maxDeviations - 1)) }, () => this.menu);
  }

  /** Tries a chain of deviations, one from each menu, each at a later call than the previous one. */
  private async chain(base: readonly Point[], menus: readonly Menu[]): Promise<boolean> {
    let points = base;
    let choices: readonly Choice[] = [];
    let isNew = false;
    for (const menu of menus) {
      const from = (choices.at(-1)?.at ?? -1) + 1;
      const point = this.pointOf(points.filter((one) => one.index >= from && menu(one, one.index - from).length > 0));
      if (!point) break;
      const deviation = this.pick(this.pick(menu(point, point.index - from)));
      choices = [...choices, { at: point.index, call: point.call, deviation }];
      isNew = this.isNew(choices) || isNew;
      points = await this.exploration.run(choices);
    }
    return isNew;
  }

  /** Draws each kind of call equally often, and prefers early calls: they decide a run, the rest is polling. */
  private pointOf(points: readonly Point[]): Point | undefined {
    const byCall = new Map<CallName, Point[]>();
    for (const point of points) {
      const others = byCall.get(point.call);
      if (others) others.push(point);
      else byCall.set(point.call, [point]);
    }
    if (byCall.size === 0) return undefined;
    const some = this.pick([...byCall.values()]);
    return some[Math.floor(this.random() ** 2 * some.length)];
  }

  private shuffled<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(this.random() * (i + 1));
      const [one, other] = [items[i], items[j]];
      if (one !== undefined && other !== undefined) [items[i], items[j]] = [other, one];
    }
    return items;
  }

  private pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  }

  private isNew(choices: readonly Choice[]): boolean {
    const name = choices.map(({ at, deviation }) => `${at} ${describe(deviation)}`).join();
    if (this.drawn.has(name)) return false;
    this.drawn.add(name);
    return true;
  }

  /** Draws until the exploration has made `calls` calls, or hardly any draw is new. */
  private async until(calls: number, draw: () => Promise<boolean>): Promise<void> {
    let repeats = 0;
    while (this.exploration.tally.calls < calls && !this.exploration.isOver && repeats < EXHAUSTED) {
      repeats = (await draw()) ? 0 : repeats + 1;
    }
  }
}

function nameOf(deviation: Deviation): string {
  switch (deviation.kind) {
    case 'error':
      return deviation.error.name;
    case 'disturbance':
      return deviation.what;
    default:
      return deviation.kind;
  }
}

/**
 * The likeliest way to a second rotation: the response to a call is lost, nobody reads for a while, and then the reads that show the
 * rotation lag. Single deviations cannot do that, and random ones rarely do.
 */
function lostAndLagging(menu: Menu): readonly Menu[] {
  const isLost = (deviation: Deviation, call: CallName) =>
    call === 'RotateKeyOnDemand' &&
    ((deviation.kind === 'error' && deviation.effect !== 'none' && deviation.times === 1) ||
      (deviation.kind === 'crash' && deviation.after));
  return [only(menu, isLost), soon(14, only(menu, isStall)), soon(24, only(menu, hidesRotations))];
}

/** The likeliest way to take a rotation by hand for ours: nobody reads until it is over, and then the reads that show it lag. */
function byHandAndLagging(menu: Menu): readonly Menu[] {
  const isByHand = (deviation: Deviation) => deviation.kind === 'disturbance' && deviation.what === 'rotated by hand';
  return [early(14, only(menu, isByHand)), soon(2, only(menu, isStall)), soon(4, only(menu, hidesRotations))];
}

/**
 * The likeliest way to a failed rollback: the only successful read of the ledger lags, DescribeKey fails, and then the ledger cannot be
 * read for minutes or at all.
 */
function laggingThenBlind(menu: Menu): readonly Menu[] {
  const lags = only(
    menu,
    (deviation, call) => call === 'GetParametersByPath' && isLongestLag(deviation) && deviation.for === 0,
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
  return call !== 'GetParametersByPath' && isLongestLag(deviation) && deviation.for !== 300_000;
}

function isLongestLag(deviation: Deviation): deviation is Extract<Deviation, { kind: 'lag' }> {
  return deviation.kind === 'lag' && deviation.of === 'all' && deviation.by > 60_000;
}
