import type { Deployment } from './rendered';
import { type Json, asObject } from './template';

/**
 * Resolves references across nested stacks, exports and imports, so that texts are equal if they will be equal at deployment.
 */
export class Values {
  private readonly exports = new Map<string, { readonly stack: string; readonly value: unknown }>();

  public constructor(private readonly deployment: Deployment) {
    for (const [stack, { outputs }] of deployment.decided) {
      for (const { value, exportName } of outputs.values()) {
        if (exportName !== undefined) this.exports.set(this.text(stack, exportName), { stack, value });
      }
    }
  }

  public text(stack: string, value: unknown): string {
    if (typeof value !== 'object' || value === null) return String(value);
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::ImportValue': imported } = value as Json;
    if (typeof Ref === 'string') return this.reference(stack, Ref);
    if (Array.isArray(attribute)) return this.attribute(stack, String(attribute[0]), String(attribute[1]));
    if (Array.isArray(join)) {
      const [separator, parts] = join as [string, unknown[]];
      return parts.map((part) => this.text(stack, part)).join(separator);
    }
    if (imported !== undefined) return this.imported(this.text(stack, imported));
    return JSON.stringify(value);
  }

  /** Like `text`, for a list or a single item. */
  public texts(stack: string, value: unknown): string[] {
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((one) => this.text(stack, one));
  }

  public exporter(name: string): string | undefined {
    return this.exports.get(name)?.stack;
  }

  private imported(name: string): string {
    const exported = this.exports.get(name);
    return exported ? this.text(exported.stack, exported.value) : `<import ${name}>`;
  }

  private reference(path: string, name: string): string {
    const rendered = this.deployment.rendered.stacks.get(path);
    if (name.startsWith('AWS::')) return rendered ? pseudoParameter(rendered.environment, name) : name;
    const { parent } = rendered ?? {};
    const passed = parent && this.propertiesOf(parent.path, parent.resource).Parameters;
    if (parent && name in asObject(passed)) return this.text(parent.path, asObject(passed)[name]);
    return `<${path}#${name}>`;
  }

  private attribute(path: string, resource: string, name: string): string {
    const inner = [...this.deployment.rendered.stacks.values()].find(
      ({ parent }) => parent?.path === path && parent.resource === resource,
    );
    const output = inner && this.deployment.decided.get(inner.path)?.outputs.get(name.replace(/^Outputs\./, ''));
    return inner && output ? this.text(inner.path, output.value) : `<${path}#${resource}.${name}>`;
  }

  private propertiesOf(path: string, resource: string): Json {
    return this.deployment.decided.get(path)?.resources.get(resource)?.properties ?? {};
  }
}

/** Environment-agnostic stacks count as deployed to the same environment. */
function pseudoParameter(environment: string, name: string): string {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  if (name === 'AWS::AccountId' && !account.startsWith('unknown')) return account;
  if (name === 'AWS::Region' && !region.startsWith('unknown')) return region;
  return name === 'AWS::Partition' ? 'aws' : `<${name}>`;
}
