/**
 * A template as CloudFormation evaluates it, with its conditions decided.
 */
export type Json = Readonly<Record<string, unknown>>;

export interface Template {
  readonly Parameters?: Readonly<Record<string, Json>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, RawResource>>;
  readonly Outputs?: Readonly<Record<string, Json>>;
}

interface RawResource {
  readonly Type: string;
  readonly Properties?: Json;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
}

export interface Resource {
  readonly type: string;
  readonly properties: Json;
  readonly dependsOn: readonly string[];
}

/** What is deployed under one outcome of the conditions. */
export interface Decided {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly outputs: ReadonlyMap<string, { readonly value: unknown; readonly exportName?: unknown }>;
  readonly parameters: ReadonlySet<string>;
}

export type Outcome = Readonly<Record<string, boolean>>;

const OPERATORS = ['Fn::And', 'Fn::Or', 'Fn::Not', 'Condition'];

/** Every outcome of the conditions that do not follow from others; with more than three, only those with none, one or all false. */
export function outcomes({ Conditions = {} }: Template): Outcome[] {
  const free = Object.keys(Conditions).filter(
    (name) => !OPERATORS.some((operator) => operator in asObject(Conditions[name])),
  );
  if (free.length > 3) {
    const allBut = (falseOnes: readonly string[]) =>
      Object.fromEntries(free.map((name) => [name, !falseOnes.includes(name)]));
    return [allBut([]), allBut(free), ...free.map((name) => allBut([name]))];
  }
  return Array.from({ length: 2 ** free.length }, (_, bits) =>
    Object.fromEntries(free.map((name, i) => [name, (bits & (1 << i)) === 0])),
  );
}

/** CloudFormation would refuse the template. */
export class InvalidTemplate extends Error {}

export function decide(template: Template, outcome: Outcome): Decided {
  const holds = (condition: unknown): boolean => {
    if (typeof condition === 'string') {
      const expression = template.Conditions?.[condition];
      if (expression === undefined) throw new InvalidTemplate(`there is no condition ${condition}`);
      return outcome[condition] ?? holds(expression);
    }
    const { 'Fn::And': and, 'Fn::Or': or, 'Fn::Not': not, Condition: name } = asObject(condition);
    if (Array.isArray(and)) return and.every(holds);
    if (Array.isArray(or)) return or.some(holds);
    if (Array.isArray(not)) return !holds(not[0]);
    if (name !== undefined) return holds(name);
    throw new InvalidTemplate(`a condition is ${JSON.stringify(condition)}`);
  };
  const isThere = ({ Condition: condition }: { readonly Condition?: unknown }) =>
    condition === undefined || holds(condition);
  const resources = Object.entries(template.Resources ?? {}).filter(([, resource]) => isThere(resource));
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, output]) => isThere(output));
  return {
    resources: new Map(
      resources.map(([id, { Type: type, Properties = {}, DependsOn = [] }]) => [
        id,
        {
          type,
          properties: asObject(chosen(Properties, holds)),
          dependsOn: typeof DependsOn === 'string' ? [DependsOn] : DependsOn,
        },
      ]),
    ),
    outputs: new Map(
      outputs.map(([id, { Value, Export }]) => [
        id,
        { value: chosen(Value, holds), exportName: chosen(asObject(Export).Name, holds) },
      ]),
    ),
    parameters: new Set(Object.keys(template.Parameters ?? {})),
  };
}

const NO_VALUE = Symbol('AWS::NoValue');

/** The value with each `Fn::If` replaced by the chosen branch. */
function chosen(value: unknown, holds: (condition: unknown) => boolean): unknown {
  const inPlace = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(inPlace).filter((item) => item !== NO_VALUE);
    if (typeof one !== 'object' || one === null) return one;
    const { 'Fn::If': choice, Ref } = one as Json;
    if (Array.isArray(choice)) return inPlace(choice[holds(choice[0]) ? 1 : 2]);
    if (Ref === 'AWS::NoValue') return NO_VALUE;
    return Object.fromEntries(
      Object.entries(one)
        .map(([name, item]) => [name, inPlace(item)] as const)
        .filter(([, item]) => item !== NO_VALUE),
    );
  };
  const done = inPlace(value);
  return done === NO_VALUE ? undefined : done;
}

/** The logical IDs of the resources and parameters that a value refers to. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Json;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? [] : [Ref];
  if (Array.isArray(attribute)) return [String(attribute[0])];
  if (typeof attribute === 'string') return attribute.split('.').slice(0, 1);
  if (text !== undefined) return namesInSub(text);
  return Object.values(value).flatMap(references);
}

function namesInSub(text: unknown): string[] {
  const [template, values] = Array.isArray(text) ? [String(text[0]), asObject(text[1])] : [String(text), {}];
  const names = [...template.matchAll(/\$\{([^!}]+)\}/g)].map(([, name = '']) => name.split('.')[0] ?? '');
  return [...names.filter((name) => !name.startsWith('AWS::') && !(name in values)), ...references(values)];
}

export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
