/**
 * What the invariants look at: what an app declared, and what it rendered.
 */
import { Order, step } from './order';
import { type Deployment, type Rendered, type RenderedKey, deployments, logicalId } from './rendered';
import { type Policy, policiesOf } from './roles';
import type { Site, SiteFleet, SiteRotation } from './site';
import { Values } from './values';

export const ROTATION = 'Custom::OnDemandKeyRotation';

/** A custom resource that rotates a key. */
export interface RenderedRotation {
  readonly at: string;
  readonly stack: string;
  readonly id: string;
  /** As `Values` writes it. */
  readonly keyArn: string;
  readonly token: string;
  readonly functionArn: string;
  /** The declaration; undefined for a fleet's rotation. */
  readonly single?: SiteRotation;
}

/** The app under one outcome of its conditions. */
export interface Scene {
  readonly deployment: Deployment;
  readonly order: Order;
  readonly values: Values;
  readonly policies: readonly Policy[];
  readonly rotations: readonly RenderedRotation[];
}

export interface Look {
  readonly site: Site;
  readonly rendered: Rendered;
  /** In the first scene, all conditions are true, so that every key exists. */
  readonly scenes: readonly [Scene, ...Scene[]];
}

export function lookAt(site: Site, rendered: Rendered): Look {
  const singles = singlesByStep(site);
  const [first, ...others] = deployments(rendered).map((deployment) => sceneOf(deployment, singles));
  if (!first) throw new Error('An app has at least one deployment');
  return { site, rendered, scenes: [first, ...others] };
}

function sceneOf(deployment: Deployment, singles: ReadonlyMap<string, SiteRotation>): Scene {
  const values = new Values(deployment);
  const rotations = [...deployment.decided].flatMap(([stack, { resources }]) =>
    [...resources].flatMap(([id, { type, properties }]): RenderedRotation[] => {
      if (type !== ROTATION) return [];
      const at = step(stack, id);
      return [
        {
          at,
          stack,
          id,
          keyArn: values.text(stack, properties.KeyArn),
          token: values.text(stack, properties.RotationToken),
          functionArn: values.text(stack, properties.ServiceToken),
          single: singles.get(at),
        },
      ];
    }),
  );
  return { deployment, order: new Order(deployment), values, policies: policiesOf(deployment, values), rotations };
}

function singlesByStep({ cdk, rotations }: Site): Map<string, SiteRotation> {
  return new Map(
    rotations.flatMap((rotation) =>
      (rotation.construct?.node.findAll() ?? []).flatMap((part): [string, SiteRotation][] =>
        cdk.CfnResource.isCfnResource(part) && part.cfnResourceType === ROTATION
          ? [[step(part.stack.node.path, logicalId(part)), rotation]]
          : [],
      ),
    ),
  );
}

/** The ARN of a declared key, as `Values` writes it. */
export function arnTextOf({ stack, id }: RenderedKey): string {
  return `<${step(stack, id)}.Arn>`;
}

/** Resolves the partition token in the ARN of a looked-up key. */
export function resolvedArn(arn: string): string {
  return arn.replace(/\$\{Token\[AWS\.Partition\.\d+\]\}/, 'aws');
}

export function covers({ onlyArns, scope }: SiteFleet, { construct }: RenderedKey): boolean {
  return !onlyArns && construct.node.scopes.includes(scope);
}

export function excludes({ excluded }: SiteFleet, { construct }: RenderedKey): boolean {
  return excluded.some((one) => ('plan' in one ? one.declaration === construct : construct.node.scopes.includes(one)));
}

/** Whether the template shows that KMS cannot rotate the key. */
export function isIneligible({ type, properties }: RenderedKey): boolean {
  const { KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT', Origin = 'AWS_KMS' } = properties;
  const isOther = (value: unknown, allowed: readonly string[]) => typeof value === 'string' && !allowed.includes(value);
  return (
    type === 'AWS::KMS::ReplicaKey' ||
    isOther(KeySpec, ['SYMMETRIC_DEFAULT']) ||
    isOther(KeyUsage, ['ENCRYPT_DECRYPT']) ||
    isOther(Origin, ['AWS_KMS', 'EXTERNAL'])
  );
}

/** A fleet skips such a key, which would fail the whole deployment. */
export function isDisabledOrExternal({ properties: { Enabled, Origin } }: RenderedKey): boolean {
  return Enabled === false || Enabled === 'false' || Origin === 'EXTERNAL';
}
