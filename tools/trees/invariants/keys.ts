import {
  type Look,
  type RenderedRotation,
  type Scene,
  arnTextOf,
  covers,
  excludes,
  isIneligible,
  isWaiting,
} from '../look';
import type { RenderedKey } from '../rendered';
import { reportsOf } from '../reports';
import { takesAssets } from '../surroundings';

function rotationsOf({ rotations }: Scene, arn: string): { singles: RenderedRotation[]; ofFleets: RenderedRotation[] } {
  const all = rotations.filter(({ keyArn }) => keyArn === arn);
  return { singles: all.filter(({ single }) => single), ofFleets: all.filter(({ single }) => !single) };
}

export function* onceOrNamed({ site, rendered, scenes }: Look): Generator<string> {
  const named = new Set(reportsOf(rendered).flatMap(({ skipped }) => skipped.map(({ key }) => key)));
  for (const key of rendered.keys) {
    const { singles, ofFleets } = rotationsOf(scenes[0], arnTextOf(key));
    const covering = site.fleets.filter((fleet) => covers(fleet, key) && !excludes(fleet, key));
    if (ofFleets.length + Math.min(singles.length, 1) > 1)
      yield `${key.path} is rotated ${singles.length} times by itself and ${ofFleets.length} times by fleets`;
    if (covering.length === 0 || ofFleets.length + singles.length > 0) continue;
    if (mustRotate(site, key, covering))
      yield `${key.path} is not rotated by ${covering.map(({ path }) => path).join(', ')}`;
    if (!isNamed(key, named)) yield `${key.path} is neither rotated nor named`;
  }
}

/** A report may name a key by its resource or by the construct around it. */
function isNamed({ construct }: RenderedKey, names: ReadonlySet<string>): boolean {
  return names.has(construct.node.path) || names.has(construct.node.scope?.node.path ?? '');
}

function mustRotate(site: Look['site'], key: RenderedKey, covering: Look['site']['fleets']): boolean {
  const stack = site.cdk.Stack.of(key.construct);
  const hasProvider = takesAssets(site.cdk, stack) || covering.some(({ provider }) => provider);
  return hasProvider && key.condition === undefined && !isIneligible(key) && !isWaiting(key);
}

/** ARNs of `keyArns`. */
export function* imported({ site, rendered, scenes }: Look): Generator<string> {
  const named = new Set(reportsOf(rendered).flatMap(({ skipped }) => skipped.map(({ key }) => key)));
  for (const arn of new Set(site.fleets.flatMap(({ keyArns }) => keyArns))) {
    const { singles, ofFleets } = rotationsOf(scenes[0], arn);
    const isWanted = site.fleets.some((fleet) => fleet.keyArns.includes(arn) && !excludesArn(fleet, arn));
    if (ofFleets.length + Math.min(singles.length, 1) > 1)
      yield `${arn} is rotated ${singles.length + ofFleets.length} times`;
    if (isWanted && singles.length + ofFleets.length === 0) yield `${arn} is not rotated`;
    if (!isWanted && singles.length + ofFleets.length === 0 && !named.has(arn))
      yield `${arn} is excluded and named nowhere`;
  }
}

function excludesArn({ excluded: all }: Look['site']['fleets'][number], arn: string): boolean {
  return all.some((one) => 'plan' in one && one.arn === arn);
}

export function* excluded({ site, rendered, scenes }: Look): Generator<string> {
  for (const key of rendered.keys) {
    const { ofFleets } = rotationsOf(scenes[0], arnTextOf(key));
    const isWanted = site.fleets.some((fleet) => covers(fleet, key) && !excludes(fleet, key));
    if (ofFleets.length > 0 && !isWanted) yield `${key.path} is rotated by ${ofFleets.map(({ at }) => at).join(', ')}`;
  }
  for (const { ofFleets, arn } of site.keys.flatMap(({ arn: one }) =>
    one === undefined ? [] : [{ ...rotationsOf(scenes[0], one), arn: one }],
  )) {
    const isWanted = site.fleets.some((fleet) => fleet.keyArns.includes(arn) && !excludesArn(fleet, arn));
    if (ofFleets.length > 0 && !isWanted) yield `${arn} is rotated, though nobody wants it`;
  }
}

export function* eligible({ rendered, scenes }: Look): Generator<string> {
  for (const key of rendered.keys) {
    const { singles, ofFleets } = rotationsOf(scenes[0], arnTextOf(key));
    const all = [...singles, ...ofFleets].map(({ at }) => at).join(', ');
    const properties = JSON.stringify({ ...key.properties, KeyPolicy: undefined });
    if (all !== '' && isIneligible(key)) yield `${key.path} (${key.type} ${properties}) is rotated by ${all}`;
    if (ofFleets.length > 0 && isWaiting(key)) yield `${key.path} (${properties}) is rotated by a fleet, ${all}`;
  }
}

export function* tokens({ site, rendered, scenes }: Look): Generator<string> {
  const keys = new Map(rendered.keys.map((key) => [arnTextOf(key), key]));
  const isParameter = (token: string) => token.startsWith('<');
  for (const { at, keyArn, token, single } of scenes[0].rotations) {
    const key = keys.get(keyArn);
    const fleets = site.fleets.filter((fleet) => (key ? covers(fleet, key) : fleet.keyArns.includes(keyArn)));
    const expected = single ? [single.plan.token] : fleets.map(({ plan }) => plan.token);
    const isExpected = expected.some((one) =>
      one === 'parameter' ? isParameter(token) || token === 'a' : OF_PLAN[one] === token,
    );
    if (!isExpected) yield `${at} has the token ${token}, not that of ${expected.join(' or ') || 'any fleet'}`;
  }
}

const OF_PLAN: Partial<Record<string, string>> = {
  a: 'a',
  b: 'b',
  'SSM reference': '{{resolve:ssm:/rotation/token}}',
  'secret reference': '{{resolve:secretsmanager:rotation:SecretString:token}}',
  'not ASCII': 'größer',
};
