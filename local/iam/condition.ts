/** The values of the condition keys of a request, by their names in lower case. */
export type RequestContext = ReadonlyMap<string, string>;

export interface Condition {
  /** As in `StringEquals ssm:Overwrite`. */
  readonly name: string;
  /** Undefined if the local AWS does not know the operator or the key. */
  readonly evaluate?: (context: RequestContext) => boolean;
}

type Operator = (actual: string, values: readonly string[]) => boolean;

/** The condition keys that local services set. */
const KNOWN_KEYS = /^(ssm:overwrite|aws:requesttag\/.+)$/;

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (actual, values) => values.includes(actual),
  StringNotEquals: (actual, values) => !values.includes(actual),
  StringEqualsIgnoreCase: (actual, values) => values.some((value) => value.toLowerCase() === actual.toLowerCase()),
  Bool: (actual, values) => values.some((value) => value.toLowerCase() === actual.toLowerCase()),
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
export function readConditions(operator: string, keys: readonly (readonly [string, readonly string[]])[]): Condition[] {
  return keys.map(([key, values]) => {
    const evaluate = evaluation(operator, key.toLowerCase(), values);
    return { name: `${operator} ${key}`, ...(evaluate && { evaluate }) };
  });
}

/** If the request lacks the key, the condition fails, unless it is negated or its operator ends in `IfExists`. */
function evaluation(operator: string, key: string, values: readonly string[]): Condition['evaluate'] {
  const base = operator.replace(/IfExists$/, '');
  if (!KNOWN_KEYS.test(key)) {
    return undefined;
  }
  if (base === 'Null') {
    return (context) => values.includes(String(!context.has(key)));
  }
  const compare = OPERATORS[base];
  const holdsWithoutKey = base !== operator || base === 'StringNotEquals';
  return (
    compare &&
    ((context) => {
      const actual = context.get(key);
      return actual === undefined ? holdsWithoutKey : compare(actual, values);
    })
  );
}
