import type { handle } from '../../lambda/handler';
import { CloudFormationModel, type Request, type Wait } from './cloudformation-model';
import { conditions } from './conditions';
import { deploy } from './deployments';
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
  /** Records in the ledger at the end. */
  readonly records: number;
  /** Tokens of the script that cannot succeed any more. */
  readonly stuck: number;
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
  public readonly store: ParameterStoreModel;
  private readonly trace = new Trace();
  private readonly alive = new Set<Invocation>();
  private readonly record: ((line: string) => void) | undefined;
  private readonly world: World;
  private stuck = 0;
  private records = 0;
  private invocations = 0;
  private broken: string | undefined;

  public constructor(
    private readonly handle: Handle,
    world: World,
    decide: Decide,
    record?: (line: string) => void,
  ) {
    this.world = { ...world, pace: conditions.pace ?? world.pace };
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
      this.cfn.run(this.whole(script));
      for (let event = this.timeline.next(); event; event = this.timeline.next()) {
        const running = event.act();
        if (running) await running;
        if (this.broken !== undefined) throw new Violation('answered, or delivered again', this.broken);
        if (this.trace.length > MOST_CALLS)
          throw new Violation('answered, or delivered again', 'A run does not come to an end');
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
      records: this.records,
      stuck: this.stuck,
      excused: this.witness.excused,
      points: this.scheduler.points,
    };
  }

  /** A script, and what comes when the world is at rest: whatever has happened, no key may be stuck. */
  private *whole(
    script: (simulation: Simulation) => Generator<Wait, unknown, undefined>,
  ): Generator<Wait, void, undefined> {
    yield* script(this);
    this.records = this.store.size;
    if (conditions.after === 'nothing' || this.world.usedRotations > 0) return;
    const isFirst = conditions.after === 'another, then the same';
    yield { pause: (isFirst ? 40 : 180) * MINUTE };
    this.scheduler.calm();
    this.store.isFull = false;
    for (const [arn, key] of this.keys) {
      key.state = 'Enabled';
      if (isFirst) yield* this.last(arn, 'LAST');
      yield { pause: 140 * MINUTE };
      for (const token of this.witness.tokensOf(arn)) {
        if (!this.witness.isSpent(arn, token) && token !== 'REFUSED' && !(yield* this.inTheEnd(arn, token)))
          this.stuck++;
      }
      yield* this.last(arn, 'VERY LAST');
    }
  }

  private *last(arn: string, token: string): Generator<Wait, void, undefined> {
    if (yield* this.inTheEnd(arn, token)) return;
    throw new Violation(
      'a later token succeeds',
      `Nothing is wrong any more, and the new token ${token} cannot rotate ${arn}`,
    );
  }

  private *inTheEnd(arn: string, token: string): Generator<Wait, boolean, undefined> {
    for (let n = 0; n < 4; n++) {
      if (yield* this.deployed(arn, token)) return true;
      yield { pause: 30 * MINUTE };
    }
    return false;
  }

  private *deployed(KeyArn: string, RotationToken: string): Generator<Wait, boolean, undefined> {
    const resource = { stack: `for-${RotationToken}`, logicalId: 'Rotation' };
    return yield* deploy(this.cfn, resource, {
      KeyArn,
      RotationToken,
      RotateOnCreate: 'true',
      CompletionTimeout: '780',
      ReservedRotations: '0',
    });
  }

  /** A claim whose owner dies with it; where it calls KMS, it does so after a while. */
  public plantClaim(arn: string, token: string, calledAfter: number | undefined): void {
    const key = this.key(arn);
    const now = this.timeline.now;
    const name = `/on-demand-key-rotation/${arn.slice(arn.lastIndexOf('/') + 1)}/${this.store.size + 1}`;
    const startedAt = new Date(now).toISOString();
    const listed = key.listedAt(now);
    const value = JSON.stringify({
      state: 'claimed',
      token,
      keyArn: arn,
      startedAt,
      updatedAt: startedAt,
      requestId: 'dead',
      invocation: 'dead',
      keyMaterialBefore: key.describe(now).CurrentKeyMaterialId,
      materialsBefore: listed.map(({ material }) => material),
      onDemandRotationsBefore: listed.filter(({ by }) => by !== 'KMS itself').length,
    });
    this.store.create(name, value, now);
    this.witness.ledgerWritten(name, value, { views: { inProgress: new Map(), listed }, hasRotated: false });
    if (calledAfter === undefined) return;
    this.timeline.after(calledAfter, () => {
      this.witness.rotated(arn, token, key.tryToRotate({ token }, this.timeline.now));
      return undefined;
    });
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
