import type { ParameterStore } from '../ssm/parameter-store';
import type { PlannedResource } from './processed-template';
import { evaluate, type Scope } from './intrinsics';
import type { Properties } from './resource-type';
import type { Stack } from './stack';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html */
const DYNAMIC_REFERENCE = /\{\{resolve:([^:}]+):([^:}]+)(?::[^}]*)?\}\}/g;

/** Works out what was left open until other resources exist. */
export function valueOf(value: unknown, scope: Scope, stack: Stack, parameterStore: ParameterStore): unknown {
  const resources = {
    ref: (logicalId: string): unknown => stack.resources.get(logicalId)?.physicalId,
    getAtt: (logicalId: string, attribute: string): unknown => attributeOf(stack, logicalId, attribute),
  };
  return resolveDynamicReferences(evaluate(value, { ...scope, resources }), (name) =>
    parameterStore.get(stack.identity.region, name),
  );
}

export function propertiesOf(
  planned: PlannedResource,
  scope: Scope,
  stack: Stack,
  parameterStore: ParameterStore,
): Properties {
  return valueOf(planned.properties, scope, stack, parameterStore) as Properties;
}

function attributeOf(stack: Stack, logicalId: string, attribute: string): unknown {
  const attributes = stack.resources.get(logicalId)?.attributes ?? {};
  if (!Object.hasOwn(attributes, attribute)) {
    throw new Error(
      `CustomResource attribute error: Vendor response doesn't contain ${attribute} attribute in object ${stack.id}|${logicalId}`,
    );
  }
  return attributes[attribute];
}

function resolveDynamicReferences(value: unknown, stored: (name: string) => string | undefined): unknown {
  if (typeof value === 'string') {
    return value.replace(DYNAMIC_REFERENCE, (reference, service: string, name: string) => {
      const resolved = service === 'ssm' ? stored(name) : undefined;
      if (resolved === undefined) {
        throw new Error(`Could not resolve the dynamic reference ${reference}: the local AWS has no such value.`);
      }
      return resolved;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolveDynamicReferences(item, stored));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, resolveDynamicReferences(member, stored)]),
    );
  }
  return value;
}
