import { handle } from '../../lambda/handler';
import type { Operation, Resource } from '../simulation/cloudformation';
import { DOCUMENTED } from '../simulation/configuration';
import { seeded } from '../simulation/random';
import { Simulation, keyArn } from '../simulation/simulation';
import { type Deployment, deployAll } from './deployment';
import { LambdaQueue } from './lambda-queue';
import { QUOTAS, type Operation as ServiceOperation, Quotas } from './quotas';

export interface FleetOptions {
  readonly keys: number;
  /** How many invocations Lambda runs concurrently. */
  readonly concurrency: number;
  /** The longest that Lambda's queue holds an event back, in seconds; 300 as documented. */
  readonly queuePause: number;
  /** How long KMS takes for a rotation, in seconds. */
  readonly rotationTime: number;
  /** In seconds. */
  readonly completionTimeout: number;
  readonly seed: number;
  /** Quotas that have been raised, per second. */
  readonly raised?: Partial<Record<ServiceOperation, number>>;
}

export interface FleetRun {
  readonly options: FleetOptions;
  readonly deployments: readonly Deployment[];
  readonly quotas: Quotas;
  /** How often each key has been rotated. */
  readonly rotations: readonly number[];
  readonly queue: LambdaQueue;
}

/**
 * Deploys a new token for a whole fleet, and again if that fails: by the handler's own code, under AWS's quotas, in virtual time.
 *
 * @throws Violation if a promise was broken on the way.
 */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const { keys, concurrency, queuePause, rotationTime, completionTimeout, seed, raised } = options;
  const random = seeded(seed);
  const pace = { startDateGone: rotationTime * 1000, inForce: rotationTime * 1000, listed: rotationTime * 1000 };
  let quotas: Quotas | undefined;
  const simulation = new Simulation(handle, {
    configuration: { ...DOCUMENTED, name: 'fleet', clockSkews: [0] },
    world: { pace, multiRegion: false, usedRotations: 0, pageSize: 10 },
    decide: () => undefined,
    isThrottled: (call, now) => call in QUOTAS && quotas?.take(call as ServiceOperation, now) === 'throttled',
    random,
  });
  const { clock, cfn } = simulation;
  const queue = new LambdaQueue(clock, concurrency, queuePause * 1000, random);
  simulation.lambda = queue;

  const keyArns = Array.from({ length: keys }, (_, i) => keyArn(i));
  const resources = keyArns.map((_, i): Resource => ({ stack: 'fleet', logicalId: `Rotation${i}` }));
  const deploy = (RotationToken: string) =>
    deployAll(cfn, clock, resources, ({ logicalId }) => ({
      KeyArn: keyArn(Number(logicalId.slice('Rotation'.length))),
      RotationToken,
      RotateOnCreate: 'false',
      CompletionTimeout: String(completionTimeout),
      ReservedRotations: '5',
    }));
  const deployments: Deployment[] = [];
  const measured = new Quotas(raised);
  function* story(): Operation<void> {
    yield* deploy('before');
    quotas = measured;
    deployments.push(yield* deploy('incident-4711'));
    if (deployments[0]?.status !== 'UPDATE_COMPLETE') deployments.push(yield* deploy('incident-4711'));
  }
  const violation = await simulation.run(story(), Infinity);
  if (violation) throw violation;
  const rotations = keyArns.map((arn) => simulation.key(arn).rotations.length);
  return { options, deployments, quotas: measured, rotations, queue };
}
