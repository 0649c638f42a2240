import type { Operation, Properties, Resource } from '../simulation/cloudformation';
import { PACES } from '../simulation/configuration';
import { deploy, deployWithRetries, remove } from '../simulation/deployments';
import type { CallName, Deviation } from '../simulation/deviations';
import { type Simulation, type World, keyArn } from '../simulation/simulation';

type Steps = Operation<void>;

/** The course of a resource's life, from which the exploration deviates. */
export interface Script {
  readonly name: string;
  readonly world: World;
  readonly steps: (simulation: Simulation) => Steps;
  /** Which deviations the script allows; by default all. */
  readonly allows?: (deviation: Deviation, call: CallName) => boolean;
  /** How many records it may leave in a ledger. */
  readonly maxRecords?: number;
  /** Beyond all bounds: a rotation may be reported late, and nothing is checked afterwards. */
  readonly isBeyondBounds?: boolean;
}

const MINUTE = 60_000;
export const QUICK: World = { pace: PACES.quick, multiRegion: false, usedRotations: 0, pageSize: 10 };

const rotation = (logicalId = 'Rotation', stack = 'first'): Resource => ({ stack, logicalId });
const deployedBefore = (stack: string, token: string): Resource => ({
  stack,
  logicalId: 'Rotation',
  physicalId: 'Rotation',
  properties: properties(token),
});

export const properties = (RotationToken: string, more: Partial<Properties> = {}): Properties => ({
  KeyArn: keyArn(1),
  RotationToken,
  RotateOnCreate: 'true',
  CompletionTimeout: '600',
  ReservedRotations: '5',
  ...more,
});
/** Between the last two polls of a request that has ten minutes. */
const JUST_IN_TIME = { startDateGone: 598_500, inForce: 598_500, listed: 598_500 };
const NEVER_IN_TIME = { startDateGone: 0, inForce: 7_200_000, listed: 7_200_000 };
const LONG = { CompletionTimeout: '780' };
const RECORD_ONLY = { RotateOnCreate: 'false' };
const REFUSED = { ReservedRotations: '25' };
const UNRESERVED = { ReservedRotations: '0' };

function script(
  name: string,
  steps: (simulation: Simulation) => Steps,
  world: Partial<World> = {},
  more: Omit<Script, 'name' | 'steps' | 'world'> = {},
): Script {
  return { name, steps, world: { ...QUICK, ...world }, ...more };
}

/** Deploys tokens one after the other without deviations before the script begins. */
function given(
  tokens: readonly string[],
  then: (simulation: Simulation, resource: Resource) => Steps,
  more: Partial<Properties> = {},
) {
  return function* (simulation: Simulation): Steps {
    const resource = rotation();
    simulation.scheduler.exploring = false;
    for (const token of tokens) yield* deployWithRetries(simulation.cfn, resource, properties(token, more));
    yield { pause: 5 * MINUTE };
    simulation.scheduler.exploring = true;
    yield* then(simulation, resource);
  };
}

function setState(simulation: Simulation, state: 'Enabled' | 'Disabled'): void {
  simulation.key(keyArn(1)).setState(state, simulation.clock.now);
}

function* create({ cfn }: Simulation): Steps {
  yield* deployWithRetries(cfn, rotation(), properties('A'));
}

const creations: readonly Script[] = [
  script('create', create),
  script('create, start date gone a minute early', create, { pace: PACES.invisible }),
  script('create, slow rotation', create, { pace: PACES.slow }),
  script('create, after three rotations by others', create, { usedRotations: 3 }),
  script(
    'create, multi-Region key',
    function* ({ cfn }) {
      yield* deployWithRetries(cfn, rotation(), properties('A', LONG));
    },
    { pace: PACES.multiRegion, multiRegion: true },
  ),
  script('create, in force just before the time is up', create, { pace: JUST_IN_TIME }),
  // The hour applies to calls with an unknown outcome: an accepted call is never repeated.
  script(
    'create, accepted and invisible for two hours',
    create,
    { pace: NEVER_IN_TIME },
    {
      allows: ({ kind }, call) => kind === 'lag' || (kind === 'error' && call === 'PUT response'),
      isBeyondBounds: true,
    },
  ),
  script(
    'two stacks, two tokens, at once',
    function* ({ cfn }) {
      cfn.run(deployWithRetries(cfn, rotation('Rotation', 'other'), properties('B')));
      yield* deployWithRetries(cfn, rotation(), properties('A'));
    },
    { pace: { ...PACES.quick, startDateGone: 0 } },
  ),
  script('created and deleted at once, created again', function* ({ cfn }) {
    const request = cfn.send(rotation(), 'Create', properties('A'));
    yield { pause: 500 };
    yield* remove(cfn, { ...rotation(), physicalId: 'INVENTED', properties: properties('A') });
    yield* deployWithRetries(cfn, rotation('Again'), properties('A'));
    yield { requests: [request] };
  }),
];

const changes: readonly Script[] = [
  script(
    'token changes',
    given(['A'], function* ({ cfn }, resource) {
      yield* deployWithRetries(cfn, resource, properties('B'));
    }),
  ),
  // Only a slow rotation is recorded as requested before it is over.
  script(
    'token changes, multi-Region key',
    given(
      ['A'],
      function* ({ cfn }, resource) {
        yield* deployWithRetries(cfn, resource, properties('B', LONG));
      },
      LONG,
    ),
    { pace: PACES.multiRegion, multiRegion: true },
  ),
  script(
    'token changes, ledger of several pages',
    given(['A', 'B'], function* ({ cfn }, resource) {
      yield* deployWithRetries(cfn, resource, properties('C'));
    }),
    { pageSize: 1 },
  ),
  script(
    'other property changes, token goes back',
    given(['A', 'B'], function* ({ cfn }, resource) {
      yield* deployWithRetries(cfn, resource, properties('B', { ReservedRotations: '3' }));
      yield* deployWithRetries(cfn, resource, properties('A'));
    }),
  ),
  script(
    'key replaced, and rolled back',
    given(['A'], function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('A', { KeyArn: keyArn(2) }), { otherFails: true });
      yield* deployWithRetries(cfn, resource, properties('A', { KeyArn: keyArn(2) }));
    }),
  ),
];

const rollbacks: readonly Script[] = [
  script(
    'another resource fails, deployed again',
    given(['A'], function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('B'), { otherFails: true });
      yield* deployWithRetries(cfn, resource, properties('B'));
    }),
  ),
  script('another resource of a new stack fails, deployed again', function* ({ cfn }) {
    const resource = rotation();
    yield* deploy(cfn, resource, properties('A'), { otherFails: true });
    yield* deployWithRetries(cfn, resource, properties('A'));
  }),
  script(
    'the same request ID throughout',
    given(['A'], function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('B'), { otherFails: true, requestId: 'the-same' });
      yield* deployWithRetries(cfn, resource, properties('B'), { requestId: 'the-same' });
    }),
  ),
  script(
    'key disabled, then enabled',
    given(['A'], function* (simulation, resource) {
      setState(simulation, 'Disabled');
      yield* deploy(simulation.cfn, resource, properties('B'));
      setState(simulation, 'Enabled');
      yield* deployWithRetries(simulation.cfn, resource, properties('B'));
    }),
  ),
  script('key disabled right after a rotation', function* (simulation) {
    const resource = rotation();
    yield* deployWithRetries(simulation.cfn, resource, properties('A'));
    setState(simulation, 'Disabled');
    yield* deploy(simulation.cfn, resource, properties('B'));
    setState(simulation, 'Enabled');
    yield* deployWithRetries(simulation.cfn, resource, properties('B'));
  }),
];

const moves: readonly Script[] = [
  script(
    'renamed',
    given(['A'], function* ({ cfn }, resource) {
      yield* deployWithRetries(cfn, rotation('Renamed'), properties('A'));
      yield* remove(cfn, resource);
    }),
  ),
  script(
    'moved to another stack, token changes there',
    given(['A'], function* ({ cfn }, resource) {
      const moved = rotation('Rotation', 'other');
      yield* deployWithRetries(cfn, moved, properties('A'));
      yield* remove(cfn, resource);
      yield* deployWithRetries(cfn, moved, properties('B'));
    }),
  ),
  script(
    'deleted, created again, token changes',
    given(['A'], function* ({ cfn }, resource) {
      yield* remove(cfn, resource);
      yield* deployWithRetries(cfn, resource, properties('A'));
      yield* deployWithRetries(cfn, resource, properties('B'));
    }),
  ),
];

const baselines: readonly Script[] = [
  script('recorded only, then token changes and rolls back', function* ({ cfn }) {
    const resource = rotation();
    yield* deployWithRetries(cfn, resource, properties('A', RECORD_ONLY));
    yield* deploy(cfn, resource, properties('B', RECORD_ONLY), { otherFails: true });
    yield* deployWithRetries(cfn, resource, properties('B', RECORD_ONLY));
  }),
  script('recorded by another resource meanwhile', function* ({ cfn }) {
    yield* deploy(cfn, rotation(), properties('B'));
    yield* deploy(cfn, rotation('Other'), properties('A', RECORD_ONLY));
    yield { pause: 25 * MINUTE };
    yield* deployWithRetries(cfn, rotation(), properties('B'));
  }),
  script('recorded only while a claim is open', function* ({ cfn }) {
    cfn.run(deployWithRetries(cfn, rotation(), properties('A')));
    yield { pause: 100 };
    yield* deployWithRetries(cfn, rotation('Rotation', 'other'), properties('B', RECORD_ONLY));
  }),
];

const refusals: readonly Script[] = [
  script(
    'limit reached',
    given(
      ['A'],
      function* ({ cfn }, resource) {
        yield* deploy(cfn, resource, properties('B', UNRESERVED));
      },
      UNRESERVED,
    ),
    { usedRotations: 24 },
  ),
  script(
    'last rotation',
    function* ({ cfn }) {
      const resource = rotation();
      yield* deployWithRetries(cfn, resource, properties('A', UNRESERVED));
      yield* deploy(cfn, resource, properties('B', UNRESERVED));
    },
    { usedRotations: 24 },
  ),
  script(
    'reserve reached',
    function* ({ cfn }) {
      const resource = rotation();
      yield* deployWithRetries(cfn, resource, properties('A', { ReservedRotations: '2' }));
      yield* deploy(cfn, resource, properties('B', { ReservedRotations: '2' }));
    },
    { usedRotations: 22 },
  ),
  script(
    'the permission to rotate is missing for a day, and a pipeline tries every half hour',
    given(['A'], function* ({ cfn, scheduler, clock }, resource) {
      const end = clock.now + 24 * 60 * MINUTE;
      scheduler.deny(['RotateKeyOnDemand'], end - clock.now);
      while (clock.now < end) {
        yield* deploy(cfn, resource, properties('B'));
        yield { pause: 30 * MINUTE };
      }
    }),
    {},
    { maxRecords: 65 },
  ),
  script(
    'a pipeline that fails every ten minutes',
    given(['A'], function* (simulation, resource) {
      setState(simulation, 'Disabled');
      for (let n = 0; n < 25; n++) {
        yield* deploy(simulation.cfn, resource, properties('B'));
        yield { pause: 10 * MINUTE };
      }
    }),
    {},
    { maxRecords: 20 },
  ),
  script(
    'a refusal races a claim',
    given(['A'], function* ({ cfn }, resource) {
      cfn.run(deploy(cfn, deployedBefore('other', 'A'), properties('C', REFUSED)));
      yield* deployWithRetries(cfn, resource, properties('B'));
    }),
  ),
  script(
    'a refusal races a rollback',
    given(['A'], function* ({ cfn }, resource) {
      cfn.run(deploy(cfn, deployedBefore('other', 'A'), properties('C', REFUSED)));
      yield* deploy(cfn, resource, properties('B', REFUSED));
      yield* deploy(cfn, resource, properties('B'), { otherFails: true });
    }),
  ),
  script(
    'refused, then rotated, and back from the next one',
    given(['A'], function* (simulation, resource) {
      const { cfn, configuration } = simulation;
      yield* deploy(cfn, resource, properties('B', REFUSED));
      // After this pause every read shows the refusal, but may lack what follows.
      yield { pause: 1_000 * configuration.ledgerReadLag + 15_000 };
      yield* deployWithRetries(cfn, resource, properties('B'));
      setState(simulation, 'Disabled');
      yield* deploy(cfn, resource, properties('C'));
    }),
  ),
  script(
    'refused by KMS again and again',
    given(['A'], function* (simulation, resource) {
      const { cfn, clock } = simulation;
      const key = simulation.key(keyArn(1));
      for (let n = 0; n < 5; n++) {
        key.conflictUntil = clock.now + 20 * MINUTE;
        yield* deploy(cfn, resource, properties('B', { CompletionTimeout: '60' }));
      }
      key.conflictUntil = 0;
      yield* deployWithRetries(cfn, resource, properties('B'));
    }),
  ),
];

function byHand(simulation: Simulation): void {
  const { witness, clock } = simulation;
  witness.rotatedByHand(keyArn(1), simulation.key(keyArn(1)).tryToRotate('by hand', clock.now));
}

/** Somebody rotates by hand, soon before a deployment does. */
function* afterRotationByHand(simulation: Simulation): Steps {
  byHand(simulation);
  yield { pause: 30_000 };
  yield* deployWithRetries(simulation.cfn, rotation(), properties('A'));
}

const rotationsByHand: readonly Script[] = [
  script('somebody rotates by hand just before', afterRotationByHand),
  script('somebody has begun to rotate by hand', afterRotationByHand, { pace: PACES.slow }, { maxRecords: 12 }),
  script('dead claim that is called at once, then somebody rotates by hand', function* (simulation) {
    simulation.plantClaim(keyArn(1), 'A', 0);
    yield { pause: MINUTE };
    byHand(simulation);
    yield { pause: MINUTE };
    yield* deployWithRetries(simulation.cfn, rotation(), properties('A'));
  }),
  script('dead claim that is never called, somebody rotates by hand after the hour', function* (simulation) {
    simulation.plantClaim(keyArn(1), 'A', undefined);
    yield { pause: 77 * MINUTE };
    byHand(simulation);
    yield { pause: MINUTE };
    yield* deployWithRetries(simulation.cfn, rotation(), properties('A'));
  }),
];

/** How many milliseconds after the claim its dead owner's call reaches KMS. */
const DEAD = {
  'is never called': undefined,
  'is called at once': 0,
  'is called by an owner that has been frozen': 890_000,
} as const;

const deadClaims: readonly Script[] = Object.entries(DEAD).flatMap(([how, calledAfter]) => {
  const after = (minutes: number, steps: (simulation: Simulation) => Steps) =>
    function* (simulation: Simulation): Steps {
      simulation.plantClaim(keyArn(1), 'A', calledAfter);
      yield { pause: minutes * MINUTE + 1_000 };
      yield* steps(simulation);
    };
  const other = () => rotation('Rotation', 'other');
  return [
    script(
      `dead claim that ${how}, other tokens come`,
      after(20, function* ({ cfn }) {
        cfn.run(deployWithRetries(cfn, other(), properties('B')));
        yield { pause: 100 };
        yield* deployWithRetries(cfn, rotation(), properties('A'));
      }),
    ),
    script(
      `dead claim that ${how}, its token comes after the hour, and others`,
      after(75, function* ({ cfn }) {
        cfn.run(deployWithRetries(cfn, other(), properties('B')));
        yield* deployWithRetries(cfn, rotation(), properties('A'));
      }),
    ),
    script(
      `dead claim that ${how}, another token comes first, and its own after the hour`,
      after(21, function* ({ cfn }) {
        yield* deployWithRetries(cfn, other(), properties('B'));
        yield { pause: 60 * MINUTE };
        yield* deployWithRetries(cfn, rotation(), properties('A'));
      }),
    ),
    script(
      `dead claim that ${how}, its token comes every four minutes`,
      after(56, function* ({ cfn }) {
        for (let n = 0; n < 6; n++) {
          if (yield* deploy(cfn, rotation(), properties('A'))) return;
          yield { pause: 4 * MINUTE };
        }
      }),
    ),
    script(
      `dead claim that ${how}, its token is to be recorded only`,
      after(21, function* ({ cfn }) {
        yield* deployWithRetries(cfn, rotation(), properties('A', RECORD_ONLY));
      }),
    ),
  ];
});

export const scripts: readonly Script[] = [
  ...creations,
  ...changes,
  ...rollbacks,
  ...moves,
  ...baselines,
  ...refusals,
  ...rotationsByHand,
  ...deadClaims,
];
