import { member } from '../../lambda/member';
import type { Resource, Template } from './cloud-assembly';
import type { DeployedStack } from './deployed-stack';
import { KEY_TYPES, TemplateValues } from './template-values';
import { Unresolved } from './unresolved';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html: changing one of these properties replaces the key. */
const REPLACING_PROPERTIES = ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin', 'PrimaryKeyArn'];

export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** The values that a stack takes from elsewhere. */
export interface Others {
  readonly importedValue: (name: string) => unknown;
  readonly nested: (logicalId: string) => PlannedStack | undefined;
  /** A parameter's value from the parent stack or the command line. */
  readonly givenParameter: (name: string) => unknown;
}

/** A stack as deployed, and as its new template describes it. */
export class PlannedStack {
  public readonly values: TemplateValues;
  /** The values of the deployed template. */
  public readonly deployedValues: TemplateValues | undefined;
  public readonly stackId: string;

  public constructor(
    /** Its name, after that of its parent. */
    public readonly name: string,
    public readonly template: Template,
    public readonly place: Place,
    private readonly deployed: DeployedStack | undefined,
    private readonly others: Others,
  ) {
    const { partition, region, account } = place;
    this.stackId =
      deployed?.stackId ??
      `arn:${partition}:cloudformation:${region}:${account}:stack/${name.replaceAll('/', '-')}/new`;
    this.values = new TemplateValues(template, {
      ...this.surroundings,
      parameter: (parameter) => this.parameter(parameter),
      physicalId: (logicalId, resource) => this.keptPhysicalId(logicalId, resource),
    });
    this.deployedValues =
      deployed &&
      new TemplateValues(deployed.template, {
        ...this.surroundings,
        parameter: (parameter) => deployed.parameters.get(parameter) ?? new Unresolved(`${parameter} has no value`),
        physicalId: (logicalId) => deployed.physicalIds.get(logicalId),
      });
  }

  /** The deployed resource of the same type, if there is one. */
  public deployedResource(logicalId: string, { Type }: Resource): Resource | undefined {
    const resource = this.deployed?.template.Resources?.[logicalId];
    return resource?.Type === Type && this.deployed?.physicalIds.has(logicalId) ? resource : undefined;
  }

  public resource(logicalId: string): Resource | undefined {
    return this.template.Resources?.[logicalId];
  }

  /** The keys that the deployment enables or disables, by ARN. It does so before it rotates them. */
  public get enabledKeys(): Map<string, boolean> {
    const changes = new Map<string, boolean>();
    for (const [logicalId, resource] of Object.entries(this.template.Resources ?? {})) {
      const before = resource && this.deployedResource(logicalId, resource);
      if (!before || !KEY_TYPES.includes(resource.Type)) continue;
      const [was, will] = [isEnabled(before), isEnabled(resource)];
      const arn = this.values.evaluate({ 'Fn::GetAtt': [logicalId, 'Arn'] });
      if (was !== will && typeof arn === 'string') changes.set(arn, will);
    }
    return changes;
  }

  private get surroundings() {
    const { partition, region, account } = this.place;
    return {
      name: this.name,
      pseudoParameters: {
        'AWS::Partition': partition,
        'AWS::Region': region,
        'AWS::AccountId': account,
        'AWS::StackName': this.name.split('/').at(-1),
        'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
        'AWS::StackId': this.deployed?.stackId,
      },
      importedValue: (name: string) => this.others.importedValue(name),
      nestedOutput: (logicalId: string, output: string) => {
        const nested = this.others.nested(logicalId);
        const value = nested?.template.Outputs?.[output]?.Value;
        return value === undefined
          ? new Unresolved(`the output ${output} of ${logicalId} is not known before the deployment`)
          : nested?.values.evaluate(value);
      },
    };
  }

  /** In the order of `cdk deploy`: the given value, the deployed one, the default. */
  private parameter(name: string): unknown {
    const given = this.others.givenParameter(name);
    if (given !== undefined) return given;
    const { Type = 'String', Default } = this.template.Parameters?.[name] ?? {};
    const before = this.deployed?.parameters.get(name);
    if (before !== undefined) return before;
    if (Type.startsWith('AWS::SSM::Parameter::Value')) {
      return new Unresolved(`the parameter ${name} is read from Parameter Store at the deployment`);
    }
    return Default ?? new Unresolved(`the parameter ${name} has no value: add --parameters ${name}=<value>`);
  }

  private keptPhysicalId(logicalId: string, resource: Resource): string | undefined {
    const before = this.deployedResource(logicalId, resource);
    if (!before) return undefined;
    const isReplaced =
      KEY_TYPES.includes(resource.Type) &&
      REPLACING_PROPERTIES.some(
        (name) => JSON.stringify(member(before.Properties, name)) !== JSON.stringify(member(resource.Properties, name)),
      );
    return isReplaced ? undefined : this.deployed?.physicalIds.get(logicalId);
  }
}

function isEnabled({ Properties }: Resource): boolean {
  return !['false', false].some((value) => member(Properties, 'Enabled') === value);
}
