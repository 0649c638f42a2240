import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../wire/service';
import type { Tag } from './change-set';
import { Deployment } from './deployment';
import { DeploymentContext } from './deployment-context';
import { Exports } from './exports';
import { type ProcessedTemplate, processTemplate, sameTemplate } from './processed-template';
import { type ParameterInput, resolveParameters } from './parameters';
import type { ResourceServices, ResourceType } from './resource-type';
import { Stack } from './stack';
import { MAX_TEMPLATE_BODY_BYTES, validationError } from './template';

/** The members of a request that determine a stack's processed template. */
export interface TemplateInput {
  readonly TemplateBody?: string;
  readonly TemplateURL?: string;
  readonly UsePreviousTemplate?: string;
  readonly Parameters?: readonly ParameterInput[];
}

/** All stacks of the account, including deleted ones, which can be described by ID. */
export class Stacks {
  public readonly all: Stack[] = [];
  public readonly exports = new Exports(this.all);
  private readonly deployments = new Map<Stack, { readonly deployment: Deployment; readonly done: Promise<void> }>();

  public constructor(
    private readonly environment: Environment,
    private readonly services: ResourceServices,
    private readonly findType: (name: string) => ResourceType | undefined,
  ) {}

  public add(name: string, region: string, parent?: Stack): Stack {
    if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
      throw validationError(
        `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*`,
      );
    }
    const stack = new Stack({ name, region, accountId: this.environment.accountId, parent }, this.environment.clock);
    this.all.push(stack);
    return stack;
  }

  /** Undoes `add`. */
  public forget(stack: Stack): void {
    this.all.splice(this.all.indexOf(stack), 1);
  }

  /** Finds a stack by name or ID; a deleted one by ID only. */
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

  /** Like `get`, with the error message of operations that change stacks, and of those on change sets and events. */
  public named(region: string, nameOrId: string): Stack {
    const stack = this.find(region, nameOrId);
    if (!stack) {
      throw validationError(`Stack [${nameOrId}] does not exist`);
    }
    return stack;
  }

  public withId(id: string): Stack {
    const stack = this.all.find((each) => each.id === id);
    if (!stack) {
      throw validationError(`Stack with id ${id} does not exist`);
    }
    return stack;
  }

  public in(region: string): Stack[] {
    return this.all.filter(({ identity }) => identity.region === region);
  }

  public contextOf(stack: Stack): DeploymentContext {
    const typeNamed = (name: string): ResourceType => {
      const type = this.findType(name);
      if (!type) {
        throw validationError(`Template format error: Unrecognized resource types: [${name}]`);
      }
      return type;
    };
    return new DeploymentContext(stack, typeNamed, this.exports, this.services.parameterStore);
  }

  public process(stack: Stack, input: TemplateInput): ProcessedTemplate {
    const { region, name } = stack.identity;
    const previous = stack.processed?.parameters ?? [];
    return processTemplate(this.templateText(stack, input), {
      parameters: (template) =>
        resolveParameters(template, input.Parameters ?? [], previous, (parameter) =>
          this.services.parameterStore.get(region, parameter),
        ),
      pseudoParameters: {
        'AWS::AccountId': this.environment.accountId,
        'AWS::NotificationARNs': [],
        'AWS::Partition': 'aws',
        'AWS::Region': region,
        'AWS::StackId': stack.id,
        'AWS::StackName': name,
        'AWS::URLSuffix': 'amazonaws.com',
      },
      importValue: (exportName) => this.exports.value(region, exportName),
      typeNamed: this.findType,
    });
  }

  /**
   * Whether deploying the processed template would change anything. A stack outside its stable state can always be retried. Nested
   * stacks count as changed, because their templates may have, unless `includeNestedStacks`.
   */
  public wouldChange(
    stack: Stack,
    processed: ProcessedTemplate,
    tags: readonly Tag[] = stack.tags,
    includeNestedStacks = false,
  ): boolean {
    const stable = stack.processed !== undefined && stack.stable === undefined && !stack.status.endsWith('_FAILED');
    const nested = [...processed.resources.values()].some(({ type }) => this.findType(type)?.nested);
    return (
      !stable ||
      (nested && !includeNestedStacks) ||
      !(stack.processed && sameTemplate(stack.processed, processed)) ||
      !isDeepStrictEqual(stack.tags, tags)
    );
  }

  /** Returns the template of a request: inline, from a URL, or the previous one. */
  public templateText(
    stack: Stack | undefined,
    { TemplateBody, TemplateURL, UsePreviousTemplate }: TemplateInput,
  ): string {
    if (TemplateBody) {
      if (Buffer.byteLength(TemplateBody) > MAX_TEMPLATE_BODY_BYTES) {
        throw validationError(
          `1 validation error detected: Value '${TemplateBody}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TEMPLATE_BODY_BYTES}`,
        );
      }
      return TemplateBody;
    }
    if (TemplateURL) {
      return this.download(TemplateURL);
    }
    if (UsePreviousTemplate === 'true' && stack?.processed) {
      return stack.processed.text;
    }
    throw validationError('Either Template URL or Template Body must be specified.');
  }

  /** Starts an operation that outlives the call. Resolves when the operation ends. */
  public begin(stack: Stack, run: (deployment: Deployment) => Promise<void>): Promise<void> {
    const deployment = new Deployment(this.contextOf(stack));
    const done = run(deployment)
      .catch((error: unknown) => {
        stack.setStatus(`${stack.status.split('_', 1)[0] ?? ''}_FAILED`, `The local AWS failed: ${String(error)}`);
        console.error(error);
      })
      .finally(() => this.deployments.get(stack)?.deployment === deployment && this.deployments.delete(stack));
    this.deployments.set(stack, { deployment, done });
    return done;
  }

  /** Cancels the running operation. If another one supersedes it, resolves only when the cancelled one has ended. */
  public async cancel(stack: Stack, superseded = false): Promise<void> {
    const running = this.deployments.get(stack);
    running?.deployment.cancel(superseded);
    if (superseded) {
      await running?.done;
    }
  }

  /** Path-style and virtual-hosted URLs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
  private download(templateUrl: string): string {
    if (!URL.canParse(templateUrl)) {
      throw validationError('TemplateURL must be a supported URL.');
    }
    const { hostname, pathname } = new URL(templateUrl);
    const path = decodeURIComponent(pathname.slice(1));
    const [, virtualHost] = /^(.+)\.s3[.-]/.exec(hostname) ?? [];
    const slash = path.indexOf('/');
    const [bucket, key] =
      virtualHost === undefined ? [path.slice(0, slash), path.slice(slash + 1)] : [virtualHost, path];
    return this.services.s3.object(bucket, key).toString('utf8');
  }
}
