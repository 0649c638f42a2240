/**
 * The order of deployment, within templates and between them.
 */
import type { Deployment, RenderedStack } from './rendered';
import { type Decided, type Json, asObject, references } from './template';

/** A resource, or the beginning or end of a whole stack. */
type Step = string;

export function step(stack: string, resource: string): Step {
  return `${stack}#${resource}`;
}

function beginning(stack: string): Step {
  return `${stack}(begins)`;
}

function end(stack: string): Step {
  return `${stack}(ends)`;
}

export class Order {
  private readonly before = new Map<Step, readonly Step[]>();
  private readonly known = new Map<Step, ReadonlySet<Step>>();

  public constructor({ rendered: { stacks }, decided }: Deployment) {
    const nested = new Map(
      [...stacks.values()].flatMap(({ path, parent }) => (parent ? [[step(parent.path, parent.resource), path]] : [])),
    );
    for (const [path, template] of decided) {
      const stack = stacks.get(path);
      if (stack) this.addStack(stack, template, nested);
    }
  }

  private addStack(
    { path, parent, dependencies }: RenderedStack,
    template: Decided,
    nested: ReadonlyMap<Step, string>,
  ): void {
    const stepOf = (id: string) => {
      const inner = nested.get(step(path, id));
      return inner === undefined ? step(path, id) : end(inner);
    };
    // A nested stack begins when its resource does.
    this.before.set(beginning(path), parent ? [step(parent.path, parent.resource)] : dependencies.map(end));
    this.before.set(end(path), [beginning(path), ...[...template.resources.keys()].map(stepOf)]);
    for (const [id, { properties, dependsOn }] of template.resources) {
      const needed = [...dependsOn, ...references(properties)].filter((one) => template.resources.has(one));
      this.before.set(step(path, id), [beginning(path), ...needed.map(stepOf)]);
    }
  }

  /** All steps that are complete when this one begins. */
  public prerequisitesOf(target: Step): ReadonlySet<Step> {
    const known = this.known.get(target);
    if (known) return known;
    const seen = new Set<Step>();
    const waiting = [...(this.before.get(target) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(this.before.get(next) ?? []));
    }
    this.known.set(target, seen);
    return seen;
  }

  /** Steps that wait for each other in a cycle, in that order. */
  public cycle(): Step[] | undefined {
    const done = new Set<Step>();
    const visit = (at: Step, path: readonly Step[]): Step[] | undefined => {
      const from = path.indexOf(at);
      if (from >= 0) return path.slice(from);
      if (done.has(at)) return undefined;
      for (const next of this.before.get(at) ?? []) {
        const found = visit(next, [...path, at]);
        if (found) return found;
      }
      done.add(at);
      return undefined;
    };
    for (const at of this.before.keys()) {
      const found = visit(at, []);
      if (found) return found;
    }
    return undefined;
  }
}

/** References to something that is not deployed: CloudFormation refuses such a template. */
export function* danglingReferences({ decided }: Deployment): Generator<{ stack: string; from: string; to: string }> {
  for (const [stack, { resources, outputs, parameters }] of decided) {
    const isThere = (id: string) => resources.has(id) || parameters.has(id);
    const values: [string, unknown][] = [
      ...[...resources].map(([id, { properties }]): [string, unknown] => [id, properties]),
      ...[...outputs].map(([id, { value }]): [string, unknown] => [`output ${id}`, value]),
    ];
    for (const [from, value] of values) {
      for (const to of references(value)) if (!isThere(to)) yield { stack, from, to };
    }
  }
}

/** The names of the exports that a template imports. */
export function importsOf(template: Decided): unknown[] {
  return [...template.resources.values()].flatMap(({ properties }) => imports(properties));
}

function imports(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { 'Fn::ImportValue': name } = value as Json;
  return name === undefined ? Object.values(asObject(value)).flatMap(imports) : [name];
}
