/**
 * Draws random plans: mostly common apps, with a few of every unusual feature.
 */
import * as fc from 'fast-check';
import {
  type AppPlan,
  type AspectPlan,
  type Declaration,
  type Elsewhere,
  type Flags,
  type FleetPlan,
  type KeyForm,
  type KeyName,
  type KeyPlan,
  type PipelinePlan,
  type ProviderPlan,
  type ReaderPlan,
  type RotationPlan,
  type StackPlan,
  type StagePlan,
  type TokenPlan,
  type Trait,
} from './plan';

/** Draws `usual` `times` as often as all others together, and shrinks towards it. */
function mostly<T>(times: number, usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: usual, weight: times * others.length },
    ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );
}

function usually<T extends string | boolean | number | undefined>(
  times: number,
  usual: T,
  ...others: T[]
): fc.Arbitrary<T> {
  return mostly(times, fc.constant(usual), ...others.map((other) => fc.constant(other)));
}

/** Draws a value by its weight, and shrinks towards the first. */
function weighted<T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> {
  const entries = Object.entries(weights) as [T, number][];
  return fc.oneof(
    { withCrossShrink: true },
    ...entries.map(([value, weight]) => ({ arbitrary: fc.constant(value), weight })),
  );
}

const pick = fc.nat({ max: 11 });
const elsewhere = usually<Elsewhere>(12, 'here', 'other Region', 'other account');

const trait: fc.Arbitrary<Trait> = fc.record({
  is: fc.constantFrom<Trait['is']>(
    'conditional',
    'HMAC',
    'disabled',
    'external',
    'RSA',
    'custom key store',
    'replica',
    'spec by parameter',
    'plain again',
  ),
  by: fc.constantFrom<Trait['by']>('props', 'override'),
  when: usually<Trait['when']>(2, 'at once', 'at the end', 'early Aspect', 'late Aspect'),
});

const key: fc.Arbitrary<KeyPlan> = fc.record({
  kind: fc.constant('key' as const),
  as: weighted<KeyForm>({
    L2: 24,
    L1: 6,
    raw: 5,
    included: 3,
    'of a bucket': 3,
    'imported by ARN': 5,
    'looked up': 3,
    'subclass with aliasName': 2,
    replica: 1,
    'raw replica': 1,
    'imported by alias': 1,
  }),
  traits: mostly<readonly Trait[]>(2, fc.constant([]), fc.array(trait, { minLength: 1, maxLength: 2 })),
  count: mostly<number>(30, fc.constant(1), fc.integer({ min: 2, max: 3 }), fc.constant(55)),
});

const token = weighted<TokenPlan>({
  a: 60,
  b: 20,
  parameter: 20,
  'white space': 1,
  missing: 1,
  'SSM reference': 1,
  'secret reference': 1,
  'not ASCII': 2,
});
const rotateOnCreate = usually<boolean | undefined>(1, true, undefined, false);
const provider = mostly<number | undefined>(2, fc.constant(undefined), pick);
const name = weighted<KeyName>({
  itself: 40,
  'by its ARN': 8,
  'by an alias': 8,
  fromCfnKey: 5,
  L1: 5,
  undefined: 1,
  text: 1,
});

const rotation: fc.Arbitrary<RotationPlan> = fc.record({
  kind: fc.constant('rotation' as const),
  key: pick,
  name,
  token,
  rotateOnCreate,
  provider,
  event: usually<RotationPlan['event']>(5, 'none', 'rule', 'function that waits'),
  carries: usually(3, false, true),
  otherCopy: usually(25, false, true),
});

const arn = mostly<FleetPlan['keyArns'][number]>(
  3,
  fc.record({ is: fc.constant('literal' as const), number: fc.nat({ max: 3 }) }),
  fc.record({ is: fc.constant('imported key' as const), key: pick }),
  fc.record({ is: fc.constant('imported key' as const), key: pick }),
  fc.record({ is: fc.constantFrom('named token' as const, 'alias' as const, 'malformed' as const, 'token' as const) }),
);

const fleetInStack: fc.Arbitrary<FleetPlan> = fc.record({
  kind: fc.constant('fleet' as const),
  token,
  rotateOnCreate,
  provider: mostly<number | undefined>(5, fc.constant(undefined), pick),
  exclude: mostly<FleetPlan['exclude']>(
    1,
    fc.constant([]),
    fc.array(fc.record({ what: usually<'key' | 'scope'>(3, 'key', 'scope'), pick, name }), {
      minLength: 1,
      maxLength: 2,
    }),
  ),
  keyArns: mostly<FleetPlan['keyArns']>(3, fc.constant([]), fc.array(arn, { minLength: 1, maxLength: 3 })),
  manyArns: usually(40, 0, 60, 130),
  onlyArns: fc.boolean(),
  traced: usually(8, false, true),
  event: usually(5, false, true),
  otherCopy: usually(25, false, true),
});

/** A fleet outside stacks rarely has `keyArns`: there is no stack to rotate them in. */
const fleet = fc
  .tuple(fleetInStack, fc.nat({ max: 30 }))
  .map(([plan, n]): FleetPlan => (n === 30 ? plan : { ...plan, keyArns: [], manyArns: 0, onlyArns: false }));

const ownProvider: fc.Arbitrary<ProviderPlan> = fc.record({
  kind: fc.constant('provider' as const),
  role: fc.constantFrom<ProviderPlan['role']>(
    'own',
    'declared',
    'declared elsewhere',
    'by ARN',
    'by name',
    'immutable',
    'no updates',
  ),
  pick,
  vpc: usually(4, false, true),
  traced: usually(4, false, true),
  queue: usually(4, false, true),
});

const aspect: fc.Arbitrary<AspectPlan> = fc.record({
  kind: fc.constant('aspect' as const),
  priority: fc.constantFrom<AspectPlan['priority']>('default', 'before', 'after'),
  does: fc.constantFrom<AspectPlan['does']>('key below', 'key below', 'key above', 'tags', 'boundary', 'VPC'),
  key: fc.constantFrom<AspectPlan['key']>('L2', 'L1'),
});

const reader: fc.Arbitrary<ReaderPlan> = fc.record({
  kind: fc.constant('reader' as const),
  attribute: fc.constantFrom<ReaderPlan['attribute']>('keyArn', 'rotationDate', 'keyMaterialId', 'remainingRotations'),
  rotation: pick,
});

/** The declarations in a stack's scope, nested up to `depth`. */
function parts(depth: number): fc.Arbitrary<readonly Declaration[]> {
  const weighted: { arbitrary: fc.Arbitrary<Declaration>; weight: number }[] = [
    { arbitrary: key, weight: 8 },
    { arbitrary: rotation, weight: 4 },
    { arbitrary: fleetInStack, weight: 2 },
    { arbitrary: ownProvider, weight: 2 },
    { arbitrary: aspect, weight: 1 },
    { arbitrary: reader, weight: 1 },
  ];
  if (depth > 0) {
    weighted.push(
      { arbitrary: innerStack(depth - 1), weight: 2 },
      { arbitrary: parts(depth - 1).map((children) => ({ kind: 'group', children })), weight: 1 },
      { arbitrary: stage(depth - 1), weight: 1 },
    );
  }
  return fc.array(fc.oneof({ withCrossShrink: true }, ...weighted), { maxLength: 5 });
}

function innerStack(depth: number): fc.Arbitrary<StackPlan> {
  return fc.record({
    kind: fc.constant('stack' as const),
    as: usually<StackPlan['as']>(5, 'nested', 'product', 'product with assets', 'stack'),
    environment: elsewhere,
    conditional: usually(6, false, true),
    children: parts(depth),
  });
}

const topLevelStack: fc.Arbitrary<StackPlan> = fc.record({
  kind: fc.constant('stack' as const),
  as: usually<StackPlan['as']>(14, 'stack', 'without assets'),
  environment: elsewhere,
  conditional: fc.constant(false),
  children: parts(2),
});

function stage(depth: number): fc.Arbitrary<StagePlan> {
  return fc.record({
    kind: fc.constant('stage' as const),
    environment: elsewhere,
    children: fc.array(
      fc.oneof(
        { withCrossShrink: true },
        { arbitrary: stackOf(depth), weight: 5 },
        { arbitrary: fleet, weight: 2 },
        { arbitrary: aspect, weight: 1 },
      ),
      { maxLength: 3 },
    ),
  });
}

function stackOf(depth: number): fc.Arbitrary<StackPlan> {
  return fc.record({
    kind: fc.constant('stack' as const),
    as: usually<StackPlan['as']>(14, 'stack', 'without assets'),
    environment: elsewhere,
    conditional: fc.constant(false),
    children: parts(depth),
  });
}

const pipelineInStack: fc.Arbitrary<StackPlan> = fc
  .record({
    kind: fc.constant('pipeline' as const),
    crossAccountKeys: usually(1, true, false),
    stages: fc.array(stage(0), { minLength: 1, maxLength: 2 }),
  })
  .map((pipeline: PipelinePlan) => ({
    kind: 'stack',
    as: 'stack',
    environment: 'here',
    conditional: false,
    children: [pipeline],
  }));

const flags: fc.Arbitrary<Flags> = fc.record({
  aspectStabilization: fc.boolean(),
  minimizePolicies: fc.boolean(),
  managedLogGroup: fc.boolean(),
  stackSafePolicyName: fc.boolean(),
});

export const appPlan: fc.Arbitrary<AppPlan> = fc
  .record({
    flags,
    injectors: mostly<AppPlan['injectors']>(
      6,
      fc.constant([]),
      fc
        .constantFrom<AppPlan['injectors'][number]>('function in VPC', 'traced function', 'role path', 'log retention')
        .map((one) => [one]),
    ),
    environment: usually<AppPlan['environment']>(1, 'known', 'agnostic'),
    otherCdk: usually(40, false, true),
    bundled: usually(80, false, true),
    synthTwice: usually(20, false, true),
    children: fc.array(
      fc.oneof(
        { withCrossShrink: true },
        { arbitrary: topLevelStack, weight: 14 },
        { arbitrary: stage(1), weight: 4 },
        { arbitrary: fleet, weight: 4 },
        { arbitrary: aspect, weight: 1 },
        { arbitrary: pipelineInStack, weight: 1 },
      ),
      { minLength: 1, maxLength: 4 },
    ),
    addsKeys: usually(12, true, false),
  })
  .map(({ children, addsKeys, ...plan }) => {
    const used = children.some(isConsumer) ? children : [...children, FLEET];
    return { ...plan, children: addsKeys ? withKeys(used, false) : used };
  });

/** Added to apps that would not use the library otherwise. */
const FLEET: FleetPlan = {
  kind: 'fleet',
  token: 'a',
  rotateOnCreate: true,
  exclude: [],
  keyArns: [],
  manyArns: 0,
  onlyArns: false,
  traced: false,
  event: false,
  otherCopy: false,
};

/** Adds a key where a fleet or a rotation would otherwise find none. */
function withKeys(declarations: readonly Declaration[], inStack: boolean): readonly Declaration[] {
  const inside = declarations.map((one): Declaration => {
    if (one.kind === 'pipeline') return { ...one, stages: withKeys(one.stages, false) as StagePlan[] };
    return 'children' in one ? { ...one, children: withKeys(one.children, isInStack(one, inStack)) } : one;
  });
  if (!inside.some(({ kind }) => kind === 'fleet' || kind === 'rotation') || inside.some(isKey)) return inside;
  const plain: KeyPlan = { kind: 'key', as: 'L2', traits: [], count: 1 };
  return [
    inStack ? plain : { kind: 'stack', as: 'stack', environment: 'here', conditional: false, children: [plain] },
    ...inside,
  ];
}

function isInStack({ kind }: Declaration, around: boolean): boolean {
  return kind === 'stack' || (kind === 'group' && around);
}

function isKey(one: Declaration): boolean {
  if (one.kind === 'pipeline') return false;
  return 'children' in one ? one.children.some(isKey) : one.kind === 'key' && !/imported|looked/.test(one.as);
}

function isConsumer(one: Declaration): boolean {
  if (one.kind === 'pipeline') return one.stages.some(isConsumer);
  return 'children' in one ? one.children.some(isConsumer) : one.kind === 'fleet' || one.kind === 'rotation';
}
