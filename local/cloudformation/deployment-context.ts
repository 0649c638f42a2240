import type { ParameterStore } from '../ssm/parameter-store';
import type { Exports } from './exports';
import { evaluate, type Scope } from './intrinsics';
import type { PlannedResource, ProcessedTemplate } from './processed-template';
import type { Properties, ResourceType } from './resource-type';
import type { Stack } from './stack';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html */
const DYNAMIC_REFERENCE = /\{\{resolve:([^:}]+):([^:}]+)(?::[^}]*)?\}\}/g;

/** What all operations on one stack share: the stack, and everything that its template can refer to. */
export class DeploymentContext {
  public constructor(
    public readonly stack: Stack,
    /** Throws for an unsupported type. */
    public readonly typeNamed: (name: string) => ResourceType,
    public readonly exports: Exports,
    private readonly parameterStore: ParameterStore,
  ) {}

  /** Resolves the properties of a resource whose dependencies exist, in the form that its type takes. */
  public propertiesOf(planned: PlannedResource, { scope }: ProcessedTemplate): Properties {
    const properties = this.valueOf(planned.properties, scope) as Properties;
    return this.typeNamed(planned.type).prepare?.(properties) ?? properties;
  }

  /** The properties as events show them: JSON in which every scalar is a string. */
  public shownPropertiesOf(planned: PlannedResource, { scope }: ProcessedTemplate): string {
    return JSON.stringify(withStrings(this.valueOf(planned.shownProperties, scope)));
  }

  /** Resolves references to other resources, and dynamic references. */
  public valueOf(value: unknown, scope: Scope): unknown {
    const { stack } = this;
    return this.resolveDynamicReferences(
      evaluate(value, {
        ...scope,
        resources: {
          ref: (logicalId) => stack.resources.get(logicalId)?.physicalId,
          getAtt: (logicalId, attribute) => attributeOf(stack, logicalId, attribute),
        },
      }),
    );
  }

  public resolveDynamicReferences(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(DYNAMIC_REFERENCE, (reference, service: string, name: string) => {
        const resolved = service === 'ssm' ? this.parameterStore.get(this.stack.identity.region, name) : undefined;
        if (resolved === undefined) {
          throw new Error(`Could not resolve the dynamic reference ${reference}: the local AWS has no such value.`);
        }
        return resolved;
      });
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.resolveDynamicReferences(item));
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, this.resolveDynamicReferences(member)]),
      );
    }
    return value;
  }
}

/** CloudFormation passes on and shows every scalar as a string. */
export function withStrings(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withStrings);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withStrings(member)]));
  }
  return String(value);
}

function attributeOf(stack: Stack, logicalId: string, attribute: string): unknown {
  const { attributes = {}, type = '' } = stack.resources.get(logicalId) ?? {};
  if (!Object.hasOwn(attributes, attribute)) {
    throw new Error(
      type === 'AWS::CloudFormation::Stack'
        ? `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`
        : `CustomResource attribute error: Vendor response doesn't contain ${attribute} attribute in object ${stack.id}|${logicalId}`,
    );
  }
  return attributes[attribute];
}
