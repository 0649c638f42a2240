import type { Properties, Resource, Wait } from './cloudformation-model';
import { conditions } from './conditions';
import { deploy, insist, remove } from './deployments';
import { type Disturbance, LEDGER_LAG } from './faults';
import { PACES } from './kms-model';
import { type Simulation, type World, keyArn } from './simulation';

type Steps = Generator<Wait, void, undefined>;

/** One course of a resource's life, from which the exploration deviates. */
export interface Script {
  readonly name: string;
  readonly world: World;
  /** What else can happen at any call. */
  readonly happenings: readonly Disturbance[];
  /** What brings the invocation that is interleaved with the one before, however deep the exploration. */
  readonly rivals: readonly Disturbance[];
  readonly steps: (simulation: Simulation) => Steps;
}

const MINUTE = 60_000;
const QUICK: World = { pace: PACES.quick, multiRegion: false, usedRotations: 0, pageSize: 10 };
/** All that can happen besides. */
const HAPPENINGS: readonly Disturbance[] = [
  'delivered twice',
  'cancelled',
  'rotated by hand',
  'automatic rotation now',
  'automatic rotation soon',
  'second stack, same token',
  'second stack, other token',
  'second stack, to be recorded only',
  'second stack fails and goes back',
  'ledger full',
  'ledger denied for 3 minutes',
  'ledger denied',
  'key disabled',
];
export const ANYTHING = HAPPENINGS.filter((what) => !conditions.without.includes(what));

const rotation = (logicalId = 'Rotation', stack = 'first'): Resource => ({ stack, logicalId });
export const properties = (RotationToken: string, more: Partial<Properties> = {}): Properties => ({
  KeyArn: keyArn(1),
  RotationToken,
  RotateOnCreate: 'true',
  CompletionTimeout: '600',
  ReservedRotations: '5',
  ...more,
  ...(conditions.completionTimeout !== undefined && { CompletionTimeout: String(conditions.completionTimeout) }),
});

/** A script whose premises are established without deviations. */
function given(
  premise: (simulation: Simulation, resource: Resource) => Steps,
  then: (simulation: Simulation, resource: Resource) => Steps,
) {
  return function* (simulation: Simulation): Steps {
    const resource = rotation();
    simulation.scheduler.exploring = false;
    yield* premise(simulation, resource);
    yield { pause: 5 * MINUTE };
    simulation.scheduler.exploring = true;
    yield* then(simulation, resource);
  };
}

const deployed = (token: string, more: Partial<Properties> = {}) =>
  function* ({ cfn }: Simulation, resource: Resource): Steps {
    yield* deploy(cfn, resource, properties(token, more));
  };

function script(
  name: string,
  steps: (simulation: Simulation) => Steps,
  how: {
    readonly world?: Partial<World>;
    readonly rivals?: readonly Disturbance[];
    readonly without?: Disturbance;
  } = {},
): Script {
  return {
    name,
    steps,
    world: { ...QUICK, ...how.world },
    happenings: ANYTHING.filter((what) => what !== how.without),
    rivals: how.rivals ?? [],
  };
}

const create = function* ({ cfn }: Simulation): Steps {
  yield* insist(cfn, rotation(), properties('A'));
};

/** Each lifecycle of a rotation; the numbers are those of the table of events in the documentation of this exploration. */
export const scripts: readonly Script[] = [
  script('create', create, {
    rivals: ['delivered twice', 'cancelled', 'second stack, same token', 'second stack, other token'],
  }),
  script('create, start date gone a minute early', create, { world: { pace: PACES.invisible } }),
  // For longer than a rotation by hand that was seen in progress is waited for.
  script('create, invisible for eight minutes', create, { world: { pace: PACES.hidden }, without: 'rotated by hand' }),
  script('create, slow rotation', create, { world: { pace: PACES.slow } }),
  script(
    'create, multi-Region key',
    function* ({ cfn }) {
      yield* insist(cfn, rotation(), properties('A', { CompletionTimeout: '780' }));
    },
    { world: { pace: PACES.multiRegion, multiRegion: true } },
  ),
  script(
    'token changes',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* insist(cfn, resource, properties('B'));
    }),
    { rivals: ['delivered twice', 'cancelled', 'second stack, same token', 'second stack, other token'] },
  ),
  // Only a rotation that takes long is recorded as requested before it is over.
  script(
    'token changes, multi-Region key',
    given(deployed('A', { CompletionTimeout: '780' }), function* ({ cfn }, resource) {
      yield* insist(cfn, resource, properties('B', { CompletionTimeout: '780' }));
    }),
    { world: { pace: PACES.multiRegion, multiRegion: true } },
  ),
  script(
    'token changes, ledger of several pages',
    given(
      function* (simulation, resource) {
        yield* deployed('A')(simulation, resource);
        yield* deployed('B')(simulation, resource);
      },
      function* ({ cfn }, resource) {
        yield* insist(cfn, resource, properties('C'));
      },
    ),
    { world: { pageSize: 1 } },
  ),
  script(
    'other property changes, token goes back',
    given(
      function* (simulation, resource) {
        yield* deployed('A')(simulation, resource);
        yield* deployed('B')(simulation, resource);
      },
      function* ({ cfn }, resource) {
        yield* insist(cfn, resource, properties('B', { ReservedRotations: '4' }));
        yield* insist(cfn, resource, properties('A'));
      },
    ),
  ),
  script(
    'another resource fails, deployed again',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('B'), { otherFails: true });
      yield* insist(cfn, resource, properties('B'));
    }),
    { rivals: ['delivered twice', 'cancelled'] },
  ),
  script('another resource of a new stack fails, deployed again', function* ({ cfn }) {
    const resource = rotation();
    yield* deploy(cfn, resource, properties('A'), { otherFails: true });
    yield* insist(cfn, resource, properties('A'));
  }),
  script(
    'the same request ID throughout',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('B'), { otherFails: true, requestId: 'the-same' });
      yield* insist(cfn, resource, properties('B'), { requestId: 'the-same' });
    }),
  ),
  script(
    'key disabled, then enabled',
    given(deployed('A'), function* (simulation, resource) {
      const { cfn } = simulation;
      const key = simulation.key(keyArn(1));
      key.state = 'Disabled';
      yield* deploy(cfn, resource, properties('B'));
      key.state = 'Enabled';
      yield* insist(cfn, resource, properties('B'));
    }),
  ),
  script('key disabled right after a rotation', function* (simulation) {
    const { cfn } = simulation;
    const resource = rotation();
    yield* insist(cfn, resource, properties('A'));
    const key = simulation.key(keyArn(1));
    key.state = 'Disabled';
    yield* deploy(cfn, resource, properties('B'));
    key.state = 'Enabled';
    yield* insist(cfn, resource, properties('B'));
  }),
  script(
    'renamed',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* insist(cfn, rotation('Renamed'), properties('A'));
      yield* remove(cfn, resource);
    }),
  ),
  script(
    'moved to another stack, token changes there',
    given(deployed('A'), function* ({ cfn }, resource) {
      const moved = rotation('Rotation', 'other');
      yield* insist(cfn, moved, properties('A'));
      yield* remove(cfn, resource);
      yield* insist(cfn, moved, properties('B'));
    }),
  ),
  script(
    'deleted, created again, token changes',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* remove(cfn, resource);
      yield* insist(cfn, resource, properties('A'));
      yield* insist(cfn, resource, properties('B'));
    }),
  ),
  script(
    'key replaced, and rolled back',
    given(deployed('A'), function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('A', { KeyArn: keyArn(2) }), { otherFails: true });
      yield* insist(cfn, resource, properties('A', { KeyArn: keyArn(2) }));
    }),
  ),
  script('recorded only, then token changes and rolls back', function* ({ cfn }) {
    const resource = rotation();
    const only = { RotateOnCreate: 'false' };
    yield* insist(cfn, resource, properties('A', only));
    yield* deploy(cfn, resource, properties('B', only), { otherFails: true });
    yield* insist(cfn, resource, properties('B', only));
  }),
  script('recorded by another resource meanwhile', function* ({ cfn }) {
    yield* deploy(cfn, rotation(), properties('B'));
    yield* deploy(cfn, rotation('Other'), properties('A', { RotateOnCreate: 'false' }));
    yield { pause: 25 * MINUTE };
    yield* insist(cfn, rotation(), properties('B'));
  }),
  script(
    'limit reached',
    given(deployed('A', { ReservedRotations: '0' }), function* ({ cfn }, resource) {
      yield* deploy(cfn, resource, properties('B', { ReservedRotations: '0' }));
    }),
    { world: { usedRotations: 24 } },
  ),
  script(
    'last rotation',
    given(
      function* () {
        yield { pause: MINUTE };
      },
      function* ({ cfn }, resource) {
        yield* insist(cfn, resource, properties('A', { ReservedRotations: '0' }));
        yield* deploy(cfn, resource, properties('B', { ReservedRotations: '0' }));
      },
    ),
    { world: { usedRotations: 24 } },
  ),
  ...(['is never called', 'is called at once', 'is called by an owner that has been frozen'] as const).flatMap(
    (how) => {
      const calledAfter = {
        'is never called': undefined,
        'is called at once': 0,
        'is called by an owner that has been frozen': 890_000,
      }[how];
      const dead = function* (simulation: Simulation): Steps {
        simulation.plantClaim(keyArn(1), 'A', calledAfter);
        yield { pause: 0 };
      };
      return [
        script(
          `dead claim that ${how}, other tokens come`,
          function* (simulation) {
            yield* dead(simulation);
            yield { pause: 20 * MINUTE + 1_000 };
            simulation.cfn.run(insist(simulation.cfn, rotation('Rotation', 'other'), properties('B')));
            yield { pause: 100 };
            yield* insist(simulation.cfn, rotation(), properties('A'));
          },
          { rivals: ['second stack, other token', 'second stack, same token'] },
        ),
        script(
          `dead claim that ${how}, its token comes after the hour, and others`,
          function* (simulation) {
            yield* dead(simulation);
            yield { pause: 75 * MINUTE + 1_000 };
            simulation.cfn.run(insist(simulation.cfn, rotation('Rotation', 'other'), properties('B')));
            yield* insist(simulation.cfn, rotation(), properties('A'));
          },
          {
            rivals: [
              'second stack, other token',
              'second stack, same token',
              'second stack fails and goes back',
              'second stack, to be recorded only',
            ],
          },
        ),
        script(
          `dead claim that ${how}, taken over, and its token comes after the hour`,
          function* (simulation) {
            yield* dead(simulation);
            yield { pause: 21 * MINUTE };
            yield* insist(simulation.cfn, rotation('Rotation', 'other'), properties('B'));
            yield { pause: 60 * MINUTE };
            yield* insist(simulation.cfn, rotation(), properties('A'));
          },
          { rivals: ['second stack, other token', 'second stack, same token'] },
        ),
        script(
          `dead claim that ${how}, its token is to be recorded only`,
          function* (simulation) {
            yield* dead(simulation);
            yield { pause: 21 * MINUTE };
            yield* insist(simulation.cfn, rotation(), properties('A', { RotateOnCreate: 'false' }));
          },
          { rivals: ['second stack, other token', 'second stack, same token'] },
        ),
      ];
    },
  ),
  script(
    'recorded only while a claim is open',
    function* (simulation) {
      simulation.cfn.run(insist(simulation.cfn, rotation(), properties('A')));
      yield { pause: 100 };
      yield* insist(simulation.cfn, rotation('Rotation', 'other'), properties('B', { RotateOnCreate: 'false' }));
    },
    { rivals: ['second stack, to be recorded only', 'second stack, same token'] },
  ),
  script(
    'a refusal races a claim',
    given(deployed('A'), function* (simulation, resource) {
      const other = { ...rotation('Rotation', 'other'), physicalId: 'Rotation', properties: properties('A') };
      simulation.cfn.run(deploy(simulation.cfn, other, properties('C', { ReservedRotations: '25' })));
      yield* insist(simulation.cfn, resource, properties('B'));
    }),
    { rivals: ['second stack fails and goes back', 'second stack, other token'] },
  ),
  script(
    'a refusal races a rollback',
    given(deployed('A'), function* (simulation, resource) {
      const other = { ...rotation('Rotation', 'other'), physicalId: 'Rotation', properties: properties('A') };
      simulation.cfn.run(deploy(simulation.cfn, other, properties('C', { ReservedRotations: '25' })));
      yield* deploy(simulation.cfn, resource, properties('B', { ReservedRotations: '25' }));
      yield* deploy(simulation.cfn, resource, properties('B'), { otherFails: true });
    }),
    { rivals: ['second stack fails and goes back', 'cancelled'] },
  ),
  script(
    'refused, then rotated, and back from the next one',
    given(deployed('A'), function* (simulation, resource) {
      const { cfn } = simulation;
      yield* deploy(cfn, resource, properties('B', { ReservedRotations: '25' }));
      yield { pause: (LEDGER_LAG > MINUTE ? LEDGER_LAG : MINUTE) + 15_000 };
      yield* insist(cfn, resource, properties('B'));
      simulation.key(keyArn(1)).state = 'Disabled';
      yield* deploy(cfn, resource, properties('C'));
    }),
    { rivals: ['second stack fails and goes back', 'delivered twice'] },
  ),
  script(
    'refused by KMS again and again',
    given(deployed('A'), function* (simulation, resource) {
      const { cfn } = simulation;
      const key = simulation.key(keyArn(1));
      for (let n = 0; n < 5; n++) {
        key.conflictUntil = simulation.timeline.now + 20 * MINUTE;
        yield* deploy(cfn, resource, properties('B', { CompletionTimeout: '60' }));
      }
      key.conflictUntil = 0;
      yield* insist(cfn, resource, properties('B'));
    }),
    { rivals: ['second stack, other token'] },
  ),
  script(
    'created and deleted at once, created again',
    function* ({ cfn }) {
      const request = cfn.send(rotation(), 'Create', properties('A'));
      yield { pause: 500 };
      yield* remove(cfn, { ...rotation(), physicalId: 'INVENTED', properties: properties('A') });
      yield* insist(cfn, rotation('Again'), properties('A'));
      yield { request };
    },
    { rivals: ['delivered twice', 'cancelled'] },
  ),
];
