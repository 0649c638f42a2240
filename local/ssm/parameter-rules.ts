import { validationError } from '../wire/input';
import { ServiceError } from '../wire/service';

const MAX_NAME_LENGTH = 1011;
const MAX_LEVELS = 15;
const MAX_VALUE_BYTES = 4096;
const BODY =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
export function checkName(name: string): void {
  if (/^\/?aws/i.test(name)) {
    throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^\/?ssm/i.test(name) || !/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw validationError(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${BODY}`);
  }
  if (name.includes('/') && (!name.startsWith('/') || name.endsWith('/') || name.includes('//'))) {
    throw validationError('Parameter name must be a fully qualified name.');
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw validationError(`Parameter name must not be longer than ${MAX_NAME_LENGTH} characters.`);
  }
  if (name.split('/').length - 1 > MAX_LEVELS) {
    const message = `Hierarchy level exceeded: a parameter name can have at most ${MAX_LEVELS} levels.`;
    throw new ServiceError('HierarchyLevelLimitExceededException', message);
  }
}

export function checkPath(path: string): void {
  if (!path.startsWith('/')) {
    throw validationError(
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". ${BODY}`,
    );
  }
}

/** Of a standard parameter: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
export function checkValue(value: string): void {
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw validationError(
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    );
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw validationError('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
}

/** A name that is a path brings its own slash. */
export function parameterArn(region: string, accountId: string, name: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
}

/** An ARN does not tell whether a name without a further slash had one in front; those with one do. */
export function bareName(nameOrArn: string): string {
  const name = /^arn:aws[a-z-]*:ssm:[^:]*:\d*:parameter\/(.+)$/.exec(nameOrArn)?.[1];
  return name === undefined ? nameOrArn : name.includes('/') ? `/${name}` : name;
}
