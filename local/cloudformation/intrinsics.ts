import { validationError } from './template';

/** What expressions in a template can refer to. */
export interface Scope {
  /** Pseudo parameters and parameters. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  /** `undefined` if there is no such export. */
  readonly importValue: (exportName: string) => string | undefined;
  /** Absent before resources exist: expressions that depend on them stay unresolved. */
  readonly resources?: {
    readonly ref: (logicalId: string) => unknown;
    readonly getAtt: (logicalId: string, attribute: string) => unknown;
  };
}

/** The value of `AWS::NoValue`: members and items with it are omitted. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Argument = readonly unknown[];

/** Evaluates the intrinsic functions in a value. */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const call = functionCall(value);
  if (call) {
    return evaluateFunction(call.name, call.argument, scope);
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, evaluate(member, scope)] as const)
      .filter(([, member]) => member !== NO_VALUE),
  );
}

/** The intrinsic function call that an object represents, if any. */
export function functionCall(value: object): { readonly name: string; readonly argument: unknown } | undefined {
  const [entry, ...others] = Object.entries(value) as [string, unknown][];
  const isCall = entry !== undefined && others.length === 0 && (entry[0] === 'Ref' || entry[0].startsWith('Fn::'));
  return isCall ? { name: entry[0], argument: entry[1] } : undefined;
}

function evaluateFunction(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case 'Ref':
      return evaluateRef(String(argument), scope);
    case 'Fn::GetAtt':
      return evaluateGetAtt(argument, scope);
    case 'Fn::If': {
      const [condition, then, otherwise] = argument as Argument;
      if (!Object.hasOwn(scope.conditions, String(condition))) {
        throw validationError(`Template error: unresolved condition dependency ${String(condition)} in Fn::If`);
      }
      return evaluate(conditionHolds(String(condition), scope) ? then : otherwise, scope);
    }
    case 'Fn::Sub':
      return evaluateSub(argument, scope);
    default: {
      const evaluated = evaluate(argument, scope);
      const compute = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      if (!compute) {
        throw validationError(`Template error: the local AWS does not know the function ${name}.`);
      }
      return isUnresolved(evaluated) ? { [name]: evaluated } : compute(evaluated, scope);
    }
  }
}

const FUNCTIONS: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  'Fn::Join': (argument) => {
    const [separator, items] = pair(argument);
    if (typeof separator !== 'string' || !Array.isArray(items)) {
      throw validationError(
        'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
      );
    }
    return items.map(String).join(separator);
  },
  'Fn::Split': (argument) => {
    const [separator, text] = pair(argument);
    if (typeof separator !== 'string' || typeof text !== 'string') {
      throw validationError(
        'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
      );
    }
    return text.split(separator);
  },
  'Fn::Select': (argument) => {
    const [index, items] = pair(argument);
    const selected: unknown = Array.isArray(items) ? items[Number(index)] : undefined;
    if (selected === undefined) {
      throw validationError(
        'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
      );
    }
    return selected;
  },
  'Fn::FindInMap': (argument, { mappings }) => {
    const [map, top, second] = argument as Argument;
    const found = mappings[String(map)]?.[String(top)]?.[String(second)];
    if (found === undefined) {
      throw validationError(
        `Template error: Unable to get mapping for ${String(map)}::${String(top)}::${String(second)}`,
      );
    }
    return found;
  },
  'Fn::Base64': (text) => Buffer.from(String(text)).toString('base64'),
  'Fn::ImportValue': (name, { importValue, resources }) => {
    const imported = importValue(String(name));
    if (imported === undefined && resources) {
      throw validationError(`No export named ${String(name)} found.`);
    }
    return imported ?? { 'Fn::ImportValue': name };
  },
};

export const FUNCTION_NAMES = ['Ref', 'Fn::GetAtt', 'Fn::If', 'Fn::Sub', ...Object.keys(FUNCTIONS)];

function pair(argument: unknown): Argument {
  return Array.isArray(argument) && argument.length === 2 ? argument : [];
}

function evaluateRef(name: string, scope: Scope): unknown {
  if (name === 'AWS::NoValue') {
    return NO_VALUE;
  }
  if (Object.hasOwn(scope.values, name)) {
    return scope.values[name];
  }
  return scope.resources ? scope.resources.ref(name) : { Ref: name };
}

function evaluateGetAtt(argument: unknown, scope: Scope): unknown {
  const [logicalId, attribute] = getAttTarget(argument);
  const name = evaluate(attribute, scope);
  return scope.resources ? scope.resources.getAtt(logicalId, String(name)) : { 'Fn::GetAtt': [logicalId, name] };
}

/** `['Resource', 'Attribute']` and `'Resource.Attribute'` mean the same. */
export function getAttTarget(argument: unknown): readonly [string, unknown] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = pair(argument);
  if (typeof logicalId !== 'string' || logicalId === '' || !attribute) {
    throw validationError(
      'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    );
  }
  return [logicalId, attribute];
}

function evaluateSub(argument: unknown, scope: Scope): unknown {
  const { text, variables } = subParts(argument);
  const own = evaluate(variables, scope) as Record<string, unknown>;
  const values = subNames(text).map((name) => {
    const value = Object.hasOwn(own, name)
      ? own[name]
      : name.includes('.')
        ? evaluateGetAtt(name, scope)
        : evaluateRef(name, scope);
    return [name, value] as const;
  });
  if (isUnresolved(values)) {
    return { 'Fn::Sub': [text, Object.fromEntries(values)] };
  }
  const byName = new Map(values.map(([name, value]) => [name, String(value)]));
  return text.replace(VARIABLE, (match, name: string) =>
    name.startsWith('!') ? `\${${name.slice(1)}}` : (byName.get(name.trim()) ?? match),
  );
}

const VARIABLE = /\$\{([^}]+)\}/g;

/** The text and the variable map of an `Fn::Sub`. */
export function subParts(argument: unknown): {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
} {
  if (typeof argument === 'string') {
    return { text: argument, variables: {} };
  }
  const [text, variables] = argument as Argument;
  return { text: String(text), variables: (variables ?? {}) as Record<string, unknown> };
}

export function subNames(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '']) => name.trim()).filter((name) => !name.startsWith('!'));
}

export function conditionHolds(name: string, scope: Scope): boolean {
  if (!Object.hasOwn(scope.conditions, name)) {
    throw validationError(`Template format error: Unresolved condition dependency ${name}`);
  }
  return evaluateCondition(scope.conditions[name], scope);
}

/** Evaluates an expression of `Conditions` or `Rules`, which have their own functions. */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const [[name, argument] = ['', undefined]] = Object.entries(expression as object) as [string, unknown][];
  const all = (): boolean[] => (argument as Argument).map((each) => evaluateCondition(each, scope));
  switch (name) {
    case 'Condition':
      return conditionHolds(String(argument), scope);
    case 'Fn::And':
      return all().every(Boolean);
    case 'Fn::Or':
      return all().some(Boolean);
    case 'Fn::Not':
      return !all()[0];
    case 'Fn::Equals': {
      const [left, right] = pair(evaluate(argument, scope));
      if (left === undefined || right === undefined) {
        throw validationError('Template error: every Fn::Equals object requires a list of 2 string parameters.');
      }
      return asText(left) === asText(right);
    }
    case 'Fn::Contains': {
      const [list, value] = evaluate(argument, scope) as [Argument, unknown];
      return list.map(String).includes(String(value));
    }
    default:
      throw validationError(`Template error: the local AWS does not know the condition function ${name}.`);
  }
}

/** Parameters are strings, whatever they are compared with. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether an unevaluated function is left. */
function isUnresolved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return functionCall(value) !== undefined || Object.values(value).some(isUnresolved);
}
