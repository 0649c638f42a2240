import { paginateListExports } from '@aws-sdk/client-cloudformation';
import { member } from '../../lambda/member';
import { RESOURCE_TYPE } from '../../lib/protocol';
import type { Aws } from '../aws';
import type { Gaps } from '../gaps';
import { type Resource, type StackArtifact, type Template, assetFile, readTemplate } from './cloud-assembly';
import { type DeployedStack, readDeployedStack } from './deployed-stack';
import { PlannedStack, type Place } from './planned-stack';
import { Unresolved } from './unresolved';

/** Values for parameters, as `cdk deploy --parameters` takes them: for all stacks, or for one by its name. */
export type GivenParameters = ReadonlyMap<string, string>;

/** A stack that could not be read, and why. */
export interface Unread {
  readonly stack: string;
  readonly region: string;
  readonly why: string;
}

/** The stacks of an app that rotate keys, each with its deployed state. */
export class PlannedApp {
  public readonly stacks: PlannedStack[] = [];
  public readonly unread: Unread[] = [];
  private readonly exports = new Map<string, ReadonlyMap<string, string>>();
  /** All stacks that others may import from. */
  private readonly exporters: PlannedStack[] = [];

  public constructor(
    private readonly aws: Aws,
    private readonly place: Place,
    private readonly parameters: GivenParameters,
    private readonly gaps: Gaps,
  ) {}

  public async read(
    artifacts: readonly StackArtifact[],
    isWanted: (artifact: StackArtifact) => boolean,
  ): Promise<void> {
    const relevant = artifacts.filter((artifact) => {
      const exports = Object.values(artifact.template.Outputs ?? {}).some((output) => output?.Export);
      return exports || (isWanted(artifact) && rotates(artifact.template, artifact.directory));
    });
    for (const artifact of relevant) {
      const rotating = isWanted(artifact) && rotates(artifact.template, artifact.directory);
      await this.readArtifact(artifact, rotating);
    }
  }

  private async readArtifact(
    { id, stackName, account, region, template, directory }: StackArtifact,
    rotating: boolean,
  ): Promise<void> {
    const place = { ...this.place, ...(region !== undefined && { region }) };
    if (account !== undefined && account !== place.account) {
      if (rotating)
        this.unread.push({
          stack: id,
          region: place.region,
          why: `it is deployed to account ${account}, and these credentials are of ${place.account}`,
        });
      return;
    }
    await this.readExports(place.region, template);
    const given = (name: string) => this.parameters.get(`${stackName}:${name}`) ?? this.parameters.get(name);
    const found: PlannedStack[] = [];
    const stack = await this.readStack({
      name: stackName,
      deployedAs: stackName,
      template,
      directory,
      place,
      given,
      found,
    });
    if (!stack) {
      if (rotating)
        this.unread.push({ stack: id, region: place.region, why: 'what is deployed of it could not be read' });
      return;
    }
    this.exporters.push(stack);
    if (rotating) this.stacks.push(...found);
  }

  /** The stack and those nested in it, which are added to `found`. */
  private async readStack(source: StackSource): Promise<PlannedStack | undefined> {
    const { name, deployedAs, template, directory, place, given, found } = source;
    const deployed =
      deployedAs === undefined
        ? 'none'
        : await readDeployedStack(this.aws.cloudFormation(place.region), deployedAs, place.region, this.gaps);
    if (deployed === undefined) return undefined;
    const nested = new Map<string, PlannedStack>();
    const stack = new PlannedStack(name, template, place, deployed === 'none' ? undefined : deployed, {
      importedValue: (exported) => this.importedValue(place.region, exported),
      nested: (logicalId) => nested.get(logicalId),
      givenParameter: given,
    });
    found.push(stack);
    for (const [logicalId, file] of nestedTemplates(template, directory)) {
      const parameters = member(stack.resource(logicalId)?.Properties, 'Parameters');
      const child = await this.readStack({
        name: `${name}/${logicalId}`,
        deployedAs: physicalIdIn(deployed, logicalId),
        template: readTemplate(directory, file),
        directory,
        place,
        given: (parameter) => stack.values.evaluate(member(parameters, parameter)),
        found,
      });
      if (!child) return undefined;
      nested.set(logicalId, child);
    }
    return stack;
  }

  private async readExports(region: string, template: Template): Promise<void> {
    if (this.exports.has(region) || !JSON.stringify(template).includes('Fn::ImportValue')) return;
    const known = new Map<string, string>();
    await this.gaps.attempt('cloudformation:ListExports', region, region, async () => {
      for await (const { Exports = [] } of paginateListExports({ client: this.aws.cloudFormation(region) }, {})) {
        for (const { Name = '', Value = '' } of Exports) known.set(Name, Value);
      }
    });
    this.exports.set(region, known);
  }

  /** The value that is exported now, or that a stack of this app will export. */
  private importedValue(region: string, name: string): unknown {
    const known = this.exports.get(region)?.get(name);
    if (known !== undefined) return known;
    for (const stack of this.exporters) {
      if (stack.place.region !== region) continue;
      const output = Object.values(stack.template.Outputs ?? {}).find(
        (each) => each?.Export && stack.values.evaluate(each.Export.Name) === name,
      );
      if (output) return stack.values.evaluate(output.Value);
    }
    return new Unresolved(`nothing exports ${name} yet`);
  }
}

interface StackSource {
  readonly name: string;
  /** Its name or ID, if it is deployed. */
  readonly deployedAs: string | undefined;
  readonly template: Template;
  readonly directory: string;
  readonly place: Place;
  readonly given: (parameter: string) => unknown;
  readonly found: PlannedStack[];
}

function physicalIdIn(deployed: DeployedStack | 'none', logicalId: string): string | undefined {
  return deployed === 'none' ? undefined : deployed.physicalIds.get(logicalId);
}

function rotates(template: Template, directory: string): boolean {
  return (
    Object.values(template.Resources ?? {}).some((resource) => resource?.Type === RESOURCE_TYPE) ||
    nestedTemplates(template, directory).some(([, file]) => rotates(readTemplate(directory, file), directory))
  );
}

/** The files of nested templates, by the logical IDs of their stacks. */
function nestedTemplates(template: Template, directory: string): [string, string][] {
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    const file = resource?.Type === 'AWS::CloudFormation::Stack' ? nestedFile(resource, directory) : undefined;
    return file === undefined ? [] : [[logicalId, file] as [string, string]];
  });
}

/** By the file name in the metadata, or if that is disabled, by the template's asset hash. */
function nestedFile({ Metadata, Properties }: Resource, directory: string): string | undefined {
  const file = Metadata?.['aws:asset:path'];
  if (typeof file === 'string') return file;
  const [, hash] = /([0-9a-f]{64})\.json/.exec(JSON.stringify(Properties?.TemplateURL ?? '')) ?? [];
  return hash === undefined ? undefined : assetFile(directory, hash);
}
