import { type Look, type Scene, arnTextOf, covers, excludes, isIneligible, resolvedArn } from '../look';
import { type RenderedKey, isWarningOrError } from '../rendered';
import type { IConstruct } from 'constructs';
import type { SiteKey } from '../site';
import { type Report, resolvedName, reportsOf } from '../reports';
import { takesAssets } from '../surroundings';

export function* reports(look: Look): Generator<string> {
  const all = reportsOf(look.rendered);
  for (const report of all) {
    const { fleet, message, rotated, skipped } = report;
    const others = all.filter(
      (other) => other !== report && other.fleet === fleet && stackOf(look, other) === stackOf(look, report),
    );
    if (others.length > 0)
      yield `${fleet} reports ${others.length + 1} times on ${stackOf(look, report)}, at ${message.at}`;
    for (const key of rotated) {
      if (!isRotated(look, key)) yield `${fleet} says that it rotates ${key}, but does not`;
      if (skipped.some((one) => one.key === key)) yield `${fleet} says that it rotates ${key} and that it skips it`;
    }
    for (const { key, reason } of skipped) {
      if (!isTrue(look, report, key, reason)) yield `${fleet} skips ${key} for an untrue reason: ${reason}`;
    }
  }
}

function stackOf({ rendered }: Look, { about, message: { at } }: Report): string {
  if (about !== undefined) return about;
  const around = [...rendered.stacks.keys()].filter((path) => at === path || at.startsWith(`${path}/`));
  return around.reduce((longest, path) => (path.length > longest.length ? path : longest), '');
}

function keyNamed({ rendered }: Look, name: string): RenderedKey | undefined {
  return rendered.keys.find(
    ({ construct }) => construct.node.path === name || construct.node.scope?.node.path === name,
  );
}

function isRotated(look: Look, name: string): boolean {
  const key = keyNamed(look, name);
  if (look.site.fleets.some(({ namedKeyArns = {} }) => name in namedKeyArns))
    return isRotatedInScene(look.scenes[0], '<import OrdersKeyArn>');
  return isRotatedInScene(look.scenes[0], key ? arnTextOf(key) : name);
}

function isRotatedInScene({ rotations }: Scene, arn: string): boolean {
  return rotations.some(({ keyArn }) => keyArn === arn);
}

/** Checks that `rotatedKeys` and `skippedKeys` match the reports. */
export function* lists({ site, rendered }: Look): Generator<string> {
  const all = reportsOf(rendered);
  for (const { path, construct } of site.fleets) {
    const own = all.filter(({ fleet }) => fleet === path);
    const rotated = own.flatMap((report) => report.rotated);
    const skipped = own.flatMap((report) => report.skipped.map(({ key }) => key));
    if (!construct || own.length === 0) continue;
    if (!isSame(construct.rotatedKeys.map(resolvedName), rotated))
      yield `${path} lists ${construct.rotatedKeys.join()} and reports ${rotated.join()}`;
    const listed = construct.skippedKeys.map(({ key }) => resolvedName(key));
    if (!isSame(listed, skipped)) yield `${path} lists ${listed.join()} as skipped and reports ${skipped.join()}`;
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

/** Whether the reason for skipping a key is true. */
function isTrue(look: Look, { fleet: path }: Report, name: string, reason: string): boolean {
  const key = keyNamed(look, name);
  const fleet = look.site.fleets.find((one) => one.path === path);
  if (!fleet) return false;
  if (!key) {
    if (reason.startsWith('is excluded')) return fleet.excluded.some((one) => excludesImport(look, one, name));
    if (reason.startsWith('has no provider')) return fleet.keyArns.includes(name) || name in (fleet.namedKeyArns ?? {});
    return /^is (imported|rotated by)/.test(reason) && look.rendered.keys.every(({ path: other }) => other !== name);
  }
  const { properties } = key;
  if (!covers(fleet, key)) return false;
  if (reason.startsWith('is excluded')) return excludes(fleet, key);
  if (reason.startsWith('is rotated by')) return isRotated(look, name);
  if (reason.startsWith('is disabled')) return properties.Enabled === false;
  if (reason.startsWith('has imported key material')) return properties.Origin === 'EXTERNAL';
  if (reason.startsWith('has the key spec')) return isIneligible(key) && properties.KeySpec !== 'SYMMETRIC_DEFAULT';
  if (/^has the (key usage|origin)/.test(reason)) return isIneligible(key);
  if (reason.startsWith('is a replica')) return key.type === 'AWS::KMS::ReplicaKey';
  if (reason.includes('condition')) return key.condition !== undefined;
  if (reason.includes('assets')) return !takesAssets(look.site.cdk, look.site.cdk.Stack.of(key.construct));
  return false;
}

/** Whether an exclusion covers the imported key: by an import of the same ARN, or by a construct around one. */
function excludesImport({ site }: Look, one: SiteKey | IConstruct, name: string): boolean {
  const arnOf = site.keys.find(({ construct }) => construct.node.path === name)?.arn ?? name;
  const excluded = 'plan' in one ? [one] : site.keys.filter(({ construct }) => construct.node.scopes.includes(one));
  return excluded.some(
    ({ construct, arn }) => construct.node.path === name || (arn !== undefined && isSameArn(arn, arnOf)),
  );
}

function isSameArn(one: string, other: string): boolean {
  return resolvedArn(one) === resolvedArn(other);
}

/** A silent fleet without keys hides a mistake: its keys are elsewhere. */
export function* emptyFleets({ site, rendered }: Look): Generator<string> {
  for (const fleet of site.fleets) {
    const hasKeys = rendered.keys.some((key) => covers(fleet, key)) || fleet.keyArns.length > 0 || fleet.namedKeyArns;
    const isMentioned = rendered.messages.some(
      (message) => isWarningOrError(message) && message.text.includes(fleet.path),
    );
    const hasReport = reportsOf(rendered).some((report) => report.fleet === fleet.path);
    if (!hasKeys && !hasReport && !isMentioned) yield `${fleet.path} finds no key and does not say so`;
  }
}

export function* warnings({ site, rendered, scenes: [{ rotations }] }: Look): Generator<string> {
  const warned = (path: string, id: string) =>
    rendered.messages.some((message) => isWarningOrError(message) && message.at === path && message.text.includes(id));
  for (const rotation of site.rotations) {
    const declared = rendered.keys.find(({ construct }) => construct === rotation.key.declaration);
    if (!rotation.construct || !declared) continue;
    const { path, plan } = rotation;
    if (plan.rotateOnCreate === undefined && !warned(path, 'rotateOnCreateUnset'))
      yield `${path} does not warn of its first rotation`;
    if (declared.properties.Enabled === false && !warned(path, 'keyDisabled'))
      yield `${path} does not warn of its disabled key`;
    const tokens = new Set(rotations.filter(({ keyArn }) => keyArn === arnTextOf(declared)).map(({ token }) => token));
    const known = [...tokens].filter((token) => !token.startsWith('<'));
    const isWarned = site.rotations.some((one) => one.key === rotation.key && warned(one.path, 'severalTokensForKey'));
    if (known.length > 1 && !isWarned)
      yield `${declared.path} is rotated with the tokens ${known.join(' and ')} without a warning`;
  }
}
