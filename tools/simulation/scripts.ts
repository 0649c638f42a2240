import type { Properties, Resource, Wait } from './cloudformation-model';
import { deploy, insist, remove } from './deployments';
import type { Disturbance } from './faults';
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
export const ANYTHING: readonly Disturbance[] = [
  'delivered twice',
  'cancelled',
  'rotated by hand',
  'automatic rotation now',
  'automatic rotation soon',
  'second stack, same token',
  'second stack, other token',
  'ledger denied for 3 minutes',
  'ledger denied',
  'key disabled',
];

const rotation = (logicalId = 'Rotation', stack = 'first'): Resource => ({ stack, logicalId });
export const properties = (RotationToken: string, more: Partial<Properties> = {}): Properties => ({
  KeyArn: keyArn(1),
  RotationToken,
  RotateOnCreate: 'true',
  CompletionTimeout: '600',
  ReservedRotations: '5',
  ...more,
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
  how: { readonly world?: Partial<World>; readonly rivals?: readonly Disturbance[] } = {},
): Script {
  return { name, steps, world: { ...QUICK, ...how.world }, happenings: ANYTHING, rivals: how.rivals ?? [] };
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
];
