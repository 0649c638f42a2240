import { principalArn } from '../iam/authorization';
import {
  optionalChoice,
  optionalFlag,
  optionalNumber,
  optionalText,
  page,
  requiredText,
  requiredTexts,
  tagsOf,
  validationError,
  wireMoment,
} from '../wire/input';
import { type Call, type Operation, ServiceError } from '../wire/service';
import { describeFilter, pathFilter } from './parameter-filters';
import { checkPath, nameOf, parameterArn, readSelector, type Selector } from './parameter-name';
import { TIER_SETTINGS, type TierSetting } from './parameter-rules';
import type { Parameter, ParameterStore, ParameterType } from './parameter-store';

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
    GetParameterHistory: bind(getParameterHistory),
    DescribeParameters: bind(describeParameters),
    DeleteParameter: bind(deleteParameter),
    DeleteParameters: bind(deleteParameters),
  };
}

const TAGS_ON_OVERWRITE =
  "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";

function putParameter(store: ParameterStore, call: Call): object {
  const { region, input, caller, accountId } = call;
  const name = nameOf(requiredText(input, 'Name'));
  const tags = tagsOf(input);
  const overwrite = optionalFlag(input, 'Overwrite') ?? false;
  if (overwrite && Object.keys(tags).length > 0) {
    throw validationError(TAGS_ON_OVERWRITE);
  }
  checkDataType(optionalText(input, 'DataType'));
  const { version, tier } = store.write(region, name, {
    value: requiredText(input, 'Value', { hidden: true }),
    type: typeOf(input),
    tier: tierSettingOf(store, input),
    description: optionalText(input, 'Description', { min: 0, max: 1024 }),
    allowedPattern: optionalText(input, 'AllowedPattern', { min: 0, max: 1024 }),
    tags,
    overwrite,
    modifiedBy: principalArn(caller, accountId),
  });
  return { Version: version, ...(store.supportsTiers && { Tier: tier }) };
}

function typeOf(input: Call['input']): ParameterType | undefined {
  const type = optionalChoice(input, 'Type', ['SecureString', 'StringList', 'String']);
  if (type === 'SecureString') {
    throw validationError('The local AWS has parameters of type String and StringList only.');
  }
  return type;
}

/** There is no recording of a partition without tiers. */
function tierSettingOf(store: ParameterStore, input: Call['input']): TierSetting | undefined {
  const tier = optionalChoice(input, 'Tier', TIER_SETTINGS);
  if (tier !== undefined && !store.supportsTiers) {
    throw validationError('Tier is not supported in this Region.');
  }
  if (input.Policies !== undefined) {
    throw validationError('The local AWS has no parameter policies.');
  }
  return tier;
}

function checkDataType(dataType = 'text'): void {
  if (dataType.startsWith('aws:')) {
    throw validationError('The local AWS has parameters of data type text only.');
  }
  if (dataType !== 'text') {
    throw validationError(
      `The following data type is not supported: ${dataType}. (Data type names are all lowercase.)`,
    );
  }
}

function getParameter(store: ParameterStore, call: Call): object {
  return { Parameter: selected(store, call, readSelector(requiredText(call.input, 'Name'))) };
}

/** Sorted by name, selected versions first; duplicate names are returned once. */
function getParameters(store: ParameterStore, call: Call): object {
  const names = [...new Set(requiredTexts(call.input, 'Names', 10))].map((text) => ({ text, ...readSelector(text) }));
  const found = names.map((name) => ({ ...name, parameter: selectedIfAny(store, call, name) }));
  const order = ({ name, selector }: Selector): string => `${name} ${selector === undefined ? 1 : 0}`;
  return {
    Parameters: found.sort((a, b) => compare(order(a), order(b))).flatMap(({ parameter }) => parameter ?? []),
    InvalidParameters: found
      .filter(({ parameter }) => !parameter)
      .map(({ text }) => text)
      .sort(compare),
  };
}

function getParametersByPath(store: ParameterStore, call: Call): object {
  const { input, region, operation } = call;
  const path = requiredText(input, 'Path');
  checkPath(path);
  const limit = optionalNumber(input, 'MaxResults', { min: 1, max: 10 }) ?? 10;
  const below = store
    .below(region, path, optionalFlag(input, 'Recursive') ?? false, operation)
    .filter(pathFilter(call));
  const { items, next } = pageOf(call, below, Math.min(limit, store.longestPage));
  return {
    Parameters: items.map((parameter) => describe(call, parameter)),
    ...(next !== undefined && { NextToken: next }),
  };
}

function getParameterHistory(store: ParameterStore, call: Call): object {
  const { name } = existing(store, call, requiredText(call.input, 'Name'));
  const limit = optionalNumber(call.input, 'MaxResults', { min: 1, max: 50 }) ?? 50;
  const { items, next } = pageOf(call, store.versions(call.region, name), limit);
  const parameters = items.map((parameter) => ({
    ...describe(call, parameter),
    ...describeChange(parameter),
    ARN: undefined,
    Labels: [],
  }));
  return { Parameters: parameters, ...(next !== undefined && { NextToken: next }) };
}

function describeParameters(store: ParameterStore, call: Call): object {
  const limit = optionalNumber(call.input, 'MaxResults', { min: 1, max: 50 }) ?? 50;
  const all = store.below(call.region, '/', true, call.operation).filter(describeFilter(call));
  const { items, next } = pageOf(call, all, limit);
  const parameters = items.map((parameter) => ({
    ...describe(call, parameter),
    ...describeChange(parameter),
    Value: undefined,
  }));
  return { Parameters: parameters, ...(next !== undefined && { NextToken: next }) };
}

function deleteParameter(store: ParameterStore, call: Call): object {
  const { name } = existing(store, call, requiredText(call.input, 'Name'));
  store.delete(call.region, name);
  return {};
}

function deleteParameters(store: ParameterStore, { region, input }: Call): object {
  const names = requiredTexts(input, 'Names', 10);
  const present = names.filter((name) => store.latest(region, nameOf(name)) !== undefined);
  present.forEach((name) => {
    store.delete(region, nameOf(name));
  });
  return { DeletedParameters: present, InvalidParameters: names.filter((name) => !present.includes(name)) };
}

function existing(store: ParameterStore, { region }: Call, name: string): Parameter {
  const parameter = store.latest(region, readSelector(name).name);
  if (!parameter) {
    throw parameterNotFound();
  }
  return parameter;
}

function selectedIfAny(store: ParameterStore, call: Call, selector: Selector): object | undefined {
  try {
    return selected(store, call, selector);
  } catch (error) {
    if (error instanceof ServiceError && error.code.startsWith('Parameter')) {
      return undefined;
    }
    throw error;
  }
}

function selected(store: ParameterStore, call: Call, { name, selector }: Selector): object {
  const versions = store.versions(call.region, name, store.lag(call.operation, name));
  const latest = versions.at(-1);
  if (!latest) {
    throw parameterNotFound();
  }
  const parameter = selector === undefined ? latest : versionOf(versions, name, selector.slice(1));
  const isArn = optionalText(call.input, 'Name')?.startsWith('arn:') === true;
  return {
    ...describe(call, parameter),
    ...(!isArn && { Name: name }),
    ...(selector !== undefined && { Selector: selector }),
  };
}

function versionOf(versions: readonly Parameter[], name: string, wanted: string): Parameter {
  const isNumber = /^\d+$/.test(wanted);
  const found = isNumber ? versions.find(({ version }) => version === Number(wanted)) : undefined;
  if (!found) {
    const message = isNumber
      ? `Systems Manager could not find version ${wanted} of ${name}. Verify the version and try again.`
      : `Systems Manager could not find a version of ${name} that has the specified label, ${wanted}. Verify the parameter label and try again.`;
    throw new ServiceError('ParameterVersionNotFound', message);
  }
  return found;
}

function describe({ region, accountId }: Call, { name, type, value, version, modifiedAt }: Parameter): object {
  return {
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    LastModifiedDate: wireMoment(modifiedAt),
    ARN: parameterArn(region, accountId, name),
    DataType: 'text',
  };
}

function describeChange({ tier, description, allowedPattern, modifiedBy }: Parameter): object {
  return {
    Tier: tier,
    Policies: [],
    LastModifiedUser: modifiedBy,
    ...(description !== undefined && { Description: description }),
    ...(allowedPattern !== undefined && { AllowedPattern: allowedPattern }),
  };
}

function pageOf<Item>({ input }: Call, items: readonly Item[], limit: number): ReturnType<typeof page<Item>> {
  const token = optionalText(input, 'NextToken');
  return page(items, limit, token, () => {
    return new ServiceError('InvalidNextToken', `The following token is invalid: ${token ?? ''}.`);
  });
}

/** Without a message, as in AWS. */
function parameterNotFound(): ServiceError {
  return new ServiceError('ParameterNotFound', '');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
