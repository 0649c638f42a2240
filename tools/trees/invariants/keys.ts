import {
  type Look,
  type RenderedRotation,
  type Scene,
  arnTextOf,
  covers,
  excludes,
  isIneligible,
  isDisabledOrExternal,
  resolvedArn,
} from '../look';
import { type RenderedKey, isWarningOrError } from '../rendered';
import { reportsOf } from '../reports';
import type { Site, SiteFleet } from '../site';
import { stackAround, takesAssets } from '../surroundings';
import { asObject } from '../template';

function rotationsOf({ rotations }: Scene, arn: string): { singles: RenderedRotation[]; ofFleets: RenderedRotation[] } {
  const all = rotations.filter(({ keyArn }) => keyArn === arn);
  return { singles: all.filter(({ single }) => single), ofFleets: all.filter(({ single }) => !single) };
}

export function* onceOrReported(look: Look): Generator<string> {
  const { site, rendered, scenes } = look;
  for (const key of rendered.keys) {
    const { singles, ofFleets } = rotationsOf(scenes[0], arnTextOf(key));
    const covering = site.fleets.filter((fleet) => covers(fleet, key) && !excludes(fleet, key));
    if (ofFleets.length + Math.min(singles.length, 1) > 1)
      yield `${key.path} is rotated ${singles.length} times by itself and ${ofFleets.length} times by fleets`;
    if (covering.length === 0 || ofFleets.length + singles.length > 0) continue;
    if (mustRotate(site, key, covering))
      yield `${key.path} is not rotated by ${covering.map(({ path }) => path).join(', ')}`;
    if (!isReported(look, key)) yield `${key.path} is neither rotated nor reported`;
  }
}

/** A report names a key by its resource or by the construct around it, a warning by its resource. */
function isReported({ rendered }: Look, { construct: { node } }: RenderedKey): boolean {
  const names = [node.path, node.scope?.node.path];
  const isSkipped = reportsOf(rendered).some(({ skipped }) => skipped.some(({ key }) => names.includes(key)));
  return (
    isSkipped || rendered.messages.some((message) => isWarningOrError(message) && message.text.includes(node.path))
  );
}

function mustRotate(site: Site, key: RenderedKey, covering: readonly SiteFleet[]): boolean {
  const stack = site.cdk.Stack.of(key.construct);
  const isPossible = takesAssets(site.cdk, stack) || covering.some(({ provider }) => provider);
  const isPlain = key.condition === undefined && !isIneligible(key) && !isDisabledOrExternal(key);
  return isPossible && isPlain && !isChangedByAspect(site, key);
}

/** A fleet may miss what an Aspect changes after it has looked, if it reports that. */
function isChangedByAspect({ keys }: Site, { construct }: RenderedKey): boolean {
  const declared = keys.find(({ declaration }) => declaration === construct);
  return declared?.plan.traits.some(({ when }) => when.includes('Aspect')) ?? true;
}

/** Checks `keyArns` and `namedKeyArns`. */
export function* imported({ site, rendered, scenes }: Look): Generator<string> {
  const named = new Set(reportsOf(rendered).flatMap(({ skipped }) => skipped.map(({ key }) => key)));
  for (const arn of new Set(site.fleets.flatMap(({ keyArns }) => keyArns))) {
    const { singles, ofFleets } = rotationsOf(scenes[0], resolvedArn(arn));
    const all = singles.length + ofFleets.length;
    const listing = site.fleets.filter(({ keyArns }) => keyArns.includes(arn));
    if (ofFleets.length + Math.min(singles.length, 1) > 1) yield `${arn} is rotated ${all} times`;
    if (all > 0 || listing.some((fleet) => isInExcludedScope(site, fleet, arn))) continue;
    const isPossible = listing.some((fleet) => !excludesArn(fleet, arn) && hasProvider(site, fleet));
    if (isPossible) yield `${arn} is not rotated`;
    else if (!named.has(resolvedArn(arn))) yield `${arn} is neither rotated nor reported`;
  }
  for (const { path, stack, arn, name } of site.fleets.flatMap((fleet) => namedArns(site, fleet))) {
    const rotated = scenes[0].rotations.filter((one) => one.stack === stack && one.keyArn === arn);
    if (rotated.length !== 1 && !named.has(name)) yield `${path} rotates ${arn} ${rotated.length} times`;
  }
}

function hasProvider({ cdk }: Site, { scope, provider }: SiteFleet): boolean {
  const stack = stackAround(cdk, scope);
  return provider !== undefined || (stack !== undefined && takesAssets(cdk, stack));
}

function excludesArn({ excluded: all }: SiteFleet, arn: string): boolean {
  return all.some((one) => 'plan' in one && one.arn === arn);
}

/** Whether an excluded scope contains the listed key: rotating it and skipping it are both right then. */
function isInExcludedScope({ keys }: Site, { excluded: all }: SiteFleet, arn: string): boolean {
  const constructs = keys.filter((key) => key.arn === arn).flatMap(({ construct }) => construct.node.scopes);
  return all.some((one) => !('plan' in one) && constructs.includes(one));
}

function namedArns(site: Site, { scope, path, namedKeyArns = {} }: SiteFleet) {
  const stack = stackAround(site.cdk, scope)?.node.path;
  return Object.keys(namedKeyArns).map((name) => ({ path, stack, name, arn: '<import OrdersKeyArn>' }));
}

export function* excluded({ site, rendered, scenes }: Look): Generator<string> {
  for (const key of rendered.keys) {
    const { ofFleets } = rotationsOf(scenes[0], arnTextOf(key));
    const isWanted = site.fleets.some((fleet) => covers(fleet, key) && !excludes(fleet, key));
    if (ofFleets.length > 0 && !isWanted) yield `${key.path} is rotated by ${ofFleets.map(({ at }) => at).join(', ')}`;
  }
  for (const arn of new Set(site.keys.flatMap((key) => key.arn ?? []))) {
    const { ofFleets } = rotationsOf(scenes[0], resolvedArn(arn));
    const isWanted = site.fleets.some((fleet) => fleet.keyArns.includes(arn) && !excludesArn(fleet, arn));
    if (ofFleets.length > 0 && !isWanted) yield `${arn} is rotated, but no fleet should rotate it`;
  }
}

export function* eligible(look: Look): Generator<string> {
  for (const key of look.rendered.keys) {
    const { singles, ofFleets } = rotationsOf(look.scenes[0], arnTextOf(key));
    const all = [...singles, ...ofFleets].map(({ at }) => at).join(', ');
    const properties = JSON.stringify({ ...key.properties, KeyPolicy: undefined });
    if (all !== '' && isIneligible(key)) yield `${key.path} (${key.type} ${properties}) is rotated by ${all}`;
    const isExcused = isChangedByAspect(look.site, key) && isReported(look, key);
    if (ofFleets.length > 0 && isDisabledOrExternal(key) && !isExcused)
      yield `${key.path} (${properties}) is rotated by a fleet, ${all}`;
  }
}

export function* keysOnly({ rendered, scenes }: Look): Generator<string> {
  const declared = new Set(rendered.keys.map(arnTextOf));
  const isKey = (arn: string) =>
    declared.has(arn) || arn.startsWith('<import ') || /^arn:aws:kms:[^:]+:[^:]+:key\/[\w-]+$/.test(arn);
  for (const { at, keyArn } of scenes[0].rotations) if (!isKey(keyArn)) yield `${at} rotates ${keyArn}`;
}

export function* tokens({ site, rendered, scenes }: Look): Generator<string> {
  const keys = new Map(rendered.keys.map((key) => [arnTextOf(key), key]));
  const isParameter = (token: string) => token.startsWith('<');
  for (const { at, keyArn, token, single } of scenes[0].rotations) {
    const key = keys.get(keyArn);
    const fleets = site.fleets.filter((fleet) =>
      key ? covers(fleet, key) : fleet.keyArns.map(resolvedArn).includes(keyArn) || keyArn.startsWith('<import'),
    );
    const expected = single ? [single.plan.token] : fleets.map(({ plan }) => plan.token);
    const isExpected = expected.some((one) =>
      one === 'parameter' ? isParameter(token) || token === 'a' : TOKEN_TEXTS[one] === token,
    );
    if (!isExpected) yield `${at} has the token ${token}, not that of ${expected.join(' or ') || 'any fleet'}`;
  }
}

const TOKEN_TEXTS: Partial<Record<string, string>> = {
  a: 'a',
  b: 'b',
  'SSM reference': '{{resolve:ssm:/rotation/token}}',
  'secret reference': '{{resolve:secretsmanager:rotation:SecretString:token}}',
  'not ASCII': 'größer',
};

export function* events({ site, rendered, scenes: [{ rotations, deployment, values }] }: Look): Generator<string> {
  const watched = [...deployment.decided].flatMap(([stack, { resources }]) =>
    [...resources.values()]
      .filter(({ type }) => type === 'AWS::Events::Rule')
      .flatMap(({ properties }) => values.texts(stack, asObject(properties.EventPattern).resources)),
  );
  for (const key of rendered.keys) {
    const covering = site.fleets.filter((fleet) => covers(fleet, key));
    const isOfFleet = rotations.some(({ keyArn, single }) => keyArn === arnTextOf(key) && !single);
    const isWatched = covering.length > 0 && covering.every(({ plan }) => plan.event);
    if (isOfFleet && isWatched && !watched.includes(arnTextOf(key))) yield `no rule matches the event of ${key.path}`;
  }
}
