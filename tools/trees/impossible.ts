/**
 * Detects apps that cannot be deployed whatever the library does, because their own references form a cycle.
 */
import type { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Site } from './site';
import { stackAround } from './surroundings';

/** Whether rotations, keys, functions and roles depend on each other in a cycle, within a stack or between stacks. */
export function hasCircularDependency(site: Site): boolean {
  const dependencies = new Map<string, Set<string>>();
  for (const [from, to] of edges(site)) {
    const [a, b] = inCommonStack(from, to);
    if (a === b) continue;
    dependencies.set(a, (dependencies.get(a) ?? new Set()).add(b));
  }
  return [...dependencies.keys()].some((at) => reaches(dependencies, at, at));
}

interface Place {
  readonly stack: Stack;
  readonly path: string;
}

function edges(site: Site): [Place, Place][] {
  const { cdk } = site;
  const place = (construct: IConstruct): Place => ({ stack: cdk.Stack.of(construct), path: construct.node.path });
  const ofProviders = site.providers.flatMap(({ path, stack, roleFrom }): [Place, Place][] =>
    roleFrom ? [[{ stack, path }, place(roleFrom)]] : [],
  );
  const ofRotations = site.rotations.flatMap(({ path, stack, key, provider }): [Place, Place][] => [
    [{ stack, path }, place(key.declaration ?? key.construct)],
    ...(provider
      ? ([[{ stack, path }, provider], ...roleOf(place, { stack, path }, provider.roleFrom)] as [Place, Place][])
      : []),
  ]);
  const ofReaders = site.readers.map(({ stack, rotation }, n): [Place, Place] => [
    { stack, path: `reader ${n}` },
    rotation,
  ]);
  const ofFleets = site.fleets.flatMap(({ plan, scope, path, provider, keyArns }): [Place, Place][] => {
    const keys = scope.node
      .findAll()
      .filter((one) => cdk.CfnResource.isCfnResource(one) && /^AWS::KMS::(Replica)?Key$/.test(one.cfnResourceType));
    const stack = stackAround(cdk, scope);
    const places = keys.map((key) => ({ stack: cdk.Stack.of(key), path: `rotation of ${key.node.path}` }));
    if (stack && keyArns.length > 0) places.push({ stack, path: `rotations of ${path}` });
    const tokenParameter: Place[] = stack && plan.token === 'parameter' ? [{ stack, path: 'Token' }] : [];
    return places.flatMap((from): [Place, Place][] => [
      ...tokenParameter.map((to): [Place, Place] => [from, to]),
      ...(provider ? ([[from, provider], ...roleOf(place, from, provider.roleFrom)] as [Place, Place][]) : []),
    ]);
  });
  return [...ofProviders, ...ofRotations, ...ofReaders, ...ofFleets];
}

function roleOf(place: (construct: IConstruct) => Place, from: Place, role?: IConstruct): [Place, Place][] {
  return role ? [[from, place(role)]] : [];
}

/** The dependency between constructs or nested stacks of the innermost common stack; without one, between stacks. */
function inCommonStack(from: Place, to: Place): [string, string] {
  const [a, b] = [chain(from), chain(to)];
  const at = a.findIndex((one, i) => one !== b[i]);
  return [a[at] ?? from.path, b[at] ?? to.path];
}

function chain({ stack, path }: Place): string[] {
  const stacks = [];
  for (let one: Stack | undefined = stack; one; one = one.nestedStackParent) stacks.unshift(`stack ${one.node.path}`);
  return [...stacks, path];
}

function reaches(dependencies: ReadonlyMap<string, ReadonlySet<string>>, from: string, goal: string): boolean {
  const seen = new Set<string>();
  const waiting = [...(dependencies.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === goal) return true;
    if (!seen.has(next)) waiting.push(...(dependencies.get(next) ?? []));
    seen.add(next);
  }
  return false;
}
