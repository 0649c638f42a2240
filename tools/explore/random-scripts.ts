import fc from 'fast-check';
import type { Operation, Resource } from '../simulation/cloudformation';
import { PACES } from '../simulation/configuration';
import { deploy, remove } from '../simulation/deployments';
import type { Decide } from '../simulation/scheduler';
import { type Simulation, keyArn } from '../simulation/simulation';
import type { Exploration } from './exploration';
import type { Menu } from './menu';
import { QUICK, type Script, properties } from './scripts';

/** One action on one of a few resources. */
interface Act {
  readonly to: number;
  readonly token: string;
  readonly key: number;
  readonly what: 'deploy' | 'deploy, and another resource fails' | 'remove';
  readonly rotateOnCreate: boolean;
  /** If not, the next act begins meanwhile, unless it needs the same stack. */
  readonly isWaitedFor: boolean;
  readonly pause: number;
}

/** The `pick`-th possible deviation of call number `at`. */
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
  pause: fc.constantFrom(100, 1_000, 30_000, 25 * 60_000, 80 * 60_000),
});

const course = fc.record({
  acts: fc.array(act, { minLength: 2, maxLength: 7 }),
  picks: fc.array(fc.record({ at: fc.nat(150), pick: fc.nat(1_000) }), { maxLength: 6 }),
  pace: fc.constantFrom('quick' as const, 'quick' as const, 'quick' as const, 'invisible' as const, 'slow' as const),
});

/** Represents all random scripts in the list of scripts. */
export const randomScripts: Script = { ...scriptOf([], 'quick'), name: 'random scripts' };

const RUNS_PER_SEED = 20;

/** Explores long random lives of several resources, with random deviations. Fast-check shrinks those that break a promise. */
export async function exploreRandomly(
  exploration: Exploration,
  menu: Menu,
  seed: number,
  calls: number,
): Promise<void> {
  for (let round = 0; exploration.tally.calls < calls && !exploration.isOver; round++) {
    const property = fc.asyncProperty(course, ({ acts, picks, pace }) =>
      exploration.keepsPromises(scriptOf(acts, pace), decider(menu, picks)),
    );
    const { counterexample } = await fc.check(property, { seed: seed + round, numRuns: RUNS_PER_SEED });
    if (!counterexample) continue;
    const [{ acts, picks, pace }] = counterexample;
    await exploration.report(
      scriptOf(acts, pace),
      decider(menu, picks),
      `seed ${seed + round}, pace ${pace}, ${JSON.stringify({ acts, picks })}`,
    );
  }
}

function decider(menu: Menu, picks: readonly Pick[]): Decide {
  const byIndex = new Map(picks.map(({ at, pick }) => [at, pick]));
  return (point) => {
    const pick = byIndex.get(point.index);
    if (pick === undefined) return undefined;
    const kinds = menu(point, point.index);
    const kind = kinds[pick % kinds.length];
    return kind?.[Math.floor(pick / kinds.length) % kind.length];
  };
}

function scriptOf(acts: readonly Act[], pace: keyof typeof PACES): Script {
  return {
    name: 'random',
    world: { ...QUICK, pace: PACES[pace], pageSize: 2 },
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

function* inTurn(simulation: Simulation, acts: readonly Act[], resources: readonly Resource[]): Operation<void> {
  const busy = new Set<string>();
  for (const one of acts) {
    const resource = resources[one.to];
    if (!resource) continue;
    // CloudFormation runs one operation per stack at a time.
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
): Operation<void> {
  if (what === 'remove') yield* remove(cfn, resource);
  else {
    const next = properties(token, { KeyArn: keyArn(key), RotateOnCreate: String(rotateOnCreate) });
    yield* deploy(cfn, resource, next, { otherFails: what !== 'deploy' });
  }
}
