import type { Properties } from '../resource-type';

/** Scalars may arrive as strings, from parameters and intrinsic functions. */
export function optionalString(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
}

/** Validation has already checked that the property is present. */
export function requiredString(properties: Properties, name: string): string {
  return optionalString(properties, name) ?? '';
}

export function optionalInteger(properties: Properties, name: string): number | undefined {
  const value = properties[name];
  return value === undefined ? undefined : Number(value);
}

export function optionalBoolean(properties: Properties, name: string): boolean | undefined {
  const value = optionalString(properties, name);
  return value === undefined ? undefined : value === 'true';
}

export function optionalObject(properties: Properties, name: string): Properties | undefined {
  const value = properties[name];
  return typeof value === 'object' && value !== null ? (value as Properties) : undefined;
}

export function stringList(properties: Properties, name: string): string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.map(String) : [];
}

export function tagRecord(properties: Properties): Record<string, string> {
  const tags = (properties.Tags ?? []) as readonly { readonly Key: string; readonly Value: string }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
