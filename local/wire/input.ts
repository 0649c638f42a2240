import { ServiceError } from './service';

type Input = Readonly<Record<string, unknown>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

interface TextRule extends Range {
  /** AWS does not repeat what may be secret. */
  readonly hidden?: boolean;
}

/** Reads a text that must be there. What is missing or too short is a ValidationException in AWS's words. */
export function requiredText(input: Input, name: string, rule: TextRule = {}): string {
  const value = optionalText(input, name, rule);
  if (value === undefined) {
    throw unmet('Value null', name, 'Member must not be null');
  }
  return value;
}

export function optionalText(input: Input, name: string, rule: TextRule = {}): string | undefined {
  const { min = 1, max = Infinity, hidden = false } = rule;
  const value = typed(input, name, 'string');
  const shown = hidden ? 'Value' : `Value '${value ?? ''}'`;
  if (value !== undefined && value.length < min) {
    throw unmet(shown, name, `Member must have length greater than or equal to ${min}`);
  }
  if (value !== undefined && value.length > max) {
    throw unmet(shown, name, `Member must have length less than or equal to ${max}`);
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
export function requiredBytes(input: Input, name: string, { max = Infinity }: { readonly max?: number } = {}): Buffer {
  const bytes = Buffer.from(requiredText(input, name), 'base64');
  if (bytes.length > max) {
    throw unmet('Value', name, `Member must have length less than or equal to ${max}`);
  }
  return bytes;
}

/** A moment in milliseconds; AWS JSON carries it in seconds. */
export function optionalMoment(input: Input, name: string): number | undefined {
  const seconds = optionalNumber(input, name);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A moment as AWS JSON carries it: in seconds, to the millisecond. */
export function wireMoment(milliseconds: number): number;
export function wireMoment(milliseconds: number | undefined): number | undefined;
export function wireMoment(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds) / 1000;
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

/** Tags as a record. */
export function tagsOf(input: Input): Record<string, string> {
  return Object.fromEntries(
    tagMembers(input).map((tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value', { min: 0 })]),
  );
}

/** The members of `Tags`, whose own members KMS names otherwise than the rest of AWS. */
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

function unmet(value: string, name: string, constraint: string): ServiceError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return validationError(
    `1 validation error detected: ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** A part of a list, and the mark from which the next part goes on. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Cuts a page out of a list. A mark that is none of ours throws what `badMark` returns. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  mark: string | undefined,
  badMark: () => Error,
): Page<Item> {
  const start = mark === undefined ? 0 : position(mark);
  if (start === undefined || start > items.length) {
    throw badMark();
  }
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: markAt(end) }) };
}

function markAt(index: number): string {
  return Buffer.from(`page:${index}`).toString('base64');
}

function position(mark: string): number | undefined {
  const found = /^page:(\d+)$/.exec(Buffer.from(mark, 'base64').toString('utf8'));
  return found ? Number(found[1]) : undefined;
}
