import { FUNCTION_NAMES, functionCall, getAttTarget, subNames, subParts } from './intrinsics';
import { validationError } from './template';

/** The target of a reference, with the attribute of an `Fn::GetAtt`. */
export interface Reference {
  readonly name: string;
  readonly attribute?: unknown;
}

/** All references in an expression, including both branches of `Fn::If`. */
export function referencesIn(value: unknown): Reference[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const call = functionCall(value);
  switch (call?.name) {
    case 'Ref':
      return [{ name: String(call.argument) }];
    case 'Fn::GetAtt': {
      const [name, attribute] = getAttTarget(call.argument);
      return [{ name, attribute }, ...referencesIn(attribute)];
    }
    case 'Fn::Sub': {
      const { text, variables } = subParts(call.argument);
      const outer = subNames(text).filter((name) => !Object.hasOwn(variables, name));
      return [...outer.map(subReference), ...referencesIn(variables)];
    }
    default:
      return Object.values(value).flatMap(referencesIn);
  }
}

function subReference(name: string): Reference {
  const [target, attribute] = name.includes('.') ? getAttTarget(name) : [name, undefined];
  return { name: target, ...(attribute !== undefined && { attribute }) };
}

/** Throws if an expression uses an unsupported function. */
export function refuseUnknownFunctions(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  const call = functionCall(value);
  if (call && !FUNCTION_NAMES.includes(call.name)) {
    throw validationError(`Template error: the local AWS does not know the function ${call.name} in ${where}.`);
  }
  Object.values(value).forEach((member) => {
    refuseUnknownFunctions(member, where);
  });
}
