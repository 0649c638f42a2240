import type { handle } from '../../lambda/handler';
import { CloudFormationModel, type Request, type Wait } from './cloudformation-model';
import { happen } from './disturbances';
import { Violation, Witness } from './invariants';
import { Invocation } from './invocation';
import { KeyModel, type Pace } from './kms-model';
import { ParameterStoreModel } from './parameter-store-model';
import { type Decide, type Point, Scheduler } from './scheduler';
import { servicesOf } from './simulated-services';
import { VirtualClock } from './virtual-clock';
import { Trace } from './trace';

export type Handle = typeof handle;

export interface World {
  readonly pace: Pace;
  readonly multiRegion: boolean;
  /** On-demand rotations of before. */
  readonly usedRotations: number;
  /** Parameters per page; Parameter Store gives ten, and fewer when it likes. */
  readonly pageSize: number;
}

export interface Result {
  readonly violation: Violation | undefined;
  readonly digest: number;
  readonly calls: number;
  readonly excused: number;
  readonly points: readonly Point[];
}

const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FUNCTION_TIMEOUT = 15 * MINUTE;
const MOST_CALLS = 20_000;
const ROLE = 'arn:aws:iam::111122223333:role/provider';

export const keyArn = (n: number): string =>
  `arn:aws:kms:eu-central-1:111122223333:key/0000000${n}-0000-4000-8000-000000000000`;

/** One run of the handler's real code in a world of which every move is decided by the explorer. */
export class Simulation {
  public readonly timeline = new VirtualClock(START);
  public readonly cfn = new CloudFormationModel(this.timeline, (request) => {
    this.deliverLater(request, 1, 1);
  });
  public readonly witness = new Witness(() => this.timeline.now);
  public readonly scheduler: Scheduler;
  private readonly keys = new Map<string, KeyModel>();
  private readonly store: ParameterStoreModel;
  private readonly trace = new Trace();
  private readonly alive = new Set<Invocation>();
  private readonly record: ((line: string) => void) | undefined;
  private invocations = 0;
  private broken: string | undefined;

  public constructor(
    private readonly handle: Handle,
    private readonly world: World,
    decide: Decide,
    record?: (line: string) => void,
  ) {
    this.store = new ParameterStoreModel(world.pageSize);
    this.record =
      record &&
      ((line) => {
        record(`${((this.timeline.now - START) / SECOND).toFixed(2).padStart(8)} s ${line}`);
      });
    const { timeline, trace, alive } = this;
    this.scheduler = new Scheduler(
      {
        timeline,
        trace,
        alive,
        record: this.record,
        crash: (invocation) => {
          this.end(invocation, 'crashed');
        },
        happen: (deviation, invocation) => {
          if (deviation.kind === 'happening') happen(deviation.what, invocation, this);
          if (deviation.kind === 'preempted' && deviation.by) happen(deviation.by, invocation, this);
        },
      },
      decide,
    );
  }

  public async run(script: (simulation: Simulation) => Generator<Wait, unknown, undefined>): Promise<Result> {
    let violation: Violation | undefined;
    try {
      this.cfn.run(script(this));
      for (let event = this.timeline.next(); event; event = this.timeline.next()) {
        const running = event.act();
        if (running) await running;
        if (this.broken !== undefined) throw new Violation('answered, or delivered again', this.broken);
        if (this.trace.length > MOST_CALLS) throw new Error('A run does not come to an end');
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = error;
      this.record?.(`VIOLATION: ${error.invariant}: ${error.message}`);
    }
    return {
      violation,
      digest: this.trace.digest,
      calls: this.trace.length,
      excused: this.witness.excused,
      points: this.scheduler.points,
    };
  }

  public key(arn: string): KeyModel {
    const known = this.keys.get(arn);
    if (known) return known;
    const key = new KeyModel(arn, this.world);
    this.keys.set(arn, key);
    return key;
  }

  public deliverLater(request: Request, delivery: number, delay: number): void {
    this.timeline.after(delay, () => this.deliver(request, delivery));
  }

  private deliver(request: Request, delivery: number): Promise<void> {
    const invocation = new Invocation(this.invocations++, request, delivery, this.timeline.now);
    this.alive.add(invocation);
    const { event, isRollback } = request;
    if (this.record) {
      this.record(
        `i${invocation.number} ${event.RequestType}${isRollback ? ' (rollback)' : ''} ${event.RequestId}, token ${invocation.token}, delivery ${delivery}`,
      );
    }
    const killAt = invocation.startedAt + FUNCTION_TIMEOUT;
    this.timeline.after(FUNCTION_TIMEOUT, () => {
      if (invocation.alive && !invocation.stoodStill) this.broken = 'An undisturbed invocation ran into its timeout';
      this.end(invocation, 'killed');
      return undefined;
    });
    const { timeline, cfn, witness, scheduler, store, record } = this;
    const shared = {
      cfn,
      witness,
      scheduler,
      store,
      record,
      now: () => timeline.now,
      key: (arn: string) => this.key(arn),
    };
    const context = { getRemainingTimeInMillis: () => killAt - timeline.now };
    const ended = (how: 'returned' | 'error') => () => {
      if (how === 'returned' && !invocation.answerTaken)
        this.broken = 'An invocation returned although CloudFormation has not taken its answer';
      this.end(invocation, how);
      invocation.arrive();
    };
    return invocation.run(() => {
      this.handle(event, context, ROLE, servicesOf(invocation, shared)).then(ended('returned'), ended('error'));
    });
  }

  /** Lambda delivers an event twice more after an error. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
  private end(invocation: Invocation, how: 'returned' | 'error' | 'crashed' | 'killed'): void {
    if (!invocation.alive) return;
    invocation.alive = false;
    this.alive.delete(invocation);
    this.trace.add(invocation.number, 'end', how);
    this.record?.(`i${invocation.number} ${how}`);
    if (how !== 'returned' && invocation.delivery < 3)
      this.deliverLater(invocation.request, invocation.delivery + 1, invocation.delivery * MINUTE);
    this.scheduler.ended();
  }
}
