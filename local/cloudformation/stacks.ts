import type { Environment } from '../wire/service';
import { type ProcessedTemplate, processTemplate } from './processed-template';
import { Deployment } from './deployment';
import { type ParameterInput, resolveParameters } from './parameters';
import type { ResourceServices, ResourceType } from './resource-type';
import { Stack } from './stack';
import { validationError } from './template';

/** The parts of a request from which a stack's blueprint is made. */
export interface BlueprintInput {
  readonly TemplateBody?: string;
  readonly TemplateURL?: string;
  readonly UsePreviousTemplate?: string;
  readonly Parameters?: readonly ParameterInput[];
}

/** All stacks of the account, those that were deleted included: they can be described by their ID. */
export class Stacks {
  public readonly all: Stack[] = [];
  private readonly deployments = new Map<Stack, { readonly deployment: Deployment; readonly done: Promise<void> }>();

  public constructor(
    private readonly environment: Environment,
    private readonly services: ResourceServices,
    private readonly types: ReadonlyMap<string, ResourceType>,
    private readonly customResources: ResourceType,
  ) {}

  public add(name: string, region: string): Stack {
    if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
      throw validationError(`1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint`);
    }
    const stack = new Stack({ name, region, accountId: this.environment.accountId }, this.environment.clock);
    this.all.push(stack);
    return stack;
  }

  /** By name or ID; those deleted only by their ID. */
  public find(region: string, nameOrId: string): Stack | undefined {
    return this.all.findLast(
      ({ identity, id, status }) =>
        identity.region === region && (id === nameOrId || (identity.name === nameOrId && status !== 'DELETE_COMPLETE')),
    );
  }

  public get(region: string, nameOrId: string): Stack {
    const stack = this.find(region, nameOrId);
    if (!stack) {
      throw validationError(`Stack with id ${nameOrId} does not exist`);
    }
    return stack;
  }

  public exports(region: string): { readonly name: string; readonly value: string; readonly stack: Stack }[] {
    return this.living(region).flatMap((stack) =>
      stack.outputs.flatMap(({ ExportName, OutputValue }) =>
        ExportName === undefined ? [] : [{ name: ExportName, value: OutputValue, stack }],
      ),
    );
  }

  public importers(region: string, exportName: string): Stack[] {
    return this.living(region).filter(({ blueprint }) => blueprint?.imports.has(exportName));
  }

  public readonly typeNamed = (name: string): ResourceType => {
    const type = this.typeOrNothing(name);
    if (!type) {
      throw validationError(`Template format error: Unrecognized resource types: [${name}]`);
    }
    return type;
  };

  public blueprint(stack: Stack, input: BlueprintInput): ProcessedTemplate {
    const { region, name } = stack.identity;
    const previous = stack.blueprint?.parameters ?? [];
    return processTemplate(this.templateText(stack, input), {
      parameters: (template) =>
        resolveParameters(template, input.Parameters ?? [], previous, (parameter) =>
          this.services.parameterStore.get(region, parameter),
        ),
      pseudoParameters: {
        'AWS::AccountId': this.environment.accountId,
        'AWS::Partition': 'aws',
        'AWS::Region': region,
        'AWS::StackId': stack.id,
        'AWS::StackName': name,
        'AWS::URLSuffix': 'amazonaws.com',
      },
      importValue: (exportName) => {
        const found = this.exports(region).find((each) => each.name === exportName);
        if (!found) {
          throw validationError(`No export named ${exportName} found.`);
        }
        return found.value;
      },
      typeNamed: (type) => this.typeOrNothing(type),
    });
  }

  /** The text of a template that a request brings, or names. */
  public templateText(
    stack: Stack | undefined,
    { TemplateBody, TemplateURL, UsePreviousTemplate }: BlueprintInput,
  ): string {
    if (TemplateBody) {
      return TemplateBody;
    }
    if (TemplateURL) {
      return this.download(TemplateURL);
    }
    if (UsePreviousTemplate === 'true' && stack?.blueprint) {
      return stack.blueprint.text;
    }
    throw validationError('Either Template URL or Template Body must be specified.');
  }

  /** Begins an operation on a stack that runs on after the call's answer. */
  public begin(stack: Stack, run: (deployment: Deployment) => Promise<void>): Promise<void> {
    const deployment = new Deployment(stack, {
      typeNamed: this.typeNamed,
      parameterStore: this.services.parameterStore,
      checkExport: (owner, exportName) => {
        this.checkExport(owner, exportName);
      },
    });
    const done = run(deployment)
      .catch((error: unknown) => {
        stack.setStatus(`${stack.status.split('_', 1)[0] ?? ''}_FAILED`, `The local AWS failed: ${String(error)}`);
        console.error(error);
      })
      .finally(() => this.deployments.get(stack)?.deployment === deployment && this.deployments.delete(stack));
    this.deployments.set(stack, { deployment, done });
    return done;
  }

  /** Cancels the operation under way, and gives when it is over. */
  public async cancel(stack: Stack, superseded = false): Promise<void> {
    const running = this.deployments.get(stack);
    running?.deployment.cancel(superseded);
    if (superseded) {
      await running?.done;
    }
  }

  private typeOrNothing(name: string): ResourceType | undefined {
    const isCustom = name === 'AWS::CloudFormation::CustomResource' || /^Custom::[\w@-]{1,60}$/.test(name);
    return isCustom ? this.customResources : this.types.get(name);
  }

  private living(region: string): Stack[] {
    return this.all.filter(({ identity, status }) => identity.region === region && status !== 'DELETE_COMPLETE');
  }

  private checkExport(stack: Stack, exportName: string): void {
    const other = this.exports(stack.identity.region).find((each) => each.name === exportName && each.stack !== stack);
    if (other) {
      throw validationError(`Export with name ${exportName} is already exported by stack ${other.stack.name}`);
    }
  }

  /** Path-style and virtual-hosted URLs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
  private download(templateUrl: string): string {
    const { hostname, pathname } = new URL(templateUrl);
    const path = decodeURIComponent(pathname.slice(1));
    const [, virtualHost] = /^(.+)\.s3[.-]/.exec(hostname) ?? [];
    const slash = path.indexOf('/');
    const [bucket, key] =
      virtualHost === undefined ? [path.slice(0, slash), path.slice(slash + 1)] : [virtualHost, path];
    return this.services.s3.object(bucket, key).toString('utf8');
  }
}
