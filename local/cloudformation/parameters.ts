import { validationError, type Template, type TemplateParameter } from './template';

/** A parameter as a caller passes it. */
export interface ParameterInput {
  readonly ParameterKey: string;
  readonly ParameterValue?: string;
  readonly UsePreviousValue?: string;
}

/** A parameter of a stack. */
export interface StackParameter {
  readonly ParameterKey: string;
  readonly ParameterValue: string;
  /** The value in Parameter Store, if `ParameterValue` is a name there. */
  readonly ResolvedValue?: string;
}

const PLAIN_TYPES = ['String', 'Number', 'AWS::SSM::Parameter::Name'];
const LIST_TYPES = ['CommaDelimitedList', 'List<String>', 'List<Number>'];
const STORED = /^AWS::SSM::Parameter::Value<(.+)>$/;

/**
 * Resolves a stack's parameters from the caller's input, their previous values, and the defaults.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function resolveParameters(
  template: Template,
  given: readonly ParameterInput[],
  previous: readonly StackParameter[],
  storedValue: (name: string) => string | undefined,
): StackParameter[] {
  const declared = Object.entries(template.Parameters ?? {});
  const unknown = given.filter(({ ParameterKey }) => !declared.some(([name]) => name === ParameterKey));
  if (unknown.length > 0) {
    throw validationError(
      `Parameters: [${unknown.map(({ ParameterKey }) => ParameterKey).join(', ')}] do not exist in the template`,
    );
  }
  const missing: string[] = [];
  const resolved = declared.map(([name, parameter]): StackParameter => {
    const input = given.find(({ ParameterKey }) => ParameterKey === name);
    const before = previous.find(({ ParameterKey }) => ParameterKey === name)?.ParameterValue;
    const value = (input?.UsePreviousValue === 'true' ? before : input?.ParameterValue) ?? parameter.Default;
    if (value === undefined) {
      missing.push(name);
      return { ParameterKey: name, ParameterValue: '' };
    }
    checkValue(name, String(value), parameter);
    return {
      ParameterKey: name,
      ParameterValue: String(value),
      ...resolveStored(parameter, String(value), storedValue),
    };
  });
  if (missing.length > 0) {
    throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  }
  return resolved;
}

/** The parameters as CloudFormation shows them: NoEcho values are masked. */
export function shownParameters(template: Template, parameters: readonly StackParameter[]): StackParameter[] {
  return parameters.map((parameter) =>
    String(template.Parameters?.[parameter.ParameterKey]?.NoEcho) === 'true'
      ? { ParameterKey: parameter.ParameterKey, ParameterValue: MASK }
      : parameter,
  );
}

const MASK = '****';

/** What `Ref` returns for each parameter. */
export function parameterValues(template: Template, parameters: readonly StackParameter[]): Record<string, unknown> {
  return Object.fromEntries(
    parameters.map(({ ParameterKey, ParameterValue, ResolvedValue }) => {
      const value = ResolvedValue ?? ParameterValue;
      const type = template.Parameters?.[ParameterKey]?.Type ?? 'String';
      return [ParameterKey, LIST_TYPES.includes(STORED.exec(type)?.[1] ?? type) ? splitList(value) : value];
    }),
  );
}

function splitList(value: string): string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

function resolveStored(
  { Type }: TemplateParameter,
  name: string,
  storedValue: (name: string) => string | undefined,
): { ResolvedValue?: string } {
  if (!STORED.test(Type)) {
    return {};
  }
  const ResolvedValue = storedValue(name);
  if (ResolvedValue === undefined) {
    throw validationError(`Unable to fetch parameters [${name}] from parameter store for this account.`);
  }
  return { ResolvedValue };
}

function checkValue(name: string, value: string, parameter: TemplateParameter): void {
  const type = STORED.exec(parameter.Type)?.[1] ?? parameter.Type;
  if (![...PLAIN_TYPES, ...LIST_TYPES].includes(type)) {
    throw validationError(
      `Template format error: the local AWS does not know the type ${parameter.Type} of parameter ${name}.`,
    );
  }
  if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(value)) {
    throw validationError(`Parameter '${name}' must be one of AllowedValues`);
  }
  const fail = (constraint: string): never => {
    throw validationError(`Parameter '${name}' ${parameter.ConstraintDescription ?? constraint}`);
  };
  if (parameter.AllowedPattern !== undefined && !new RegExp(`^(?:${parameter.AllowedPattern})$`).test(value)) {
    fail(`must match pattern ${parameter.AllowedPattern}`);
  }
  if (value.length < Number(parameter.MinLength ?? 0)) {
    fail(`must contain at least ${parameter.MinLength ?? 0} characters`);
  }
  if (value.length > Number(parameter.MaxLength ?? Infinity)) {
    fail(`must contain at most ${parameter.MaxLength ?? 0} characters`);
  }
  if (type === 'Number' && (value === '' || Number.isNaN(Number(value)))) {
    fail('must be a number.');
  }
  if (
    type === 'Number' &&
    (Number(value) < Number(parameter.MinValue ?? -Infinity) || Number(value) > Number(parameter.MaxValue ?? Infinity))
  ) {
    fail(`must be a number between ${parameter.MinValue ?? '-∞'} and ${parameter.MaxValue ?? '∞'}`);
  }
}
