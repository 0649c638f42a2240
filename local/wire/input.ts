import { ServiceError } from './service';

type Input = Readonly<Record<string, unknown>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

interface TextRule extends Range {
  /** AWS does not repeat secret values. */
  readonly hidden?: boolean;
}

/** Reads a required string. Throws AWS's ValidationException if it is missing or its length is out of range. */
export function requiredText(input: Input, name: string, rule: TextRule = {}): string {
  const value = optionalText(input, name, rule);
  if (value === undefined) {
    throw violation('Value null', name, 'Member must not be null');
  }
  return value;
}

export function optionalText(input: Input, name: string, rule: TextRule = {}): string | undefined {
  const { min = 1, max = Infinity, hidden = false } = rule;
  const value = typed(input, name, 'string');
  const shown = hidden ? 'Value' : `Value '${value ?? ''}'`;
  if (value !== undefined && value.length < min) {
    throw violation(shown, name, `Member must have length greater than or equal to ${min}`);
  }
  if (value !== undefined && value.length > max) {
    throw violation(shown, name, `Member must have length less than or equal to ${max}`);
  }
  return value;
}

export function optionalNumber(input: Input, name: string, range: Range = {}): number | undefined {
  const value = typed(input, name, 'number');
  if (value !== undefined && value < (range.min ?? -Infinity)) {
    throw violation(`Value '${value}'`, name, `Member must have value greater than or equal to ${range.min ?? 0}`);
  }
  if (value !== undefined && value > (range.max ?? Infinity)) {
    throw violation(`Value '${value}'`, name, `Member must have value less than or equal to ${range.max ?? 0}`);
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
    throw violation(`Value '${value}'`, name, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  }
  return choice;
}

/** Reads bytes, which AWS JSON carries in base64. */
export function requiredBytes(input: Input, name: string, { max = Infinity }: { readonly max?: number } = {}): Buffer {
  const bytes = Buffer.from(requiredText(input, name), 'base64');
  if (bytes.length > max) {
    throw violation('Value', name, `Member must have length less than or equal to ${max}`);
  }
  return bytes;
}

/** A time in milliseconds; AWS JSON carries it in seconds. */
export function optionalMoment(input: Input, name: string): number | undefined {
  const seconds = optionalNumber(input, name);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A time as AWS JSON carries it: in seconds, to the millisecond. */
export function wireMoment(milliseconds: number): number;
export function wireMoment(milliseconds: number | undefined): number | undefined;
export function wireMoment(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds) / 1000;
}

export function requiredTexts(input: Input, name: string, max: number): string[] {
  const value = typed(input, name, 'object');
  if (!Array.isArray(value) || value.length < 1) {
    throw violation(
      value === undefined ? 'Value null' : "Value '[]'",
      name,
      'Member must have length greater than or equal to 1',
    );
  }
  if (value.length > max) {
    throw violation(`Value '[${value.join(', ')}]'`, name, `Member must have length less than or equal to ${max}`);
  }
  return value.map(String);
}

/** Tags as a record. */
export function tagsOf(input: Input): Record<string, string> {
  return Object.fromEntries(
    tagMembers(input).map((tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value', { min: 0 })]),
  );
}

/** The items of `Tags`, whose members KMS names differently from the rest of AWS. */
export function tagMembers(input: Input): readonly Input[] {
  const tags = typed(input, 'Tags', 'object');
  return Array.isArray(tags) ? (tags as readonly Input[]) : [];
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

function violation(value: string, name: string, constraint: string): ServiceError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return validationError(
    `1 validation error detected: ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** A page of a list, with the token of the next page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Returns one page of a list. Throws `invalidToken()` for a token that was not issued here. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  token: string | undefined,
  invalidToken: () => Error,
): Page<Item> {
  const start = token === undefined ? 0 : position(token);
  if (start === undefined || start > items.length) {
    throw invalidToken();
  }
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: tokenAt(end) }) };
}

function tokenAt(index: number): string {
  return Buffer.from(`page:${index}`).toString('base64');
}

function position(token: string): number | undefined {
  const found = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  return found ? Number(found[1]) : undefined;
}
