/**
 * Named apps: each covers one thing that went wrong in real apps, or could. Mutations are tried on them.
 */
import type {
  AppPlan,
  Declaration,
  FleetPlan,
  KeyForm,
  KeyPlan,
  ProviderPlan,
  RotationPlan,
  StackPlan,
  StagePlan,
  Trait,
} from './plan';

export interface Case {
  readonly name: string;
  readonly plan: AppPlan;
  /** `rendered`, or the code of the refusal. */
  readonly expected: string;
}

function app(children: readonly Declaration[], rest: Partial<AppPlan> = {}): AppPlan {
  return {
    flags: { aspectStabilization: true, minimizePolicies: true, managedLogGroup: true, stackSafePolicyName: false },
    injectors: [],
    environment: 'known',
    otherCdk: false,
    bundled: false,
    synthTwice: false,
    ...rest,
    children,
  };
}

function stack(children: readonly Declaration[], as: StackPlan['as'] = 'stack'): StackPlan {
  return { kind: 'stack', as, environment: 'here', conditional: false, children };
}

function conditionalStack(...children: readonly Declaration[]): StackPlan {
  return { ...stack(children, 'nested'), conditional: true };
}

function stage(children: readonly Declaration[], environment: StagePlan['environment'] = 'here'): StagePlan {
  return { kind: 'stage', environment, children };
}

function pipeline(crossAccountKeys: boolean, ...stages: readonly StagePlan[]): Declaration {
  return { kind: 'pipeline', crossAccountKeys, stages };
}

function key(as: KeyForm = 'L2', ...traits: readonly Trait[]): KeyPlan {
  return { kind: 'key', as, traits, count: 1 };
}

function trait(is: Trait['is'], by: Trait['by'] = 'override', when: Trait['when'] = 'at once'): Trait {
  return { is, by, when };
}

function rotation(rest: Partial<RotationPlan> = {}): RotationPlan {
  return {
    kind: 'rotation',
    key: 0,
    name: 'itself',
    token: 'a',
    rotateOnCreate: true,
    event: 'none',
    carries: false,
    otherCopy: false,
    ...rest,
  };
}

function fleet(rest: Partial<FleetPlan> = {}): FleetPlan {
  return {
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
    ...rest,
  };
}

function provider(role: ProviderPlan['role'], rest: Partial<ProviderPlan> = {}): ProviderPlan {
  return { kind: 'provider', role, pick: 0, vpc: false, traced: false, queue: false, ...rest };
}

const KEY = key();
const FLEET = fleet();
const FIRST_KEY = { what: 'key', pick: 0, name: 'itself' } as const;
const OVERRIDDEN = (['HMAC', 'RSA', 'disabled', 'external', 'custom key store'] as const).map((is) =>
  key('L2', trait(is)),
);
const NOT_STABILIZED = {
  flags: { aspectStabilization: false, minimizePolicies: false, managedLogGroup: false, stackSafePolicyName: false },
};

export const CASES: readonly Case[] = [
  { name: 'one key', plan: app([stack([KEY, rotation()])]), expected: 'rendered' },
  {
    name: 'a fleet with rules and traced providers',
    plan: app([stack([KEY, KEY]), fleet({ event: true, traced: true })]),
    expected: 'rendered',
  },
  { name: 'a fleet for an app', plan: app([stack([KEY, KEY]), stage([stack([KEY])]), FLEET]), expected: 'rendered' },
  {
    name: 'a fleet for an app, Aspects not stabilized',
    plan: app([stack([KEY, KEY]), stage([stack([KEY])]), FLEET], NOT_STABILIZED),
    expected: 'rendered',
  },
  {
    name: 'a fleet in a stage that is in a stack',
    plan: app([stack([stage([stack([KEY]), FLEET])])]),
    expected: 'rendered',
  },
  {
    name: 'a fleet in a stage of a pipeline',
    plan: app([stack([pipeline(true, stage([stack([KEY]), FLEET]))])]),
    expected: 'rendered',
  },
  {
    name: 'a pipeline whose support stack takes no assets',
    plan: app([
      stage([stack([KEY])], 'other Region'),
      FLEET,
      stack([pipeline(true, stage([stack([])], 'other Region'))]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'a stack that takes no assets',
    plan: app([fleet({ exclude: [] }), stack([KEY]), stack([KEY], 'without assets')]),
    expected: 'rendered',
  },
  { name: 'a product', plan: app([stack([KEY, stack([KEY], 'product')]), FLEET]), expected: 'rendered' },
  {
    name: 'a product with a key that cannot be rotated',
    plan: app([stack([KEY, stack([key('L2', trait('HMAC'))], 'product')]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a product with assets',
    plan: app([stack([KEY, stack([KEY, key('L2', trait('disabled'))], 'product with assets')]), FLEET]),
    expected: 'rendered',
  },
  { name: 'overridden keys of a fleet', plan: app([stack([KEY, ...OVERRIDDEN, FLEET])]), expected: 'rendered' },
  {
    name: 'a single rotation of an overridden key',
    plan: app([stack([key('L2', trait('HMAC')), rotation()])]),
    expected: 'KeySpec',
  },
  {
    name: 'a single rotation of a disabled key',
    plan: app([stack([key('L2', trait('disabled')), rotation()])]),
    expected: 'rendered',
  },
  {
    name: 'keys of every form',
    plan: app([stack([KEY, key('L1'), key('raw'), key('included'), key('of a bucket')]), FLEET]),
    expected: 'rendered',
  },
  { name: 'replicas', plan: app([stack([KEY, key('replica'), key('raw replica')]), FLEET]), expected: 'rendered' },
  { name: 'an excluded key', plan: app([stack([KEY, KEY, fleet({ exclude: [FIRST_KEY] })])]), expected: 'rendered' },
  {
    name: 'keys excluded by alias and by ARN',
    plan: app([
      stack([
        KEY,
        KEY,
        KEY,
        fleet({
          exclude: [
            { what: 'key', pick: 0, name: 'by an alias' },
            { what: 'key', pick: 1, name: 'by its ARN' },
          ],
        }),
      ]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'an excluded scope',
    plan: app([
      stack([
        KEY,
        { kind: 'group', children: [KEY] },
        fleet({ exclude: [{ what: 'scope', pick: 1, name: 'itself' }] }),
      ]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'an excluded ARN',
    plan: app([
      stack([
        key('imported by ARN'),
        fleet({
          exclude: [FIRST_KEY],
          keyArns: [
            { is: 'imported key', key: 0 },
            { is: 'literal', number: 1 },
          ],
        }),
      ]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'two fleets with one ARN',
    plan: app([
      stack([fleet({ keyArns: [{ is: 'literal', number: 1 }] }), fleet({ keyArns: [{ is: 'literal', number: 1 }] })]),
    ]),
    expected: 'rendered',
  },
  { name: 'two fleets with one key', plan: app([stack([KEY, FLEET]), fleet({ token: 'b' })]), expected: 'rendered' },
  {
    name: 'a key of a fleet with a rotation of its own',
    plan: app([stack([KEY, KEY, rotation({ token: 'b' })]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'two tokens for one key',
    plan: app([stack([KEY, rotation(), rotation({ token: 'b' })])]),
    expected: 'rendered',
  },
  { name: 'a fleet without keys', plan: app([stack([]), FLEET]), expected: 'FleetEmpty' },
  {
    name: 'an imported role in two stacks',
    plan: app([0, 1].map((n) => stack([key(), provider('by ARN'), rotation({ key: n, provider: n })]))),
    expected: 'rendered',
  },
  {
    name: 'an imported role in two stacks, and an injector that traces functions',
    plan: app(
      [0, 1].map((n) => stack([key(), provider('by ARN'), rotation({ key: n, provider: n })])),
      { injectors: ['traced function'] },
    ),
    expected: 'rendered',
  },
  {
    name: 'a provider that an injector traces',
    plan: app([stack([KEY, rotation()])], { injectors: ['traced function'] }),
    expected: 'rendered',
  },
  {
    name: 'a declared role in two stacks',
    plan: app([
      stack([KEY, provider('declared'), rotation({ provider: 0 })]),
      stack([KEY, provider('declared elsewhere'), rotation({ key: 1, provider: 1 })]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'an immutable role',
    plan: app([stack([KEY, provider('no updates'), rotation({ provider: 0 })])]),
    expected: 'rendered',
  },
  {
    name: 'a role with many keys',
    plan: app([stack([provider('by name'), fleet({ provider: 0, manyArns: 130 })])]),
    expected: 'rendered',
  },
  { name: 'many keys', plan: app([stack([fleet({ manyArns: 130 })])]), expected: 'rendered' },
  {
    name: 'a provider shared between stacks',
    plan: app([
      stack([KEY, provider('own'), rotation({ provider: 0 })]),
      stack([KEY, rotation({ key: 1, provider: 0 })]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'a provider shared with a nested stack, both ways',
    plan: app([stack([provider('own'), stack([KEY, rotation({ provider: 0 })], 'nested'), rotation({ provider: 0 })])]),
    expected: 'rendered',
  },
  {
    name: 'a provider with a declared role shared with a nested stack, both ways',
    plan: app([
      stack([provider('declared'), stack([KEY, rotation({ provider: 0 })], 'nested'), rotation({ provider: 0 })]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'a provider in a VPC',
    plan: app([stack([KEY, provider('own', { vpc: true, traced: true, queue: true }), rotation({ provider: 0 })])]),
    expected: 'rendered',
  },
  {
    name: 'a provider that an injector puts into a VPC',
    plan: app([stack([KEY, rotation()])], { injectors: ['function in VPC'] }),
    expected: 'rendered',
  },
  {
    name: 'a conditional key in a fleet',
    plan: app([stack([KEY, key('L2', trait('conditional', 'props'))]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a key made conditional by an override in a fleet',
    plan: app([stack([KEY, key('raw', trait('conditional'))]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a single rotation of a conditional key',
    plan: app([stack([key('L2', trait('conditional', 'props')), rotation()])]),
    expected: 'rendered',
  },
  {
    name: 'an attribute that another stack reads',
    plan: app([stack([KEY, rotation()]), stack([{ kind: 'reader', attribute: 'rotationDate', rotation: 0 }])]),
    expected: 'ChangingExport',
  },
  {
    name: 'an attribute that the same stack reads',
    plan: app([stack([KEY, rotation(), { kind: 'reader', attribute: 'rotationDate', rotation: 0 }])]),
    expected: 'rendered',
  },
  {
    name: 'an event target that waits for the rotation',
    plan: app([stack([KEY, rotation({ event: 'function that waits' })])]),
    expected: 'rendered',
  },
  {
    name: 'a subclass of Key with an aliasName',
    plan: app([stack([key('subclass with aliasName'), rotation()])]),
    expected: 'rendered',
  },
  { name: 'an L1 as key', plan: app([stack([key('L1'), rotation({ name: 'L1' })])]), expected: 'rendered' },
  { name: 'undefined as key', plan: app([stack([KEY, rotation({ name: 'undefined' })])]), expected: 'Key' },
  { name: 'a string as key', plan: app([stack([KEY, rotation({ name: 'text' })])]), expected: 'Key' },
  {
    name: 'an alias with an unknown target',
    plan: app([stack([key('imported by alias'), rotation()])]),
    expected: 'Alias',
  },
  {
    name: 'a token with white space',
    plan: app([stack([KEY, rotation({ token: 'white space' })])]),
    expected: 'RotationToken',
  },
  {
    name: 'a key that an Aspect adds after the fleet',
    plan: app([stack([KEY, { kind: 'aspect', priority: 'after', does: 'key above', key: 'L2' }]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a key that becomes HMAC after the fleet was declared',
    plan: app([stack([KEY, key('L2', trait('HMAC', 'override', 'at the end'))]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a key that an Aspect adds after the fleet, Aspects not stabilized',
    plan: app(
      [stack([KEY, { kind: 'aspect', priority: 'after', does: 'key above', key: 'L2' }]), FLEET],
      NOT_STABILIZED,
    ),
    expected: 'FleetKey',
  },
  {
    name: 'a key that becomes HMAC after its rotation was declared',
    plan: app([stack([key('L2', trait('HMAC', 'override', 'at the end')), rotation()])]),
    expected: 'KeySpec',
  },
  {
    name: 'a key under a condition in another stack',
    plan: app([stack([key('L2', trait('conditional', 'props'))]), stack([rotation()])]),
    expected: 'ConditionalKey',
  },
  {
    name: 'a key in a conditional nested stack',
    plan: app([stack([conditionalStack(KEY), rotation()])]),
    expected: 'ConditionalKey',
  },
  {
    name: 'a key and its rotation in a conditional nested stack',
    plan: app([stack([conditionalStack(KEY, rotation()), KEY]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'a provider in a conditional nested stack',
    plan: app([stack([conditionalStack(provider('own')), KEY, rotation({ provider: 0 })])]),
    expected: 'ConditionalProvider',
  },
  {
    name: 'a key in another Region',
    plan: app([
      {
        kind: 'stack',
        as: 'stack',
        environment: 'other Region',
        conditional: false,
        children: [key('imported by ARN'), rotation()],
      },
    ]),
    expected: 'rendered',
  },
  {
    name: 'a fleet in another stage than its provider',
    plan: app([stack([provider('own')]), stage([stack([KEY])]), fleet({ provider: 0 })]),
    expected: 'OtherStage',
  },
  {
    name: 'a fleet in another Region than its provider',
    plan: app([
      stack([provider('own')]),
      { kind: 'stack', as: 'stack', environment: 'other Region', conditional: false, children: [KEY] },
      fleet({ provider: 0 }),
    ]),
    expected: 'ProviderEnvironment',
  },
  {
    name: 'a fleet whose token is a parameter of its stack, around a stage',
    plan: app([stack([KEY, stage([stack([KEY])]), fleet({ token: 'parameter' })])]),
    expected: 'RotationToken',
  },
  {
    name: 'a fleet whose token is a parameter of its stack, around a product',
    plan: app([stack([KEY, stack([KEY], 'product with assets'), fleet({ token: 'parameter' })])]),
    expected: 'RotationToken',
  },
  {
    name: 'a fleet whose provider is in its stack, around a product',
    plan: app([stack([KEY, provider('own'), stack([KEY], 'product with assets'), fleet({ provider: 0 })])]),
    expected: 'OtherStage',
  },
  {
    name: 'listed ARNs only',
    plan: app([
      stack([KEY, fleet({ keyArns: [{ is: 'literal', number: 1 }, { is: 'named token' }], onlyArns: true })]),
    ]),
    expected: 'rendered',
  },
  {
    name: 'an app bundled into one file',
    plan: app([stack([KEY, rotation()])], { bundled: true }),
    expected: 'HandlerNotFound',
  },
  {
    name: 'a stage declared after the fleet',
    plan: app([stack([KEY]), FLEET, stage([stack([KEY])])]),
    expected: 'FleetStage',
  },
  {
    name: 'another copy of aws-cdk-lib',
    plan: app([stack([KEY, key('L2', trait('HMAC', 'props')), rotation()]), FLEET], { otherCdk: true }),
    expected: 'rendered',
  },
  {
    name: 'another copy of the library',
    plan: app([stack([KEY, rotation({ token: 'b', otherCopy: true })]), FLEET]),
    expected: 'rendered',
  },
  {
    name: 'an app synthesized twice',
    plan: app([stack([KEY]), FLEET], { synthTwice: true }),
    expected: 'rendered',
  },
];
