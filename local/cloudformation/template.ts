import { ServiceError } from '../wire/service';

/** A resource of a template, as it is written there. */
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

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;
const MAX_TEMPLATE_BYTES = 1024 * 1024;
export const MAX_TEMPLATE_BODY_BYTES = 51_200;

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

/** Reads the text of a template, and refuses what the local AWS does not know by name. */
export function parseTemplate(text: string): Template {
  if (Buffer.byteLength(text) > MAX_TEMPLATE_BYTES) {
    throw validationError(`Template may not exceed ${MAX_TEMPLATE_BYTES} bytes in size.`);
  }
  const template = parseObject(text);
  refuseUnknown(template, SECTIONS, 'template section');
  const resources = template.Resources;
  if (typeof resources !== 'object' || resources === null || Object.keys(resources).length === 0) {
    throw validationError('Template format error: At least one Resources member must be defined.');
  }
  const entries = Object.entries(resources as Record<string, Record<string, unknown>>);
  if (entries.length > MAX_RESOURCES) {
    throw validationError(
      `Template format error: Number of resources, ${entries.length}, is greater than maximum allowed, ${MAX_RESOURCES}`,
    );
  }
  for (const [logicalId, resource] of entries) {
    if (!/^[a-zA-Z0-9]{1,255}$/.test(logicalId)) {
      throw validationError(`Template format error: Resource name ${logicalId} is non alphanumeric.`);
    }
    if (typeof resource.Type !== 'string') {
      throw validationError(
        `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
      );
    }
    refuseUnknown(resource, RESOURCE_ATTRIBUTES, `attribute of resource ${logicalId}`);
  }
  return template as unknown as Template;
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
    throw validationError(
      `Template format error: JSON not well-formed. (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function refuseUnknown(object: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void {
  const unknown = Object.keys(object).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw validationError(`Template format error: the local AWS does not know the ${what} ${unknown.join(', ')}.`);
  }
}
