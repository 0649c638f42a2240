import type { handle } from '../../lambda/handler';
import { CloudFormation, type Operation, type Request } from './cloudformation';
import type { Configuration, Pace } from './configuration';
import { deploy } from './deployments';
import type { CallName } from './deviations';
import { disturb } from './disturbances';
import { Invocation } from './invocation';
import { KmsKey } from './kms-key';
import { ParameterStore } from './parameter-store';
import type { Recorder, RecordedEvent } from './record';
import { type Decide, type Point, Scheduler } from './scheduler';
import { servicesOf } from './services';
import { TraceDigest } from './trace-digest';
import { VirtualClock } from './virtual-clock';
import { Violation, Witness } from './witness';

export type Handle = typeof handle;

/** What a script starts from. */
export interface World {
  readonly pace: Pace;
  readonly multiRegion: boolean;
  /** On-demand rotations before the run. */
  readonly usedRotations: number;
  /** Parameters per page; Parameter Store may return fewer than ten. */
  readonly pageSize: number;
}

export interface Options {
  readonly configuration: Configuration;
  readonly world: World;
  readonly decide: Decide;
  readonly record?: (event: RecordedEvent) => void;
  /** Whether a service throttles a call now; by default never. */
  readonly isThrottled?: (call: CallName, now: number) => boolean;
  readonly random?: () => number;
}

/** Limits how many invocations Lambda runs concurrently. */
export interface LambdaConcurrency {
  /** Starts an invocation as soon as it may run. @returns the promise of `start` if that is now. */
  invoke(start: () => Promise<void>): Promise<void> | undefined;
  /** An invocation is over. */
  ended(): void;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FUNCTION_TIMEOUT = 15 * MINUTE;
const ROLE = 'arn:aws:iam::111122223333:role/provider';

export const keyArn = (n: number): string =>
  `arn:aws:kms:eu-central-1:111122223333:key/${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

/** Runs the handler's real code in a world whose every event the caller controls. */
export class Simulation {
  public readonly clock = new VirtualClock();
  public readonly cfn: CloudFormation;
  public readonly witness: Witness;
  public readonly scheduler: Scheduler;
  public readonly store: ParameterStore;
  public readonly keys = new Map<string, KmsKey>();
  public readonly trace = new TraceDigest();
  /** Undefined: Lambda's concurrency is unlimited. */
  public lambda: LambdaConcurrency | undefined;
  private readonly alive = new Set<Invocation>();
  private readonly record: Recorder | undefined;
  private invocations = 0;
  private unanswered: string | undefined;

  public constructor(
    private readonly handle: Handle,
    private readonly options: Options,
  ) {
    const { configuration, world, decide, record, isThrottled = () => false } = options;
    const { clock, trace, alive } = this;
    this.cfn = new CloudFormation(
      clock,
      (request) => {
        this.deliverLater(request, 1, 1);
      },
      configuration.completionTimeout,
    );
    this.witness = new Witness(() => clock.now, configuration);
    this.store = new ParameterStore(world.pageSize, configuration.creation);
    const start = clock.now;
    this.record =
      record &&
      ((invocation, kind, text, index) => {
        record({ at: (clock.now - start) / SECOND, invocation, kind, text, index });
      });
    this.scheduler = new Scheduler(
      {
        clock,
        trace,
        alive,
        isThrottled: (call) => isThrottled(call, clock.now),
        record: this.record,
        crash: (invocation) => {
          this.end(invocation, 'crashed');
        },
        disturb: (deviation, { request }) => {
          if (deviation.kind === 'disturbance') disturb(deviation.what, request, this);
          if (deviation.kind === 'preempted' && deviation.by) disturb(deviation.by, request, this);
        },
      },
      decide,
    );
  }

  /** Runs until no timer is left or a promise is broken. */
  public async run(operation: Operation<unknown>, maxCalls: number): Promise<Violation | undefined> {
    try {
      this.cfn.run(operation);
      await this.clock.run(() => {
        if (this.unanswered !== undefined) throw new Violation('answered, or delivered again', this.unanswered);
        if (this.trace.length > maxCalls) throw new Violation('answered, or delivered again', 'The run does not end');
      });
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error;
      throw error;
    }
  }

  public get configuration(): Configuration {
    return this.options.configuration;
  }

  public get points(): readonly Point[] {
    return this.scheduler.points;
  }

  public key(arn: string): KmsKey {
    const known = this.keys.get(arn);
    if (known) return known;
    const { configuration, world } = this.options;
    const key = new KmsKey(arn, {
      ...configuration,
      pace: configuration.pace ?? world.pace,
      multiRegion: configuration.multiRegion ?? world.multiRegion,
      usedRotations: world.usedRotations,
    });
    this.keys.set(arn, key);
    return key;
  }

  /** Records the claim of a dead owner whose call, if it made one, reaches KMS after `calledAfter` milliseconds. */
  public plantClaim(arn: string, token: string, calledAfter: number | undefined): void {
    const key = this.key(arn);
    const { now } = this.clock;
    const path = `/on-demand-key-rotation/${arn.slice(arn.lastIndexOf('/') + 1)}`;
    const name = `${path}/${this.store.sizeOf(path) + 1}`;
    const listed = key.listed(() => now);
    const value = JSON.stringify({
      state: 'claimed',
      token,
      keyArn: arn,
      recordedAt: new Date(now).toISOString(),
      requestId: 'dead',
      invocation: 'dead',
      keyMaterialBefore: key.describe(now).CurrentKeyMaterialId,
      materialsBefore: listed.map(({ material }) => material),
    });
    this.store.create(name, value, now);
    this.witness.recorded(name, value, {
      views: { inProgress: new Set(), listed },
      hasCalled: true,
      hasRotated: false,
    });
    if (calledAfter === undefined) return;
    this.clock.after(calledAfter, () => {
      this.witness.rotated(arn, token, key.tryToRotate({ token }, this.clock.now), 'of the dead');
    });
  }

  public deployInOwnStack(KeyArn: string, RotationToken: string): Operation {
    const resource = { stack: `for-${RotationToken}`, logicalId: 'Rotation' };
    return deploy(this.cfn, resource, {
      KeyArn,
      RotationToken,
      RotateOnCreate: 'true',
      CompletionTimeout: '780',
      ReservedRotations: '0',
    });
  }

  public deliverLater(request: Request, delivery: number, delay: number): void {
    const start = () => this.deliver(request, delivery);
    this.clock.after(delay, () => (this.lambda ? this.lambda.invoke(start) : start()));
  }

  private deliver(request: Request, delivery: number): Promise<void> {
    const { clock, cfn, witness, scheduler, store, record } = this;
    const invocation = new Invocation(this.invocations++, request, delivery, clock.now);
    this.alive.add(invocation);
    if (record) {
      const { RequestType, RequestId } = request.event;
      const what = `${RequestType}${request.isRollback ? ' (rollback)' : ''} ${RequestId}, token ${invocation.token}`;
      record(invocation.number, 'event', `${what}${delivery > 1 ? `, delivery ${delivery}` : ''}`);
    }
    const killAt = invocation.startedAt + FUNCTION_TIMEOUT;
    const timeout = clock.after(FUNCTION_TIMEOUT, () => {
      if (invocation.alive && !invocation.wasDelayed)
        this.unanswered = 'An undisturbed invocation ran into its timeout';
      this.end(invocation, 'killed');
    });
    const services = servicesOf(invocation, {
      cfn,
      witness,
      scheduler,
      store,
      record,
      clockSkews: this.options.configuration.clockSkews,
      now: () => clock.now,
      random: this.options.random ?? (() => 0.5),
      key: (arn) => this.key(arn),
    });
    const context = {
      functionName: 'simulated',
      awsRequestId: 'simulated',
      logStreamName: 'simulated',
      getRemainingTimeInMillis: () => killAt - clock.now,
    };
    const ended = (how: 'returned' | 'error') => () => {
      if (how === 'returned' && !invocation.responseAccepted)
        this.unanswered = 'An invocation returned although CloudFormation has not accepted its response';
      clock.cancel(timeout);
      this.end(invocation, how);
      invocation.pause();
    };
    return invocation.run(() => {
      this.handle(request.event, context, ROLE, services).then(ended('returned'), ended('error'));
    });
  }

  /** Lambda retries an event twice after an error. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
  private end(invocation: Invocation, how: 'returned' | 'error' | 'crashed' | 'killed'): void {
    if (!invocation.alive) return;
    invocation.alive = false;
    this.alive.delete(invocation);
    this.trace.add(invocation.number, 'end', how);
    this.record?.(invocation.number, 'end', how);
    if (how !== 'returned' && invocation.delivery < 3)
      this.deliverLater(invocation.request, invocation.delivery + 1, invocation.delivery * MINUTE);
    this.scheduler.ended();
    this.lambda?.ended();
  }
}
