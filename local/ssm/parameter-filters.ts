import { validationError } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import type { Parameter } from './parameter-store';

interface Filter {
  readonly Key: string;
  readonly Option?: string;
  readonly Values?: readonly string[];
}

type Test = (parameter: Parameter, values: readonly string[]) => boolean;

/** The tests for a filter key, by option; the first option is the default. */
type Options = Readonly<Record<string, Test>>;

const NAME: Options = {
  Equals: ({ name }, values) => values.includes(name),
  BeginsWith: ({ name }, values) => values.some((value) => name.startsWith(value)),
  Contains: ({ name }, values) => values.some((value) => name.includes(value)),
};
const TYPE: Options = {
  Equals: ({ type }, values) => values.includes(type),
  BeginsWith: ({ type }, values) => values.some((value) => type.startsWith(value)),
};
/** No parameter here is encrypted. */
const KEY_ID: Options = { Equals: () => false, BeginsWith: () => false };
const PATH: Options = {
  OneLevel: ({ name }, values) => values.some((path) => isBelow(name, path, false)),
  Recursive: ({ name }, values) => values.some((path) => isBelow(name, path, true)),
};

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html */
export function describeFilter({ input }: Call): (parameter: Parameter) => boolean {
  const legacy = filtersOf(input.Filters).map(({ Key, Values }) => ({ Key, Values, Option: 'BeginsWith' }));
  const tests = [...filtersOf(input.ParameterFilters), ...legacy].map((filter) => {
    if (filter.Key.startsWith('tag:')) {
      const tag = filter.Key.slice('tag:'.length);
      return testOf(filter, { Equals: ({ tags }, values) => values.includes(tags[tag] ?? '') });
    }
    return testOf(filter, knownOptions(filter, { KeyId: KEY_ID, Name: NAME, Path: PATH, Type: TYPE }));
  });
  return (parameter) => tests.every((test) => test(parameter));
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
export function pathFilter({ input }: Call): (parameter: Parameter) => boolean {
  const filters = filtersOf(input.ParameterFilters);
  const invalid = filters.find(({ Key }) => !['Type', 'KeyId', 'Label'].includes(Key));
  if (invalid) {
    throw new ServiceError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${invalid.Key}. Valid filter keys include: [Type, KeyId, Label].`,
    );
  }
  const tests = filters.map((filter) => testOf(filter, knownOptions(filter, { KeyId: KEY_ID, Type: TYPE })));
  return (parameter) => tests.every((test) => test(parameter));
}

function filtersOf(filters: unknown): readonly Filter[] {
  return Array.isArray(filters) ? (filters as readonly Filter[]) : [];
}

function knownOptions({ Key }: Filter, known: Readonly<Record<string, Options>>): Options {
  const options = known[Key];
  if (!options) {
    throw validationError(`The local AWS does not know the filter key ${Key}.`);
  }
  return options;
}

function testOf({ Key, Option, Values }: Filter, options: Options): (parameter: Parameter) => boolean {
  const names = Object.keys(options);
  const test = options[Option ?? names[0] ?? ''];
  if (!test) {
    const valid = [...names].sort().join(', ');
    const message = `The following filter option is not valid: ${Option ?? ''}. Valid options include: [${valid}].`;
    throw new ServiceError('InvalidFilterOption', message);
  }
  if (Values === undefined) {
    const message = `The following filter values are missing : null for filter key ${Key}.`;
    throw new ServiceError('InvalidFilterValue', message);
  }
  return (parameter) => test(parameter, Values);
}

function isBelow(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/'));
}
