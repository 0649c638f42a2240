import fc from 'fast-check';
import type { Resource, Wait } from './cloudformation-model';
import { deploy, remove } from './deployments';
import { type Exploration, everything } from './exploration';
import { PACES } from './kms-model';
import type { Decide } from './scheduler';
import { ANYTHING, type Script, properties } from './scripts';
import { type Simulation, keyArn } from './simulation';

/** One thing that is done to one of a few resources. */
interface Act {
  readonly to: number;
  readonly token: string;
  readonly key: number;
  readonly what: 'deploy' | 'deploy, and another resource fails' | 'remove';
  readonly rotateOnCreate: boolean;
  /** Not waited for, where the next act is on a resource of another stack. */
  readonly isWaitedFor: boolean;
  readonly pause: number;
}

/** The `pick`-th of all deviations that the call at a point has. */
interface Pick {
  readonly at: number;
  readonly pick: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  to: fc.nat(2),
  token: fc.constantFrom('A', 'B', 'C'),
  key: fc.constantFrom(1, 1, 1, 2),
  what: fc.constantFrom('deploy', 'deploy', 'deploy, and another resource fails', 'remove'),
  rotateOnCreate: fc.constantFrom(true, true, true, false),
  isWaitedFor: fc.constantFrom(true, true, false),
  pause: fc.constantFrom(100, 1_000, 30_000, 25 * 60_000),
});

const course = fc.record({
  acts: fc.array(act, { minLength: 2, maxLength: 7 }),
  picks: fc.array(fc.record({ at: fc.nat(150), pick: fc.nat(1_000) }), { maxLength: 6 }),
  pace: fc.constantFrom('quick' as const, 'quick' as const, 'quick' as const, 'invisible' as const, 'slow' as const),
});

/** Stands for all random scripts among the others. */
export const randomScripts: Script = { ...scriptOf([], 'quick'), name: 'random scripts' };

/** Long random lives of several resources, with random deviations; what breaks a promise is simplified by fast-check. */
export async function exploreRandomly(exploration: Exploration, seed: number, calls: number): Promise<void> {
  for (let round = 0; exploration.tally.calls < calls && !exploration.isOver; round++) {
    const property = fc.asyncProperty(course, ({ acts, picks, pace }) =>
      exploration.keeps(scriptOf(acts, pace), decider(picks)),
    );
    const { counterexample } = await fc.check(property, { seed: seed + round, numRuns: 200 });
    if (!counterexample) continue;
    const [{ acts, picks, pace }] = counterexample;
    await exploration.report(
      scriptOf(acts, pace),
      decider(picks),
      `seed ${seed + round}, pace ${pace}, ${JSON.stringify({ acts, picks })}`,
    );
  }
}

const menu = everything(ANYTHING);

function decider(picks: readonly Pick[]): Decide {
  const byIndex = new Map(picks.map(({ at, pick }) => [at, pick]));
  return (point) => {
    const pick = byIndex.get(point.index);
    if (pick === undefined) return undefined;
    const options = menu(point, point.index);
    return options[pick % options.length];
  };
}

function scriptOf(acts: readonly Act[], pace: keyof typeof PACES): Script {
  return {
    name: 'random',
    world: { pace: PACES[pace], multiRegion: false, usedRotations: 0, pageSize: 2 },
    happenings: ANYTHING,
    rivals: [],
    *steps(simulation) {
      const resources: Resource[] = [
        { stack: 'first', logicalId: 'Rotation' },
        { stack: 'first', logicalId: 'Renamed' },
        { stack: 'other', logicalId: 'Rotation' },
      ];
      yield* inTurn(simulation, acts, resources);
    },
  };
}

function* inTurn(
  simulation: Simulation,
  acts: readonly Act[],
  resources: readonly Resource[],
): Generator<Wait, void, undefined> {
  const busy = new Set<string>();
  for (const one of acts) {
    const resource = resources[one.to];
    if (!resource) continue;
    // CloudFormation does one operation on a stack at a time.
    while (busy.has(resource.stack)) yield { pause: 1_000 };
    if (one.isWaitedFor) yield* carryOut(simulation, one, resource);
    else {
      busy.add(resource.stack);
      simulation.cfn.run(carryOut(simulation, one, resource), () => busy.delete(resource.stack));
    }
    yield { pause: one.pause };
  }
}

function* carryOut(
  { cfn }: Simulation,
  { what, token, key, rotateOnCreate }: Act,
  resource: Resource,
): Generator<Wait, void, undefined> {
  if (what === 'remove') yield* remove(cfn, resource);
  else {
    const next = properties(token, { KeyArn: keyArn(key), RotateOnCreate: String(rotateOnCreate) });
    yield* deploy(cfn, resource, next, { otherFails: what !== 'deploy' });
  }
}
