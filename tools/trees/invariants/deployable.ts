import type { Look } from '../look';
import { ROTATION } from '../look';
import { danglingReferences, importsOf } from '../order';
import { type Json, asObject } from '../template';

export function* cycles({ rendered, scenes }: Look): Generator<string> {
  for (const { order, values, deployment } of scenes) {
    const cycle = order.cycle();
    if (cycle) yield cycle.join(' → ');
    for (const [stack, template] of deployment.decided) {
      const before = dependenciesOf(rendered, stack);
      for (const name of importsOf(template)) {
        const exporter = values.exporter(values.text(stack, name));
        if (exporter !== undefined && !before.has(exporter))
          yield `${stack} imports from ${exporter}, but does not wait for it`;
      }
    }
  }
}

function dependenciesOf({ stacks }: Look['rendered'], path: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const stack = stacks.get(next);
    for (const one of [...(stack?.dependencies ?? []), ...(stack?.parent ? [stack.parent.path] : [])]) {
      if (!seen.has(one)) waiting.push(one);
      seen.add(one);
    }
  }
  return seen;
}

/** Under every outcome of the conditions, deployed resources refer only to deployed ones. */
export function* conditions({ scenes }: Look): Generator<string> {
  for (const { deployment } of scenes) {
    for (const { stack, from, to } of danglingReferences(deployment))
      yield `${stack}: ${from} refers to ${to}, which is not deployed if its condition is false`;
  }
}

/** CloudFormation refuses to change an imported export, but only after the key has been rotated. */
export function* attributesAcrossStacks({ scenes: [{ deployment }] }: Look): Generator<string> {
  for (const [stack, { resources, outputs }] of deployment.decided) {
    for (const [id, { value, exportName }] of outputs) {
      const attribute = attributeOf(value);
      if (exportName === undefined || !attribute) continue;
      const [resource = '', name] = attribute;
      if (resources.get(resource)?.type === ROTATION && name !== 'KeyArn')
        yield `${stack} exports ${resource}.${name ?? ''} as ${id}`;
    }
  }
}

function attributeOf(value: unknown): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { 'Fn::GetAtt': attribute } = value as Json;
  if (Array.isArray(attribute)) return attribute.map(String);
  return Object.values(asObject(value))
    .map(attributeOf)
    .find((one) => one !== undefined);
}
