/**
 * What an app renders: its templates and messages, read back from the files of the cloud assembly.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Cdk } from './site';
import { type Decided, type Outcome, type Template, decide, outcomes } from './template';

export interface RenderedStack {
  readonly path: string;
  /** As the CDK writes it: `aws://account/region`. */
  readonly environment: string;
  readonly template: Template;
  /** Of a nested stack. */
  readonly parent?: { readonly path: string; readonly resource: string };
  /** The stacks that are deployed before it. */
  readonly dependencies: readonly string[];
}

export interface Message {
  readonly level: string;
  /** The construct that it is about. */
  readonly at: string;
  readonly text: string;
}

export function isWarningOrError({ level }: Message): boolean {
  return level === 'warning' || level === 'error';
}

/** A key as it is rendered. */
export interface RenderedKey {
  readonly path: string;
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly condition?: string;
  readonly construct: CfnResource;
}

export interface Rendered {
  readonly stacks: ReadonlyMap<string, RenderedStack>;
  readonly messages: readonly Message[];
  readonly keys: readonly RenderedKey[];
}

const KEY_TYPES = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'];

export function render(cdk: Cdk, app: App): Rendered {
  const assembly = app.synth();
  const constructs = app.node.findAll();
  const found = constructs.filter((construct): construct is Stack => cdk.Stack.isStack(construct));
  const artifacts = new Map(assembly.stacksRecursively.map((artifact) => [artifact.hierarchicalId, artifact]));
  const pathOfArtifact = new Map(
    found.filter((stack) => !stack.nestedStackParent).map((stack) => [artifactKey(cdk, stack), stack.node.path]),
  );
  const stacks = new Map(
    found.map((stack) => {
      const { node, nestedStackParent, nestedStackResource } = stack;
      const stage = cdk.Stage.of(stack);
      const directory = stage?.synth().directory ?? assembly.directory;
      const artifact = artifacts.get(node.path);
      return [
        node.path,
        {
          path: node.path,
          environment: stack.environment,
          template: JSON.parse(readFileSync(join(directory, stack.templateFile), 'utf8')) as Template,
          parent: nestedStackParent &&
            nestedStackResource && { path: nestedStackParent.node.path, resource: logicalId(nestedStackResource) },
          dependencies: (artifact?.dependencies ?? []).flatMap(
            ({ id }) => pathOfArtifact.get(`${stage?.node.path ?? ''}:${id}`) ?? [],
          ),
        } satisfies RenderedStack,
      ];
    }),
  );
  return {
    stacks,
    messages: [...artifacts.values()].flatMap(({ messages }) =>
      messages.map(({ level, id, entry }) => ({
        level,
        at: id.slice(1),
        text: typeof entry.data === 'string' ? entry.data : JSON.stringify(entry.data),
      })),
    ),
    keys: constructs.flatMap((construct) => renderedKey(cdk, stacks, construct)),
  };
}

function artifactKey(cdk: Cdk, stack: Stack): string {
  return `${cdk.Stage.of(stack)?.node.path ?? ''}:${stack.artifactId}`;
}

function renderedKey(cdk: Cdk, stacks: ReadonlyMap<string, RenderedStack>, construct: IConstruct): RenderedKey[] {
  if (!cdk.CfnResource.isCfnResource(construct)) return [];
  const stack = cdk.Stack.of(construct).node.path;
  const id = logicalId(construct);
  const resource = stacks.get(stack)?.template.Resources?.[id];
  if (!resource || !KEY_TYPES.includes(resource.Type)) return [];
  return [
    {
      path: construct.node.path,
      stack,
      id,
      type: resource.Type,
      properties: resource.Properties ?? {},
      condition: resource.Condition,
      construct,
    },
  ];
}

export function logicalId(resource: CfnResource): string {
  return String(resource.stack.resolve(resource.logicalId));
}

/** The whole app under one outcome of its conditions. */
export interface Deployment {
  readonly rendered: Rendered;
  readonly decided: ReadonlyMap<string, Decided>;
}

/** One deployment for each outcome of each stack's conditions, while all others are true. */
export function deployments(rendered: Rendered): Deployment[] {
  const allTrue = new Map([...rendered.stacks].map(([path, { template }]) => [path, decided(template, 0)]));
  const others = [...rendered.stacks].flatMap(([path, { template }]) =>
    outcomes(template)
      .slice(1)
      .map((outcome) => new Map([...allTrue, [path, decide(template, outcome)]])),
  );
  return [allTrue, ...others].map((all) => ({ rendered, decided: deployed(rendered, all) }));
}

/** Leaves out nested stacks that are not deployed. */
function deployed({ stacks }: Rendered, all: ReadonlyMap<string, Decided>): Deployment['decided'] {
  const isDeployed = (path: string): boolean => {
    const parent = stacks.get(path)?.parent;
    return !parent || (all.get(parent.path)?.resources.has(parent.resource) === true && isDeployed(parent.path));
  };
  return new Map([...all].filter(([path]) => isDeployed(path)));
}

function decided(template: Template, n: number): Decided {
  const outcome: Outcome | undefined = outcomes(template)[n];
  return decide(template, outcome ?? {});
}
