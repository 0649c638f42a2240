import { isDeepStrictEqual } from 'node:util';
import type { ChangeDetail, ResourceChange, Tag } from './change-set';
import { type DeploymentContext, withStrings } from './deployment-context';
import { evaluate } from './intrinsics';
import type { PlannedResource, ProcessedTemplate } from './processed-template';
import { mayBeImported } from './provisioning';
import { type Reference, referencesIn } from './references';
import { exists } from './resource-operations';
import type { Properties, ResourceType } from './resource-type';
import type { ResourceRecord } from './stack';

/** Placeholder for a value that only the deployment determines. https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2113 */
const KNOWN_AFTER_APPLY = '{{changeSet:KNOWN_AFTER_APPLY}}';

export interface ChangesOptions {
  readonly tags: readonly Tag[];
  readonly includeNestedStacks: boolean;
  readonly importExistingResources: boolean;
}

type Cause = Pick<ChangeDetail, 'ChangeSource' | 'CausingEntity' | 'Evaluation'>;

/** How a resource changes, as far as references to it are concerned. */
interface PlannedChange {
  readonly kind: 'new' | 'modified';
  readonly type: ResourceType;
  readonly properties: readonly string[];
}

/**
 * What deploying a processed template would change.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-view.html
 */
export class Changes {
  private readonly plannedChanges = new Map<string, PlannedChange>();

  public constructor(
    private readonly context: DeploymentContext,
    private readonly processed: ProcessedTemplate,
    private readonly options: ChangesOptions,
  ) {}

  public all(): ResourceChange[] {
    const { stack } = this.context;
    const kept = sorted(this.processed.resources).flatMap((planned) => {
      const record = stack.resources.get(planned.logicalId);
      return exists(record) ? (this.modification(planned, record) ?? []) : this.addition(planned);
    });
    const removed = [...stack.resources.values()].filter(
      (record) => exists(record) && !this.processed.resources.has(record.logicalId),
    );
    return [...kept, ...removed.map(removal)];
  }

  private addition(planned: PlannedResource): ResourceChange {
    const { stack } = this.context;
    const { logicalId } = planned;
    const type = this.context.typeNamed(planned.type);
    const properties = this.after(planned.properties);
    const found =
      this.options.importExistingResources && mayBeImported(planned)
        ? type.find?.(stack.place(logicalId, planned.type), properties)
        : undefined;
    this.plannedChanges.set(logicalId, { kind: 'new', type, properties: [] });
    return {
      Action: found ? 'Import' : 'Add',
      LogicalResourceId: logicalId,
      PhysicalResourceId: found?.physicalId,
      ResourceType: planned.type,
      Scope: [],
      Details: [],
      AfterContext: contextOf(this.after(planned.shownProperties)),
    };
  }

  private modification(
    planned: PlannedResource,
    record: ResourceRecord & { readonly physicalId: string },
  ): ResourceChange | undefined {
    const type = this.context.typeNamed(planned.type);
    const evaluated = this.after(planned.properties);
    const after = type.prepare?.(evaluated) ?? evaluated;
    const changed = [...new Set([...Object.keys(record.properties), ...Object.keys(after)])].filter(
      (name) => isUnknown(after[name]) || !isDeepStrictEqual(record.properties[name], after[name]),
    );
    const shown = {
      before: shownBefore(record),
      after: withStrings(this.after(planned.shownProperties)) as Properties,
    };
    const details = [
      ...changed.flatMap((name) => this.propertyDetails(planned, type, name, shown)),
      ...this.attributeDetails(planned, record, type),
    ];
    if (details.length === 0) {
      return undefined;
    }
    const replacement = replacementBy(details);
    this.plannedChanges.set(planned.logicalId, {
      kind: replacement === 'True' ? 'new' : 'modified',
      type,
      properties: changed,
    });
    return {
      Action: 'Modify',
      LogicalResourceId: planned.logicalId,
      PhysicalResourceId: record.physicalId,
      ResourceType: planned.type,
      Replacement: replacement,
      PolicyAction:
        replacement === 'True'
          ? planned.updateReplacePolicy === 'Retain'
            ? 'ReplaceAndRetain'
            : 'ReplaceAndDelete'
          : undefined,
      Scope: [...new Set(details.map(({ Target }) => Target.Attribute))],
      Details: details,
      BeforeContext: contextOf(shown.before),
      AfterContext: contextOf(shown.after),
    };
  }

  /** One detail for each cause, and one for the template itself, as a direct modification. */
  private propertyDetails(
    planned: PlannedResource,
    type: ResourceType,
    name: string,
    shown: { readonly before: Properties; readonly after: Properties },
  ): ChangeDetail[] {
    const [before, after] = [textOf(shown.before[name]), textOf(shown.after[name])];
    const target: ChangeDetail['Target'] = {
      Attribute: 'Properties',
      Name: name,
      RequiresRecreation: type.createOnly?.includes(name) ? 'Always' : 'Never',
      Path: `/Properties/${name}`,
      AttributeChangeType: before === undefined ? 'Add' : after === undefined ? 'Remove' : 'Modify',
      BeforeValue: before,
      AfterValue: after,
    };
    const written = this.processed.template.Resources[planned.logicalId]?.Properties?.[name];
    const causes = referencesIn(written).flatMap((reference) => this.causeOf(reference) ?? []);
    const direct: Cause = {
      ChangeSource: 'DirectModification',
      Evaluation: causes.length === 0 ? 'Static' : 'Dynamic',
    };
    return [...causes, direct].map((cause) => ({ Target: target, ...cause }));
  }

  private causeOf({ name, attribute: expression }: Reference): Cause | undefined {
    const attribute = expression === undefined ? undefined : String(evaluate(expression, this.processed.scope));
    if (this.parameterChanged(name)) {
      return { ChangeSource: 'ParameterReference', CausingEntity: name, Evaluation: 'Static' };
    }
    const change = this.plannedChanges.get(name);
    if (!change || !mayDiffer(change, attribute)) {
      return undefined;
    }
    return {
      ...(attribute === undefined
        ? { ChangeSource: 'ResourceReference', CausingEntity: name }
        : { ChangeSource: 'ResourceAttribute', CausingEntity: `${name}.${attribute}` }),
      Evaluation: change.kind === 'new' ? 'Static' : 'Dynamic',
    };
  }

  private parameterChanged(name: string): boolean {
    const valueIn = (template: ProcessedTemplate | undefined): string | undefined => {
      const parameter = template?.parameters.find(({ ParameterKey }) => ParameterKey === name);
      return parameter?.ResolvedValue ?? parameter?.ParameterValue;
    };
    const after = valueIn(this.processed);
    return after !== undefined && after !== valueIn(this.context.stack.processed);
  }

  private attributeDetails(planned: PlannedResource, record: ResourceRecord, type: ResourceType): ChangeDetail[] {
    const { stack } = this.context;
    const before = stack.processed?.resources.get(planned.logicalId);
    const taggable = type.properties !== 'any' && type.properties.includes('Tags');
    const changed: readonly [ChangeDetail['Target']['Attribute'], boolean][] = [
      ['Metadata', before !== undefined && !isDeepStrictEqual(before.metadata, planned.metadata)],
      ['DeletionPolicy', record.deletionPolicy !== planned.deletionPolicy],
      ['UpdateReplacePolicy', record.updateReplacePolicy !== planned.updateReplacePolicy],
      ['Tags', taggable && !isDeepStrictEqual(stack.tags, this.options.tags)],
    ];
    const details = changed
      .filter(([, differs]) => differs)
      .map(([Attribute]) => directModification({ Attribute, RequiresRecreation: 'Never' }));
    // Without IncludeNestedStacks, nested stacks count as changed, because their templates may have.
    return type.nested && !this.options.includeNestedStacks
      ? [
          ...details,
          {
            Target: { Attribute: 'Properties', RequiresRecreation: 'Never' },
            Evaluation: 'Dynamic',
            ChangeSource: 'Automatic',
          },
        ]
      : details;
  }

  /** The properties after the deployment, as far as they are known. */
  private after(properties: Properties): Properties {
    const { stack } = this.context;
    const known = (logicalId: string, attribute?: string): boolean => {
      const change = this.plannedChanges.get(logicalId);
      return change === undefined || !mayDiffer(change, attribute);
    };
    const scope = {
      ...this.processed.scope,
      resources: {
        ref: (logicalId: string) => (known(logicalId) ? stack.resources.get(logicalId)?.physicalId : KNOWN_AFTER_APPLY),
        getAtt: (logicalId: string, attribute: string) =>
          known(logicalId, attribute)
            ? (stack.resources.get(logicalId)?.attributes[attribute] ?? KNOWN_AFTER_APPLY)
            : KNOWN_AFTER_APPLY,
      },
    };
    const value = (expression: unknown): unknown => {
      try {
        return this.context.resolveDynamicReferences(evaluate(expression, scope));
      } catch {
        return KNOWN_AFTER_APPLY;
      }
    };
    return Object.fromEntries(Object.entries(properties).map(([name, expression]) => [name, value(expression)]));
  }
}

/** Renders a change for DescribeChangeSet, with or without IncludePropertyValues. */
export function describeChange(change: ResourceChange, includePropertyValues: boolean): object {
  return {
    Type: 'Resource',
    ResourceChange: includePropertyValues
      ? change
      : {
          ...change,
          BeforeContext: undefined,
          AfterContext: undefined,
          Details: change.Details.filter(({ ChangeSource, Evaluation, Target }) => {
            const others = change.Details.filter((each) => each.Target.Name === Target.Name);
            const onlyResources = others.every((each) => each.ChangeSource !== 'ParameterReference');
            return !(ChangeSource === 'DirectModification' && Evaluation === 'Dynamic' && onlyResources);
          }).map(({ Target: { Attribute, Name, RequiresRecreation }, ...detail }) => ({
            Target: { Attribute, Name, RequiresRecreation },
            ...detail,
          })),
        },
  };
}

function removal({ logicalId, physicalId, type, deletionPolicy, ...record }: ResourceRecord): ResourceChange {
  return {
    Action: 'Remove',
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    PolicyAction: deletionPolicy === undefined || deletionPolicy === 'Delete' ? 'Delete' : 'Retain',
    Scope: [],
    Details: [],
    BeforeContext: contextOf(shownBefore(record)),
  };
}

function directModification(target: ChangeDetail['Target']): ChangeDetail {
  return { Target: target, Evaluation: 'Static', ChangeSource: 'DirectModification' };
}

function replacementBy(details: readonly ChangeDetail[]): 'True' | 'False' | 'Conditional' {
  const recreating = details.filter(({ Target }) => Target.RequiresRecreation === 'Always');
  const certain = recreating.some(({ Evaluation }) => Evaluation === 'Static');
  return recreating.length === 0 ? 'False' : certain ? 'True' : 'Conditional';
}

/** A new resource may differ in everything, a modified one only in changed properties and provider-defined attributes. */
function mayDiffer({ kind, type, properties }: PlannedChange, attribute: string | undefined): boolean {
  return kind === 'new' || (attribute !== undefined && (type.attributes === 'any' || properties.includes(attribute)));
}

function isUnknown(value: unknown): boolean {
  return value !== undefined && JSON.stringify(value).includes(KNOWN_AFTER_APPLY);
}

function shownBefore({ shownProperties = '{}' }: Pick<ResourceRecord, 'shownProperties'>): Properties {
  return JSON.parse(shownProperties) as Properties;
}

function contextOf(properties: Properties): string {
  return JSON.stringify({ Properties: withStrings(properties) });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
}

/** Sorts each resource after its dependencies. */
function sorted(resources: ProcessedTemplate['resources']): PlannedResource[] {
  const ordered = new Set<PlannedResource>();
  const visit = (planned: PlannedResource): void => {
    planned.dependencies.forEach((name) => {
      const dependency = resources.get(name);
      if (dependency && !ordered.has(dependency)) {
        visit(dependency);
      }
    });
    ordered.add(planned);
  };
  resources.forEach(visit);
  return [...ordered];
}
