import {
  optionalChoice,
  optionalFlag,
  optionalNumber,
  optionalText,
  requiredText,
  requiredTexts,
  tagsOf,
  validationError,
  wireMoment,
} from '../wire/input';
import { page } from '../wire/pages';
import { bareName, checkPath, parameterArn } from './parameter-rules';
import type { Parameter, ParameterStore } from './parameter-store';
import { type Call, type Operation, ServiceError } from '../wire/service';

/** The operations of Parameter Store, each a function of the store and the call. */
export function parameterOperations(store: ParameterStore): Record<string, Operation> {
  const bind =
    (operation: (store: ParameterStore, call: Call) => object): Operation =>
    (call) =>
      operation(store, call);
  return {
    PutParameter: bind(putParameter),
    GetParameter: bind(getParameter),
    GetParameters: bind(getParameters),
    GetParametersByPath: bind(getParametersByPath),
    DescribeParameters: bind(describeParameters),
    DeleteParameter: bind(deleteParameter),
    DeleteParameters: bind(deleteParameters),
    AddTagsToResource: bind(addTags),
    ListTagsForResource: bind((_, call) => ({
      TagList: tagList(existing(store, call, requiredText(call.input, 'ResourceId')).tags),
    })),
  };
}

const TAGS_ON_OVERWRITE =
  "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";

function putParameter(store: ParameterStore, { region, input }: Call): object {
  const name = bareName(requiredText(input, 'Name'));
  const tags = tagsOf(input);
  const overwrite = optionalFlag(input, 'Overwrite') ?? false;
  if (overwrite && Object.keys(tags).length > 0) {
    throw validationError(TAGS_ON_OVERWRITE);
  }
  if (optionalText(input, 'Type') === 'SecureString' || (optionalText(input, 'Tier') ?? 'Standard') !== 'Standard') {
    throw validationError('The local AWS has standard parameters of type String and StringList only.');
  }
  const type = optionalChoice(input, 'Type', ['String', 'StringList']);
  const description = optionalText(input, 'Description', { min: 0, max: 1024 });
  const { version } = store.write(region, name, {
    value: requiredText(input, 'Value'),
    type,
    description,
    tags,
    overwrite,
  });
  return { Version: version, Tier: 'Standard' };
}

function getParameter(store: ParameterStore, call: Call): object {
  const parameter = select(store, call, requiredText(call.input, 'Name'));
  if (!parameter) {
    throw parameterNotFound();
  }
  return { Parameter: describe(call, parameter) };
}

function getParameters(store: ParameterStore, call: Call): object {
  const names = requiredTexts(call.input, 'Names', 10);
  const found = names.map((name) => ({ name, parameter: select(store, call, name) }));
  return {
    Parameters: found.flatMap(({ parameter }) => (parameter ? [describe(call, parameter)] : [])),
    InvalidParameters: found.filter(({ parameter }) => !parameter).map(({ name }) => name),
  };
}

function getParametersByPath(store: ParameterStore, call: Call): object {
  const { input, region, operation } = call;
  const path = requiredText(input, 'Path');
  checkPath(path);
  refuseFilters(call);
  const limit = optionalNumber(input, 'MaxResults', { min: 1, max: 10 }) ?? 10;
  const below = store.below(region, path, optionalFlag(input, 'Recursive') ?? false, store.lag(operation, path));
  const { items, next } = page(
    below,
    Math.min(limit, store.longestPage),
    optionalText(input, 'NextToken'),
    invalidToken,
  );
  return {
    Parameters: items.map((parameter) => describe(call, parameter)),
    ...(next !== undefined && { NextToken: next }),
  };
}

function describeParameters(store: ParameterStore, call: Call): object {
  refuseFilters(call);
  const limit = optionalNumber(call.input, 'MaxResults', { min: 1, max: 50 }) ?? 50;
  const { items, next } = page(
    store.list(call.region, '/'),
    limit,
    optionalText(call.input, 'NextToken'),
    invalidToken,
  );
  const described = items.map((parameter) => ({
    ...describe(call, parameter),
    Value: undefined,
    Description: parameter.description,
    Tier: 'Standard',
    Policies: [],
  }));
  return { Parameters: described, ...(next !== undefined && { NextToken: next }) };
}

function deleteParameter(store: ParameterStore, call: Call): object {
  const { name } = existing(store, call, requiredText(call.input, 'Name'));
  store.delete(call.region, name);
  return {};
}

function deleteParameters(store: ParameterStore, { region, input }: Call): object {
  const names = requiredTexts(input, 'Names', 10);
  const present = names.filter((name) => store.get(region, bareName(name)) !== undefined);
  present.forEach((name) => {
    store.delete(region, bareName(name));
  });
  return { DeletedParameters: present, InvalidParameters: names.filter((name) => !present.includes(name)) };
}

function addTags(store: ParameterStore, call: Call): object {
  const parameter = existing(store, call, requiredText(call.input, 'ResourceId'));
  store.record(call.region, { ...parameter, tags: { ...parameter.tags, ...tagsOf(call.input) } });
  return {};
}

function existing(store: ParameterStore, { region }: Call, name: string): Parameter {
  const parameter = store.parameter(region, bareName(name), 0);
  if (!parameter) {
    throw parameterNotFound();
  }
  return parameter;
}

/** By name or ARN, which may end in `:version`. */
function select(store: ParameterStore, { region, operation }: Call, selector: string): Parameter | undefined {
  const [name = '', version] = bareName(selector).split(':');
  const parameter = store.parameter(region, name, store.lag(operation, name));
  if (parameter && version !== undefined && Number(version) > parameter.version) {
    throw new ServiceError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
    );
  }
  if (parameter && version !== undefined && Number(version) !== parameter.version) {
    throw validationError(`The local AWS gives only the latest version of a parameter, not ${selector}.`);
  }
  return parameter;
}

function describe({ region, accountId }: Call, parameter: Parameter): object {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: wireMoment(parameter.modifiedAt),
    ARN: parameterArn(region, accountId, parameter.name),
    DataType: 'text',
  };
}

function tagList(tags: Readonly<Record<string, string>>): object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function refuseFilters({ operation, input }: Call): void {
  if (input.ParameterFilters !== undefined || input.Filters !== undefined) {
    throw validationError(`The local AWS knows no filters of ${operation}.`);
  }
}

/** Without a message, as AWS gives it. */
function parameterNotFound(): ServiceError {
  return new ServiceError('ParameterNotFound', '');
}

function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextToken', 'The specified token is not valid.');
}
