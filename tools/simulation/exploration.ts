import { type CallName, type Deviation, type Disturbance, IS_READ, describe, deviations } from './faults';
import type { Invariant } from './invariants';
import type { Decide, Point } from './scheduler';
import type { Script } from './scripts';
import { type Handle, type Result, Simulation } from './simulation';

// Failures are made by the thousand, and nobody reads their stacks.
Error.stackTraceLimit = 0;

/** A deviation at a point: the number of the call in the run, counted from 0. */
export interface Choice {
  readonly at: number;
  /** Where the point turns out to be another call, nothing deviates. */
  readonly call: CallName;
  readonly deviation: Deviation;
}

export interface Finding {
  readonly script: string;
  readonly choices: readonly string[];
  readonly invariant: Invariant;
  readonly message: string;
  readonly log: readonly string[];
}

/** What was explored of one script. */
export interface Tally {
  readonly script: string;
  runs: number;
  calls: number;
  /** How often the exception for rotations by hand was needed. */
  excused: number;
  /** Tokens that could not succeed any more when nothing was wrong any more. */
  stuck: number;
  /** The most records that a run left in the ledgers. */
  records: number;
  readonly traces: Set<number>;
  readonly findings: Finding[];
}

/** What can go otherwise at a point, that many calls after what went otherwise before. */
export type Menu = (point: Point, since: number) => readonly Deviation[];

/** Everything that can. */
export function everything(happenings: readonly Disturbance[]): Menu {
  const known = new Map<CallName, readonly Deviation[]>();
  return ({ call }) => {
    const all = known.get(call) ?? deviations(call, happenings);
    known.set(call, all);
    return all;
  };
}

/** A part of a menu, by call and deviation. */
export function only(menu: Menu, isWanted: (deviation: Deviation, call: CallName) => boolean): Menu {
  const known = new Map<CallName, readonly Deviation[]>();
  return (point, since) => {
    const some = known.get(point.call) ?? menu(point, since).filter((deviation) => isWanted(deviation, point.call));
    known.set(point.call, some);
    return some;
  };
}

/** How many calls of the other invocation are gone through in interleavings: more than a quick rotation takes. */
const PREEMPTIONS = 36;
/** Calls that poll repeat each other: of a long run the first and the last ones are gone through, and every so-many-th between them. */
const SHORT = 60;
const FIRST = 24;
const LAST = 8;

/** Explores one script, until it finds more violations than anybody wants to read. */
export class Exploration {
  public readonly tally: Tally;

  public constructor(
    private readonly handle: Handle,
    private readonly script: Script,
    private readonly mostFindings: number,
    private readonly progress: (tally: Tally) => void = () => undefined,
  ) {
    this.tally = {
      script: script.name,
      runs: 0,
      calls: 0,
      excused: 0,
      stuck: 0,
      records: 0,
      traces: new Set(),
      findings: [],
    };
  }

  public get isOver(): boolean {
    return this.tally.findings.length >= this.mostFindings;
  }

  /** One run with these deviations. @returns its points. */
  public async run(choices: readonly Choice[]): Promise<readonly Point[]> {
    if (this.isOver) return [];
    const result = await new Simulation(this.handle, this.script.world, decider(choices)).run(this.script.steps);
    this.count(result);
    if (result.violation) await this.report(this.script, await this.simplify(choices, result.violation.invariant));
    return result.points;
  }

  /** One run of another script. @returns whether it kept all promises. */
  public async keeps(script: Script, decide: Decide): Promise<boolean> {
    const result = await new Simulation(this.handle, script.world, decide).run(script.steps);
    this.count(result);
    return !result.violation;
  }

  /** Notes a violation, with all that led to it. */
  public async report(script: Script, choices: readonly Choice[] | Decide, title = ''): Promise<void> {
    const log: string[] = [];
    const decide = typeof choices === 'function' ? choices : decider(choices);
    const { violation } = await new Simulation(this.handle, script.world, decide, (line) => log.push(line)).run(
      script.steps,
    );
    if (!violation)
      throw new Error(
        'A run came out otherwise when it was repeated: something in it is not in the hand of the simulation',
      );
    const { invariant, message } = violation;
    const deviations =
      typeof choices === 'function' ? [title] : choices.map(({ at, deviation }) => `#${at} ${describe(deviation)}`);
    this.tally.findings.push({ script: script.name, choices: deviations, invariant, message, log });
  }

  private count(result: Result): void {
    const { tally } = this;
    tally.runs++;
    tally.calls += result.calls;
    tally.excused += result.excused;
    tally.stuck += result.stuck;
    tally.records = Math.max(tally.records, result.records);
    tally.traces.add(result.digest);
    if (tally.runs % 1000 === 0) this.progress(tally);
  }

  /** Every chain of deviations, one of each menu, the later ones at later calls. */
  public async chains(menus: readonly Menu[], stride: number, before: readonly Choice[] = []): Promise<void> {
    const points = await this.run(before);
    const [menu, ...others] = menus;
    if (!menu) return;
    const from = (before.at(-1)?.at ?? -1) + 1;
    for (let at = from; at < points.length; at++) {
      const point = points[at];
      if (!point || isSkipped(point, from, points.length, stride)) continue;
      for (const deviation of menu(point, at - from))
        await this.chains(others, stride, [...before, { at, call: point.call, deviation }]);
    }
  }

  /** An invocation, the first or every, stands still at each of its calls while another one runs to each of its own. */
  public async interleavings(
    rival: Disturbance,
    which: 'first' | 'every',
    callStride: number,
    stride: number,
  ): Promise<void> {
    const points = await this.run([]);
    const first = points[0]?.invocation;
    for (const [at, point] of points.entries()) {
      const { invocation, call } = point;
      if ((which === 'first' && invocation !== first) || isSkipped(point, 0, points.length, callStride)) continue;
      for (let until = 1 + (at % stride); until <= PREEMPTIONS; until += stride) {
        for (const after of [false, true]) {
          for (const thenAlone of [false, true]) {
            await this.run([{ at, call, deviation: { kind: 'preempted', by: rival, until, after, thenAlone } }]);
          }
        }
      }
    }
  }

  /** Random combinations of 2 to `most` deviations, drawn from what the run with those before has to offer; so many calls. */
  public async combinations(menu: Menu, most: number, calls: number, random: () => number): Promise<void> {
    const base = await this.run([]);
    const end = this.tally.calls + calls;
    while (this.tally.calls < end && !this.isOver) {
      const choices: Choice[] = [];
      let points = base;
      const many = 2 + Math.floor(random() * (most - 1));
      while (choices.length < many) {
        const from = (choices.at(-1)?.at ?? -1) + 1;
        // Sooner rather than later: what decides a run happens at its beginning, and the rest is polling.
        const at = from + Math.floor(random() ** 2 * (points.length - from));
        const point = points[at];
        if (!point) break;
        const options = menu(point, at - from);
        const deviation = options[Math.floor(random() * options.length)];
        if (!deviation) break;
        choices.push({ at, call: point.call, deviation });
        points = await this.run(choices);
      }
    }
  }

  /** Leaves out every deviation that the violation does not need. */
  private async simplify(choices: readonly Choice[], invariant: Invariant): Promise<readonly Choice[]> {
    for (const choice of choices) {
      const fewer = choices.filter((other) => other !== choice);
      const { violation } = await new Simulation(this.handle, this.script.world, decider(fewer)).run(this.script.steps);
      if (violation?.invariant === invariant) return this.simplify(fewer, invariant);
    }
    return choices;
  }
}

/** Whether a call in the middle of a long run is left out, because it polls like those around it. */
function isSkipped({ index, call }: Point, from: number, length: number, stride: number): boolean {
  const isPolling = IS_READ.has(call) && length > SHORT && index - from >= FIRST && index < length - LAST;
  return isPolling && index % stride !== 0;
}

function decider(choices: readonly Choice[]): Decide {
  const byIndex = new Map(choices.map((choice) => [choice.at, choice]));
  return ({ index, call }) => {
    const choice = byIndex.get(index);
    return choice?.call === call ? choice.deviation : undefined;
  };
}
