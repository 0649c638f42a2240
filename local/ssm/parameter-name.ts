import { validationError } from '../wire/input';
import { ServiceError } from '../wire/service';

const MAX_NAME_LENGTH = 1011;
const MAX_LEVELS = 15;
const FORM =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
const NAME_RULE = `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`;

/** Writes check names more strictly than reads. https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
export function checkNewName(name: string): void {
  if (/^\/?aws/i.test(name)) {
    throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^\/?ssm/i.test(name) || !/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw validationError(NAME_RULE);
  }
  if (!isQualified(name)) {
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

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || !isQualified(name)) {
    throw validationError(NAME_RULE);
  }
}

/** A name with levels begins with a slash, and no level is empty. */
function isQualified(name: string): boolean {
  return !name.includes('/') || (name.startsWith('/') && !name.endsWith('/') && !name.includes('//'));
}

export function checkPath(path: string): void {
  if (!path.startsWith('/')) {
    throw validationError(
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". ${FORM}`,
    );
  }
}

/** How a read names a parameter: by name or ARN, optionally with a version or label after a colon. */
export interface Selector {
  /** As requested; for an ARN, the name in it. */
  readonly name: string;
  /** As in `:3`. */
  readonly selector?: string;
}

export function readSelector(text: string): Selector {
  const [name = '', version, ...more] = nameOf(text).split(':');
  checkName(name);
  if (version === '' || more.length > 0) {
    throw validationError(
      'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
    );
  }
  return { name, ...(version !== undefined && { selector: `:${version}` }) };
}

/** A name that is a path brings its own slash. */
export function parameterArn(region: string, accountId: string, name: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
}

/** Restores the leading slash, which ARNs lack, only for names with further slashes: others may not have had one. */
export function nameOf(nameOrArn: string): string {
  const name = /^arn:aws[a-z-]*:ssm:[^:]*:\d*:parameter\/(.+)$/.exec(nameOrArn)?.[1];
  return name === undefined ? nameOrArn : name.includes('/') ? `/${name}` : name;
}

/** `/name` and `name` are the same parameter, as they have the same ARN. */
export function identity(name: string): string {
  return name.replace(/^\/(?=[^/]+$)/, '');
}
