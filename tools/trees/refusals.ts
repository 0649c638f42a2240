/**
 * When the library may refuse an app. A refusal for which there is no reason is as wrong as silence.
 */
import type { IConstruct } from 'constructs';
import { ACCOUNT, REGION } from './environments';
import type { TokenPlan, Trait } from './plan';
import type { Site, SiteFleet, SiteKey } from './site';
import { stackAround } from './surroundings';

type Reason = (site: Site) => boolean;

const REASONS: Readonly<Record<string, Reason>> = {
  RotationToken: (site) => hasToken(site, ['white space', 'missing']),
  KeyArns: ({ cdk, fleets }) =>
    fleets.some(
      ({ scope, keyArns, plan }) =>
        plan.keyArns.some(({ is }) => is === 'token' || is === 'malformed') ||
        (keyArns.length > 0 && !stackAround(cdk, scope)),
    ),
  KeyArn: ({ fleets, rotations }) =>
    fleets.some(({ plan }) => plan.keyArns.some(({ is }) => is === 'malformed')) ||
    rotations.some(({ plan }) => plan.name === 'text'),
  Alias: (site) =>
    usedKeys(site).some(({ plan }) => plan.as === 'imported by alias') ||
    site.fleets.some(({ plan }) => plan.keyArns.some(({ is }) => is === 'alias')),
  OtherAccount: (site) =>
    site.rotations.some(({ key, stack }) => key.arn !== undefined && isElsewhere(stack.account, ACCOUNT)) ||
    site.fleets.some(
      ({ scope, keyArns }) => keyArns.length > 0 && isElsewhere(stackAround(site.cdk, scope)?.account, ACCOUNT),
    ),
  EventRegion: ({ rotations }) =>
    rotations.some(
      ({ key, stack, plan }) => plan.event !== 'none' && key.arn !== undefined && isElsewhere(stack.region, REGION),
    ),
  KeySpec: (site) => hasRotatedKey(site, ['HMAC', 'RSA']),
  KeyUsage: (site) => hasRotatedKey(site, ['HMAC', 'RSA']),
  CustomKeyStore: (site) => hasRotatedKey(site, ['custom key store']),
  ReplicaKey: ({ rotations }) => rotations.some(({ key }) => key.plan.as.includes('replica')),
  FleetStage: (site) => site.fleets.some((fleet) => missesStage(site, fleet)),
  ProviderRole: ({ providers }) =>
    providers.some(({ plan, stack }) => /by|immutable/.test(plan.role) && isElsewhere(stack.account, ACCOUNT)),
  ProviderEnvironment: ({ cdk, fleets }) => fleets.some(({ provider, scope }) => provider && !stackAround(cdk, scope)),
  ProviderId: ({ rotations, fleets }) => [...rotations, ...fleets].some(({ plan }) => plan.otherCopy),
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

function hasRotatedKey({ rotations }: Site, traits: readonly Trait['is'][]): boolean {
  return rotations.some(({ key }) => key.plan.traits.some(({ is }) => traits.includes(is)));
}

function isElsewhere(actual: string | undefined, expected: string): boolean {
  return actual !== undefined && /^[\w-]+$/.test(actual) && actual !== expected;
}

/** A stage that the fleet came too late for, or too early. */
function missesStage({ cdk, pipelineStages }: Site, { scope, stagesBefore, excluded }: SiteFleet): boolean {
  const isMissed = (stage: IConstruct) => !stagesBefore.has(stage) || pipelineStages.includes(stage);
  return scope.node
    .findAll()
    .filter((one) => one !== scope && cdk.Stage.isStage(one) && isMissed(one))
    .some((stage) => !excluded.some((one) => !('plan' in one) && stage.node.scopes.includes(one)));
}
