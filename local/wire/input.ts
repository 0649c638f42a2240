import { ServiceError } from './service';

type Input = Readonly<Record<string, unknown>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Reads a text that must be there. What is missing or too short is a ValidationException in AWS's words. */
export function requiredText(input: Input, name: string, length: Range = {}): string {
  const value = optionalText(input, name, length);
  if (value === undefined) {
    throw unmet('Value null', name, 'Member must not be null');
  }
  return value;
}

export function optionalText(input: Input, name: string, length: Range = {}): string | undefined {
  const value = typed(input, name, 'string');
  if (value !== undefined && value.length < (length.min ?? 1)) {
    throw unmet(`Value '${value}'`, name, `Member must have length greater than or equal to ${length.min ?? 1}`);
  }
  if (value !== undefined && value.length > (length.max ?? Infinity)) {
    throw unmet(`Value '${value}'`, name, `Member must have length less than or equal to ${length.max ?? Infinity}`);
  }
  return value;
}

export function optionalNumber(input: Input, name: string, range: Range = {}): number | undefined {
  const value = typed(input, name, 'number');
  if (value !== undefined && value < (range.min ?? -Infinity)) {
    throw unmet(`Value '${value}'`, name, `Member must have value greater than or equal to ${range.min ?? 0}`);
  }
  if (value !== undefined && value > (range.max ?? Infinity)) {
    throw unmet(`Value '${value}'`, name, `Member must have value less than or equal to ${range.max ?? 0}`);
  }
  return value;
}

export function optionalFlag(input: Input, name: string): boolean | undefined {
  return typed(input, name, 'boolean');
}

export function optionalChoice<Choice extends string>(
  input: Input,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = typed(input, name, 'string');
  const choice = choices.find((candidate) => candidate === value);
  if (value !== undefined && choice === undefined) {
    throw unmet(`Value '${value}'`, name, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  }
  return choice;
}

/** Bytes, which AWS JSON carries in base64. */
export function requiredBytes(input: Input, name: string): Buffer {
  return Buffer.from(requiredText(input, name), 'base64');
}

/** A moment in milliseconds; AWS JSON carries it in seconds. */
export function optionalMoment(input: Input, name: string): number | undefined {
  const seconds = optionalNumber(input, name);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A moment as AWS JSON carries it. */
export function wireMoment(milliseconds: number): number;
export function wireMoment(milliseconds: number | undefined): number | undefined;
export function wireMoment(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

export function requiredTexts(input: Input, name: string, max: number): string[] {
  const value = typed(input, name, 'object');
  if (!Array.isArray(value) || value.length < 1) {
    throw unmet(
      value === undefined ? 'Value null' : "Value '[]'",
      name,
      'Member must have length greater than or equal to 1',
    );
  }
  if (value.length > max) {
    throw unmet(`Value '[${value.join(', ')}]'`, name, `Member must have length less than or equal to ${max}`);
  }
  return value.map(String);
}

/** Tags as a record. KMS and Parameter Store name their fields differently. */
export function tagsOf(input: Input, key = 'Key', value = 'Value'): Record<string, string> {
  const tags = typed(input, 'Tags', 'object');
  return Object.fromEntries(
    (Array.isArray(tags) ? tags : []).map((tag: Input) => [
      requiredText(tag, key),
      requiredText(tag, value, { min: 0 }),
    ]),
  );
}

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

interface Types {
  string: string;
  number: number;
  boolean: boolean;
  object: object;
}

function typed<Name extends keyof Types>(input: Input, name: string, type: Name): Types[Name] | undefined {
  const value = input[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== type) {
    throw new ServiceError('SerializationException', `${name} must be of type ${type}, not ${typeof value}.`);
  }
  return value as Types[Name];
}

function unmet(value: string, name: string, constraint: string): ServiceError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return validationError(
    `1 validation error detected: ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
