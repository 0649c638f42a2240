import { handle } from '../../lambda/handler';
import type { Services } from '../../lambda/services';
import { seeded } from '../simulation/random';
import { LambdaQueue } from './lambda-queue';
import { type Operation, Quotas } from './quotas';
import { Region } from './region';
import { type Outcome, Stack } from './stack';
import { VirtualTime } from './virtual-time';

const FUNCTION_TIMEOUT = 15 * 60_000;
const ROLE = 'arn:aws:iam::111122223333:role/provider';
/** Milliseconds. */
const ANSWER_LATENCY = 50;

export interface FleetOptions {
  readonly keys: number;
  /** How many invocations Lambda runs at once. */
  readonly concurrency: number;
  /** For how many seconds Lambda's queue holds an event back at the most: 300 by its documentation. */
  readonly queuePause: number;
  /** How long KMS takes for a rotation, in seconds. */
  readonly rotationTime: number;
  /** In seconds. */
  readonly completionTimeout: number;
  readonly seed: number;
  /** Quotas that have been raised, per second. */
  readonly raised?: Partial<Record<Operation, number>>;
}

export interface FleetRun {
  readonly options: FleetOptions;
  readonly deployments: readonly Outcome[];
  readonly quotas: Quotas;
  /** Of each key, how often it has been rotated. */
  readonly rotations: readonly number[];
  readonly queue: LambdaQueue;
}

/**
 * Deploys a new token for a whole fleet at once, and if that fails the same token again: the handler's own code, with AWS's
 * quotas enforced, in virtual time.
 */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const time = new VirtualTime();
  const world = new World(time, options);
  const run = (async () => {
    await world.stack.deploy('before');
    const quotas = new Quotas(time.now, options.raised);
    world.region.quotas = quotas;
    const deployments = [await world.stack.deploy('incident-4711')];
    if (deployments[0]?.status !== 'UPDATE_COMPLETE') deployments.push(await world.stack.deploy('incident-4711'));
    const rotations = world.keyArns.map((arn) => world.region.rotations(arn).length);
    return { options, deployments, quotas, rotations, queue: world.queue };
  })();
  await time.run();
  return run;
}

class World {
  public readonly region: Region;
  public readonly keyArns: readonly string[];
  public readonly stack: Stack;
  public readonly queue: LambdaQueue;
  private readonly random: () => number;
  private invocations = 0;

  public constructor(
    private readonly time: VirtualTime,
    { keys, concurrency, queuePause, rotationTime, completionTimeout, seed }: FleetOptions,
  ) {
    this.region = new Region(time, rotationTime * 1000);
    this.keyArns = Array.from({ length: keys }, (_, i) => keyArn(i));
    this.random = seeded(seed);
    this.queue = new LambdaQueue(time, concurrency, queuePause * 1000, this.random);
    this.stack = new Stack(time, this.keyArns, completionTimeout, (event) => {
      this.queue.invoke(() => this.invoke(event));
    });
  }

  private invoke(event: unknown): Promise<void> {
    const endsAt = this.time.now + FUNCTION_TIMEOUT;
    return handle(event, { getRemainingTimeInMillis: () => endsAt - this.time.now }, ROLE, this.services);
  }

  private readonly services: Services = {
    kms: () => this.region.kms,
    parameterStore: () => this.region.parameterStore,
    putAnswer: (url, body) =>
      this.time.passing(ANSWER_LATENCY, () => {
        this.stack.answer(url, body);
        return 200;
      }),
    now: () => this.time.now,
    sleep: (milliseconds) => this.time.passing(milliseconds, () => undefined),
    random: () => this.random(),
    newInvocationId: () => `invocation-${this.invocations++}`,
    log: () => undefined,
  };
}

function keyArn(n: number): string {
  return `arn:aws:kms:eu-central-1:111122223333:key/${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
}
