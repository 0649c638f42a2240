import { isDeepStrictEqual } from 'node:util';
import { refuseCycles } from './dependency-order';
import { conditionHolds, evaluate, evaluateCondition, type Scope } from './intrinsics';
import { parameterValues, shownParameters, type StackParameter } from './parameters';
import { type Reference, referencesIn, refuseUnknownFunctions } from './references';
import type { Properties, ResourceType } from './resource-type';
import { parseTemplate, type Template, type TemplateOutput, type TemplateResource, validationError } from './template';

/** A resource to deploy, evaluated except for references to other resources. */
export interface PlannedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
  /** The properties as CloudFormation shows them: values of NoEcho parameters are masked. */
  readonly shownProperties: Properties;
  readonly metadata: unknown;
  readonly dependencies: readonly string[];
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
}

/** A validated template with its parameters: the desired state of a stack. */
export interface ProcessedTemplate {
  readonly text: string;
  readonly template: Template;
  readonly parameters: readonly StackParameter[];
  readonly scope: Scope;
  readonly resources: ReadonlyMap<string, PlannedResource>;
  readonly outputs: ReadonlyMap<string, TemplateOutput>;
  /** Names of the exports that the template imports. */
  readonly imports: ReadonlySet<string>;
}

/** What a template is evaluated and checked against. */
export interface TemplateContext {
  readonly parameters: (template: Template) => StackParameter[];
  readonly pseudoParameters: Readonly<Record<string, unknown>>;
  /** `undefined` if there is no such export. */
  readonly importValue: (name: string) => string | undefined;
  /** `undefined` for an unsupported type. */
  readonly typeNamed: (name: string) => ResourceType | undefined;
}

/** Evaluates and checks a template, so that an unsupported one fails before anything is created. */
export function processTemplate(text: string, context: TemplateContext): ProcessedTemplate {
  const template = parseTemplate(text);
  const parameters = context.parameters(template);
  const imports = new Set<string>();
  const scope: Scope = {
    values: { ...context.pseudoParameters, ...parameterValues(template, parameters) },
    mappings: template.Mappings ?? {},
    conditions: template.Conditions ?? {},
    importValue: (name) => {
      imports.add(name);
      return context.importValue(name);
    },
  };
  const shownScope = {
    ...scope,
    values: { ...scope.values, ...parameterValues(template, shownParameters(template, parameters)) },
  };
  checkRules(template, scope);
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope),
  );
  const resources = new Map(
    present.map(([logicalId, resource]) => [logicalId, plan(logicalId, resource, scope, shownScope)] as const),
  );
  const outputs = new Map(
    Object.entries(template.Outputs ?? {})
      .filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope))
      .map(([name, output]) => {
        refuseUnknownFunctions(output, `output ${name}`);
        return [name, evaluate(output, scope) as TemplateOutput] as const;
      }),
  );
  checkResourceTypes(resources, context);
  checkReferences(resources, outputs, context);
  refuseCycles(new Map([...resources].map(([logicalId, { dependencies }]) => [logicalId, dependencies])));
  return { text, template, parameters, scope, resources, outputs, imports };
}

function plan(logicalId: string, resource: TemplateResource, scope: Scope, shownScope: Scope): PlannedResource {
  refuseUnknownFunctions(resource.Properties, `resource ${logicalId}`);
  const properties = evaluate(resource.Properties ?? {}, scope) as Properties;
  const explicit = [resource.DependsOn ?? []].flat();
  const implicit = referencesIn(properties).map(({ name }) => name);
  return {
    logicalId,
    type: resource.Type,
    properties,
    shownProperties: evaluate(resource.Properties ?? {}, shownScope) as Properties,
    metadata: resource.Metadata,
    dependencies: [...new Set([...explicit, ...implicit])],
    deletionPolicy: resource.DeletionPolicy,
    updateReplacePolicy: resource.UpdateReplacePolicy,
  };
}

function checkRules({ Rules = {} }: Template, scope: Scope): void {
  for (const { RuleCondition, Assertions } of Object.values(Rules)) {
    const applies = RuleCondition === undefined || evaluateCondition(RuleCondition, scope);
    const broken = applies ? Assertions.find(({ Assert }) => !evaluateCondition(Assert, scope)) : undefined;
    if (broken) {
      throw validationError(`Template Rule Assertion failed: ${broken.AssertDescription ?? ''}`);
    }
  }
}

function checkResourceTypes(resources: ProcessedTemplate['resources'], { typeNamed }: TemplateContext): void {
  const unknown = [...resources.values()].filter(({ type }) => !typeNamed(type)).map(({ type }) => type);
  if (unknown.length > 0) {
    throw validationError(
      `Template format error: Unrecognized resource types: [${[...new Set(unknown)].join(', ')}] (the local AWS does not have them)`,
    );
  }
  resources.forEach((resource) => {
    const type = typeNamed(resource.type);
    if (type) {
      checkProperties(resource, type);
    }
  });
}

const POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate'];

function checkProperties(
  { logicalId, type: typeName, properties, deletionPolicy, updateReplacePolicy }: PlannedResource,
  type: ResourceType,
): void {
  const names = Object.keys(properties);
  const known = type.properties;
  const unsupported = known === 'any' ? [] : names.filter((name) => !known.includes(name));
  if (unsupported.length > 0) {
    throw validationError(
      `Resource ${logicalId}: the local AWS does not know the property ${unsupported.join(', ')} of ${typeName}.`,
    );
  }
  const policy = [deletionPolicy, updateReplacePolicy].find((each) => each !== undefined && !POLICIES.includes(each));
  if (policy !== undefined) {
    throw validationError(`Resource ${logicalId}: the local AWS does not know the policy ${policy}.`);
  }
  const missing = type.required?.filter((name) => !names.includes(name)) ?? [];
  if (missing.length > 0) {
    throw validationError(
      `Properties validation failed for resource ${logicalId} with message: required key [${missing.join(', ')}] not found`,
    );
  }
  try {
    type.validate?.(properties);
  } catch (error) {
    throw validationError(`Resource ${logicalId}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkReferences(
  resources: ProcessedTemplate['resources'],
  outputs: ProcessedTemplate['outputs'],
  context: TemplateContext,
): void {
  const check = (references: readonly Reference[], prefix: string, section: string): void => {
    const unresolved = references.filter(({ name }) => !resources.has(name)).map(({ name }) => name);
    if (unresolved.length > 0) {
      throw validationError(
        `${prefix}Unresolved resource dependencies [${[...new Set(unresolved)].join(', ')}] in the ${section} block of the template`,
      );
    }
    references.forEach((reference) => {
      checkAttribute(reference, resources, context);
    });
  };
  const dependencies = [...resources.values()].flatMap((resource) => resource.dependencies.map((name) => ({ name })));
  check(
    [...dependencies, ...[...resources.values()].flatMap(({ properties }) => referencesIn(properties))],
    'Template format error: ',
    'Resources',
  );
  check([...outputs.values()].flatMap(referencesIn), '', 'Outputs');
}

function checkAttribute(
  { name, attribute }: Reference,
  resources: ProcessedTemplate['resources'],
  { typeNamed }: TemplateContext,
): void {
  const known = typeNamed(resources.get(name)?.type ?? '')?.attributes;
  if (typeof attribute === 'string' && known !== undefined && known !== 'any' && !known.includes(attribute)) {
    throw validationError(
      `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
    );
  }
}

/** Whether two templates deploy the same resources and outputs. */
export function sameTemplate(one: ProcessedTemplate, other: ProcessedTemplate): boolean {
  return isDeepStrictEqual([one.resources, one.outputs], [other.resources, other.outputs]);
}

/** The capability that the caller has to acknowledge. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html */
export function requiredCapability({
  Resources,
}: Template): { readonly capability: string; readonly types: readonly string[] } | undefined {
  const iam = Object.values(Resources).filter(({ Type }) => Object.hasOwn(IAM_NAMES, Type));
  const named = iam.some(({ Type, Properties = {} }) => Object.hasOwn(Properties, IAM_NAMES[Type] ?? ''));
  return iam.length === 0
    ? undefined
    : {
        capability: named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM',
        types: [...new Set(iam.map(({ Type }) => Type))],
      };
}

const IAM_NAMES: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::Policy': '',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
};
