import { awsError } from './aws-error';
import { type CallName, type Deviation, type Items, LATE, describe } from './deviations';
import type { Invocation } from './invocation';
import type { Recorder } from './record';
import type { TraceDigest } from './trace-digest';
import type { VirtualClock } from './virtual-clock';
import { Violation } from './witness';

/** A call at which a run can deviate. */
export interface Point {
  /** Its number in the run, counted from 0. */
  readonly index: number;
  readonly call: CallName;
  readonly invocation: number;
}

/** Decides how the call at a point deviates; undefined: it succeeds at once. */
export type Decide = (point: Point) => Deviation | undefined;

/** How far a read lags, and for which items. */
export interface Lag {
  readonly by: number;
  readonly of: Items;
}

/** Carries out a call in the world. Returns the result, and the outcome for the trace. */
export type Effect<T> = (lag: Lag) => readonly [result: T, outcome: string];

/** What the scheduler needs from the simulation. */
export interface SchedulerHost {
  readonly clock: VirtualClock;
  readonly trace: TraceDigest;
  readonly alive: ReadonlySet<Invocation>;
  crash(invocation: Invocation): void;
  disturb(deviation: Deviation, invocation: Invocation): void;
  isThrottled(call: CallName): boolean;
  /** Undefined if nobody reads the events. */
  readonly record: Recorder | undefined;
}

interface Call<T> {
  readonly invocation: Invocation;
  readonly name: CallName;
  readonly index: number;
  readonly effect: Effect<T>;
  readonly resolve: (result: T) => void;
  readonly reject: (error: Error) => void;
}

interface Hold {
  readonly invocation: Invocation;
  readonly until: number;
  readonly thenHoldOther: boolean;
  callsByOthers: number;
  readonly resume: () => void;
}

interface Outage {
  readonly calls: ReadonlySet<CallName>;
  readonly deviation: Deviation;
  times: number;
  readonly until: number;
  /** Calls that it has met so far. */
  met: number;
}

const SECOND = 1000;
const LATENCY = 20;
/** How long the handler's clients wait for a response. */
const TIMEOUTS: Readonly<Record<string, number | undefined>> = { TimeoutError: 10 * SECOND };
const NO_LAG: Lag = { by: 0, of: 'all' };
type Settle = () => Promise<void> | undefined;

/** Carries out the handler's calls as decided: when each takes effect, when and how it is answered, and whose turn it is. */
export class Scheduler {
  public readonly points: Point[] = [];
  /** Whether calls can deviate; false while a script sets up its preconditions. */
  public exploring = true;
  private holds: Hold[] = [];
  private outages: Outage[] = [];

  public constructor(
    private readonly world: SchedulerHost,
    private readonly decide: Decide,
  ) {}

  public issue<T>(invocation: Invocation, name: CallName, effect: Effect<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.plan({ invocation, name, effect, resolve, reject, index: this.points.length });
      for (const hold of this.holds) if (hold.invocation !== invocation) hold.callsByOthers++;
      invocation.pause();
    });
  }

  public sleep(invocation: Invocation, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.clock.after(milliseconds, () => (invocation.alive ? invocation.run(resolve) : undefined));
      invocation.pause();
    });
  }

  /** Denies these calls for a while. */
  public deny(calls: readonly CallName[], duration: number): void {
    const error = awsError('AccessDeniedException');
    this.addOutage(calls, { kind: 'error', error, effect: 'none', times: Infinity, for: duration }, Infinity, duration);
  }

  /** From now on no call deviates. */
  public calm(): void {
    this.exploring = false;
    this.outages = [];
    for (const hold of this.holds) this.release(hold);
  }

  /** An invocation has ended. If all others are held, they continue. */
  public ended(): void {
    const isAnyFree = [...this.world.alive].some((other) => !this.holds.some((hold) => hold.invocation === other));
    if (!isAnyFree) for (const hold of this.holds) this.release(hold);
  }

  private plan<T>(call: Call<T>): void {
    let deviation = this.outageOf(call.name);
    if (!deviation && this.exploring) {
      const point = { index: call.index, call: call.name, invocation: call.invocation.number };
      deviation = this.decide(point);
      this.points.push(point);
      if (deviation) this.begin(call, deviation);
    }
    call.invocation.wasDisturbed ||= deviation !== undefined;
    const due = this.holds.find(
      ({ invocation, callsByOthers, until }) => invocation !== call.invocation && callsByOthers + 1 >= until,
    );
    if (due) {
      this.release(due);
      if (due.thenHoldOther) {
        this.hold(call, Infinity, false, false);
        return;
      }
    }
    this.carryOut(call, deviation);
  }

  /** Starts what outlasts the deviating call. */
  private begin<T>(call: Call<T>, deviation: Deviation): void {
    if (this.world.record)
      this.world.record(call.invocation.number, 'deviation', `${call.name}: ${describe(deviation)}`, call.index);
    this.world.disturb(deviation, call.invocation);
    if (deviation.kind === 'error' && deviation.times > 1)
      this.addOutage([call.name], deviation, deviation.times - 1, deviation.for);
    if (deviation.kind === 'lag' && deviation.for > 0) {
      // A key's history lags together with its material.
      const calls: CallName[] = call.name === 'DescribeKey' ? ['DescribeKey', 'ListKeyRotations'] : [call.name];
      this.addOutage(calls, deviation, Infinity, deviation.for);
    }
  }

  private addOutage(calls: readonly CallName[], deviation: Deviation, times: number, duration: number): void {
    this.outages.push({ calls: new Set(calls), deviation, times, until: this.world.clock.now + duration, met: 0 });
  }

  private outageOf(name: CallName): Deviation | undefined {
    if (this.outages.length === 0) return undefined;
    this.outages = this.outages.filter(({ until, times }) => until > this.world.clock.now && times > 0);
    const outage = this.outages.find(({ calls }) => calls.has(name));
    if (!outage) return undefined;
    outage.times--;
    const { deviation } = outage;
    const isSpared = deviation.kind === 'lag' && deviation.alternates && outage.met++ % 2 === 0;
    return isSpared ? undefined : deviation;
  }

  private carryOut<T>(call: Call<T>, deviation: Deviation | undefined): void {
    const { invocation } = call;
    const { clock } = this.world;
    switch (deviation?.kind) {
      case 'crash':
        clock.after(LATENCY, () => {
          if (deviation.after && invocation.alive) this.perform(call);
          this.world.crash(invocation);
        });
        break;
      case 'stall':
        invocation.wasDelayed = true;
        if (deviation.after) this.performThen(call, LATENCY, (settle) => clock.after(deviation.for, settle));
        else clock.after(deviation.for, () => this.settle(call));
        break;
      case 'error':
        this.fail(call, deviation);
        break;
      case 'preempted':
        this.hold(call, deviation.until, deviation.thenHoldOther, deviation.after);
        break;
      case 'lag':
        clock.after(LATENCY, () => this.settle(call, deviation));
        break;
      default:
        clock.after(LATENCY, () => this.settle(call));
    }
  }

  private fail<T>(call: Call<T>, { error, effect }: Extract<Deviation, { kind: 'error' }>): void {
    const { invocation } = call;
    const { clock } = this.world;
    if (call.name === 'GetParametersByPath') invocation.lastRead = { at: clock.now, disturbed: true, damaged: false };
    const delay = TIMEOUTS[error.name] ?? LATENCY;
    if (effect === 'before') this.performThen(call, LATENCY, () => undefined);
    clock.after(delay, () => {
      if (!invocation.alive) return undefined;
      this.note(call, error.name);
      return invocation.run(() => {
        call.reject(error);
      });
    });
    // The request is in flight, whether or not the invocation is still alive.
    if (effect === 'late') clock.after(delay + LATE, () => this.perform(call));
  }

  private settle<T>(call: Call<T>, lag = NO_LAG): Promise<void> | undefined {
    return call.invocation.alive ? call.invocation.run(this.perform(call, lag)) : undefined;
  }

  /** Carries out a call after a delay; `then` decides when the handler gets the result. */
  private performThen<T>(call: Call<T>, delay: number, then: (settle: Settle) => unknown): void {
    const { invocation } = call;
    this.world.clock.after(delay, () => {
      if (!invocation.alive) return;
      const settled = this.perform(call);
      then(() => (invocation.alive ? invocation.run(settled) : undefined));
    });
  }

  /** Carries out a call. @returns a function that hands the result to the handler. */
  private perform<T>(call: Call<T>, lag = NO_LAG): () => void {
    try {
      if (this.world.isThrottled(call.name)) throw awsError('ThrottlingException');
      const [result, outcome] = call.effect(lag);
      this.note(call, outcome);
      return () => {
        call.resolve(result);
      };
    } catch (error) {
      if (!(error instanceof Error) || error instanceof Violation) throw error;
      call.invocation.wasDisturbed ||= error.name !== 'ParameterAlreadyExists';
      this.note(call, error.name);
      return () => {
        call.reject(error);
      };
    }
  }

  private hold<T>(call: Call<T>, until: number, thenHoldOther: boolean, after: boolean): void {
    const { invocation } = call;
    invocation.wasDelayed = true;
    const held = (resume: Settle) =>
      this.holds.push({
        invocation,
        until,
        thenHoldOther,
        callsByOthers: 0,
        resume: () => this.world.clock.after(0, resume),
      });
    if (after) this.performThen(call, 0, held);
    else held(() => this.settle(call));
  }

  private release(hold: Hold): void {
    this.holds = this.holds.filter((other) => other !== hold);
    hold.resume();
  }

  private note<T>(call: Call<T>, outcome: string): void {
    this.world.trace.add(call.invocation.number, call.name, outcome);
    if (this.world.record) this.world.record(call.invocation.number, 'call', `${call.name} -> ${outcome}`, call.index);
  }
}
