import { ServiceError } from '../wire/service';

/** A resource as declared in a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: unknown;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly MinLength?: string | number;
  readonly MaxLength?: string | number;
  readonly MinValue?: string | number;
  readonly MaxValue?: string | number;
  readonly ConstraintDescription?: string;
  readonly Description?: string;
  readonly NoEcho?: boolean | string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Description?: string;
  readonly Export?: { readonly Name: unknown };
  readonly Condition?: string;
}

export interface TemplateRule {
  readonly RuleCondition?: unknown;
  readonly Assertions: readonly { readonly Assert: unknown; readonly AssertDescription?: string }[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html */
export interface Template {
  readonly AWSTemplateFormatVersion?: string;
  readonly Description?: string;
  readonly Metadata?: unknown;
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Rules?: Readonly<Record<string, TemplateRule>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];

const RESOURCE_ATTRIBUTES = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
];

/** Valid in CloudFormation, but not supported here. */
const UNSUPPORTED_SECTIONS = ['Transform', 'Hooks'];
const UNSUPPORTED_RESOURCE_ATTRIBUTES = ['CreationPolicy', 'UpdatePolicy'];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;
const MAX_TEMPLATE_BYTES = 1024 * 1024;
export const MAX_TEMPLATE_BODY_BYTES = 51_200;

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

/** Parses a template. The error for anything unsupported names it. */
export function parseTemplate(text: string): Template {
  if (Buffer.byteLength(text) > MAX_TEMPLATE_BYTES) {
    throw validationError(`Template may not exceed ${MAX_TEMPLATE_BYTES} bytes in size.`);
  }
  const template = parseObject(text);
  refuseUnknown(
    template,
    SECTIONS,
    UNSUPPORTED_SECTIONS,
    'template section',
    (names) => `Invalid template property or properties [${names}]`,
  );
  refuseNull(template, '');
  checkResources(template.Resources);
  refuseNonAlphanumericNames('Parameter', template.Parameters);
  checkMappings(template.Mappings);
  checkOutputs(template.Outputs);
  return template as unknown as Template;
}

function checkResources(resources: unknown): void {
  if (!isObject(resources) || Object.keys(resources).length === 0) {
    throw validationError('Template format error: At least one Resources member must be defined.');
  }
  const entries = Object.entries(resources);
  if (entries.length > MAX_RESOURCES) {
    throw validationError(
      `Template format error: Number of resources, ${entries.length}, is greater than maximum allowed, ${MAX_RESOURCES}`,
    );
  }
  refuseNonAlphanumericNames('Resource', resources);
  for (const [logicalId, resource] of entries) {
    if (!isObject(resource)) {
      throw validationError('Template format error: Any Resources member must be an object.');
    }
    if (typeof resource.Type !== 'string') {
      throw validationError(
        `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
      );
    }
    refuseUnknown(
      resource,
      RESOURCE_ATTRIBUTES,
      UNSUPPORTED_RESOURCE_ATTRIBUTES,
      `attribute of resource ${logicalId}`,
      (names) => `Invalid template resource property '${names}'`,
    );
  }
}

function checkMappings(mappings: unknown): void {
  for (const map of isObject(mappings) ? Object.values(mappings) : []) {
    for (const [key, values] of isObject(map) ? Object.entries(map) : []) {
      if (!isObject(values)) {
        throw validationError(`Template format error: Every Mappings member ${key} must be a map`);
      }
      if (Object.values(values).some((value) => isObject(value))) {
        throw validationError('Template format error: Every Mappings attribute must be a String or a List.');
      }
    }
  }
}

function checkOutputs(outputs: unknown): void {
  for (const output of isObject(outputs) ? Object.values(outputs) : []) {
    if (!isObject(output) || !Object.hasOwn(output, 'Value')) {
      throw validationError('Template format error: Every Outputs member must contain a Value object');
    }
  }
}

function refuseNonAlphanumericNames(kind: 'Resource' | 'Parameter', section: unknown): void {
  const invalid = Object.keys(isObject(section) ? section : {}).find((name) => !/^[a-zA-Z0-9]{1,255}$/.test(name));
  if (invalid !== undefined) {
    throw validationError(`Template format error: ${kind} name ${invalid} is non alphanumeric.`);
  }
}

function refuseNull(value: unknown, path: string): void {
  if (value === null) {
    throw validationError(`[${path}] 'null' values are not allowed in templates`);
  }
  if (typeof value === 'object') {
    Object.entries(value).forEach(([name, member]) => {
      refuseNull(member, `${path}/${name}`);
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Record<string, unknown> {
  if (!text.trimStart().startsWith('{')) {
    throw validationError(
      'Template format error: the local AWS reads JSON templates only, and this one is YAML or no template.',
    );
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw validationError(`Template format error: JSON not well-formed. (${errorLocation(error, text)})`);
  }
}

/** CloudFormation reports the column after the offending character. */
function errorLocation(error: unknown, text: string): string {
  const [, position] = /position (\d+)/.exec(String(error)) ?? [];
  const lines = text.slice(0, position === undefined ? text.length : Number(position)).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 2}`;
}

function refuseUnknown(
  object: Readonly<Record<string, unknown>>,
  supported: readonly string[],
  unsupported: readonly string[],
  kind: string,
  invalidMessage: (names: string) => string,
): void {
  const unknown = Object.keys(object).filter((name) => !supported.includes(name));
  const invalid = unknown.filter((name) => !unsupported.includes(name));
  if (invalid.length > 0) {
    throw validationError(invalidMessage(invalid.join(', ')));
  }
  if (unknown.length > 0) {
    throw validationError(`Template format error: the local AWS does not know the ${kind} ${unknown.join(', ')}.`);
  }
}
