/**
 * When the library may refuse an app. An unjustified refusal is as wrong as silence.
 */
import type { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ACCOUNT, REGION } from './environments';
import type { TokenPlan, Trait } from './plan';
import type { Cdk, Site, SiteFleet, SiteKey } from './site';
import { canRely, productAround, stackAround, takesAssets } from './surroundings';

type Reason = (site: Site) => boolean;

const REASONS: Readonly<Record<string, Reason>> = {
  RotationToken: (site) =>
    hasToken(site, ['white space', 'missing', 'SSM reference', 'secret reference']) ||
    site.fleets.some((fleet) => fleet.plan.token === 'parameter' && reachesOtherStage(site, fleet, fleet.scope)),
  Key: ({ rotations }) => rotations.some(({ plan }) => plan.name === 'undefined' || plan.name === 'text'),
  KeyArns: ({ cdk, fleets }) =>
    fleets.some(({ scope, keyArns, namedKeyArns, plan }) => {
      const stack = stackAround(cdk, scope);
      return (
        plan.keyArns.some(({ is }) => ['token', 'malformed', 'alias'].includes(is)) ||
        (!stack && (keyArns.length > 0 || namedKeyArns !== undefined)) ||
        keyArns.some((arn) => isElsewhere(stack?.account, arn.split(':')[4] ?? ''))
      );
    }),
  Alias: (site) => usedKeys(site).some(({ plan }) => plan.as === 'imported by alias'),
  OtherAccount: ({ rotations }) =>
    rotations.some(({ key, stack }) => key.arn !== undefined && isElsewhere(stack.account, ACCOUNT)),
  EventRegion: ({ cdk, rotations, fleets }) =>
    rotations.some(
      ({ key, stack, plan }) => plan.event !== 'none' && key.arn !== undefined && isElsewhere(stack.region, REGION),
    ) ||
    fleets.some(
      ({ keyArns, scope, plan }) =>
        plan.event && keyArns.length > 0 && isElsewhere(stackAround(cdk, scope)?.region, REGION),
    ),
  KeySpec: (site) => hasRotatedKey(site, ['HMAC', 'RSA']),
  KeyUsage: (site) => hasRotatedKey(site, ['HMAC', 'RSA']),
  CustomKeyStore: (site) => hasRotatedKey(site, ['custom key store']),
  ReplicaKey: (site) =>
    site.rotations.some(({ key }) => key.plan.as.includes('replica')) || hasRotatedKey(site, ['replica']),
  ConditionalKey: (site) =>
    site.rotations.some(({ key, stack }) => {
      if (!key.declaration) return false;
      const isElsewhere = site.cdk.Stack.of(key.declaration) !== stack;
      return (isConditional(key) && isElsewhere) || !canRely(site, stack, key.declaration);
    }),
  ChangingExport: ({ readers }) =>
    readers.some(({ plan, stack, rotation }) => plan.attribute !== 'keyArn' && stack !== rotation.stack),
  FleetStage: (site) => site.fleets.some((fleet) => missesStage(site, fleet)),
  FleetEmpty: (site) =>
    site.fleets.some(
      (fleet) =>
        fleet.keyArns.length === 0 && !fleet.namedKeyArns && keysOf(site, fleet).every(isOutOfReach(site, fleet)),
    ),
  FleetKey: (site) => site.aspects.length > 0 || (site.fleets.length > 0 && site.keys.some(isChangedByAspect)),
  ProviderRole: ({ providers }) =>
    providers.some(({ plan, stack }) => /by|immutable/.test(plan.role) && isElsewhere(stack.account, ACCOUNT)),
  ProviderEnvironment: (site) =>
    site.fleets.some(
      (fleet) =>
        fleet.provider &&
        keysOf(site, fleet).some((key) => site.cdk.Stack.of(key).environment !== fleet.provider?.stack.environment),
    ),
  OtherStage: (site) =>
    site.fleets.some((fleet) => fleet.provider && reachesOtherStage(site, fleet, fleet.provider.stack)),
  ConditionalProvider: (site) =>
    site.rotations.some(({ stack, provider }) => provider && !canRely(site, stack, provider.stack)) ||
    site.fleets.some(
      (fleet) =>
        fleet.provider &&
        keysOf(site, fleet).some((key) => !canRely(site, site.cdk.Stack.of(key), fleet.provider?.stack ?? key)),
    ),
  HandlerNotFound: ({ plan }) => plan.bundled,
  ProviderProps: ({ fleets, rotations }) => fleets.some(({ traced }) => traced) && fleets.length + rotations.length > 1,
  ProviderId: ({ rotations, fleets }) => [...rotations, ...fleets].some(({ plan }) => plan.otherCopy),
  StackWithoutAssets: (site) => {
    const lacksAssets = (stack?: Stack) => stack !== undefined && !takesAssets(site.cdk, stack);
    return (
      site.providers.some(({ stack }) => lacksAssets(stack)) ||
      site.rotations.some(({ stack, provider }) => !provider && lacksAssets(stack)) ||
      site.fleets.some(
        ({ scope, keyArns, provider }) => !provider && keyArns.length > 0 && lacksAssets(stackAround(site.cdk, scope)),
      )
    );
  },
};

export function isJustified(site: Site, code: string): boolean {
  return REASONS[code]?.(site) ?? false;
}

function hasToken({ rotations, fleets }: Site, tokens: readonly TokenPlan[]): boolean {
  return [...rotations, ...fleets].some(({ plan }) => tokens.includes(plan.token));
}

function usedKeys({ rotations, fleets }: Site): SiteKey[] {
  const excluded = fleets.flatMap(({ excluded: all }) => all.filter((one): one is SiteKey => 'plan' in one));
  return [...rotations.map(({ key }) => key), ...excluded];
}

/** A single rotation of such a key is refused; a fleet's only if an Aspect changed the key after the fleet had looked. */
function hasRotatedKey({ rotations, fleets, keys }: Site, kinds: readonly Trait['is'][]): boolean {
  const isOfKind = ({ is }: Trait) => kinds.includes(is);
  return (
    rotations.some(({ key }) => key.plan.traits.some(isOfKind)) ||
    (fleets.length > 0 &&
      keys.some(({ plan }) => plan.traits.some((one) => isOfKind(one) && one.when.includes('Aspect'))))
  );
}

function isConditional({ plan }: SiteKey): boolean {
  return plan.traits.some(({ is }) => is === 'conditional');
}

/** An Aspect may contradict what a fleet has already decided about the key. */
function isChangedByAspect({ plan }: SiteKey): boolean {
  return plan.traits.some(({ is, when }) => is !== 'conditional' && when.includes('Aspect'));
}

function keysOf({ cdk }: Site, { scope }: SiteFleet): IConstruct[] {
  return scope.node.findAll().filter((one) => isKey(cdk, one));
}

/** Whether a fleet has keys in another stage or product than something that all its rotations share. */
function reachesOtherStage(site: Site, fleet: SiteFleet, shared: IConstruct): boolean {
  const { cdk } = site;
  const stageOrProduct = (one: IConstruct) => {
    const stack = stackAround(cdk, one);
    return (stack && productAround(cdk, stack)) ?? cdk.Stage.of(one);
  };
  return keysOf(site, fleet).some((key) => stageOrProduct(key) !== stageOrProduct(shared));
}

function isKey(cdk: Cdk, one: IConstruct): boolean {
  return cdk.CfnResource.isCfnResource(one) && /^AWS::KMS::(Replica)?Key$/.test(one.cfnResourceType);
}

function isElsewhere(actual: string | undefined, expected: string): boolean {
  return actual !== undefined && /^[\w-]+$/.test(actual) && actual !== expected;
}

/** Whether the fleet misses a stage: one declared after it, or one that a pipeline has already synthesized. */
function missesStage({ cdk, pipelineStages }: Site, fleet: SiteFleet): boolean {
  const { scope, excluded } = fleet;
  return scope.node
    .findAll()
    .filter((one) => one !== scope && cdk.Stage.isStage(one) && isMissed(fleet, one, pipelineStages))
    .some((stage) => !excluded.some((one) => !('plan' in one) && stage.node.scopes.includes(one)));
}

function isMissed({ stagesBefore }: SiteFleet, stage: IConstruct, pipelineStages: readonly IConstruct[]): boolean {
  return !stagesBefore.has(stage) || pipelineStages.includes(stage);
}

/** Whether a key is in a stage that the fleet misses. */
function isOutOfReach({ cdk, pipelineStages }: Site, fleet: SiteFleet): (key: IConstruct) => boolean {
  return (key) => {
    const stage = cdk.Stage.of(key);
    return stage !== undefined && stage !== cdk.Stage.of(fleet.scope) && isMissed(fleet, stage, pipelineStages);
  };
}
