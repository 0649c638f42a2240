/**
 * What surrounds a construct of an app, and what the CDK allows there.
 */
import type { Stack, aws_ec2 as ec2 } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { Cdk, Site } from './site';

/** The stack around a scope, within the nearest stage. */
export function stackAround(cdk: Cdk, scope: IConstruct): Stack | undefined {
  const nearest = [...scope.node.scopes].reverse().find((one) => cdk.Stack.isStack(one) || cdk.Stage.isStage(one));
  return nearest !== undefined && cdk.Stack.isStack(nearest) ? nearest : undefined;
}

export function takesAssets(cdk: Cdk, stack: Stack): boolean {
  if (isProduct(cdk, stack)) return hasBucket(stack);
  return !(stack.synthesizer instanceof cdk.BootstraplessSynthesizer);
}

export function isProduct(cdk: Cdk, stack: Stack): boolean {
  return stack instanceof cdk.aws_servicecatalog.ProductStack;
}

/** The product that a stack is, or is nested in. */
export function productAround(cdk: Cdk, stack: Stack): Stack | undefined {
  if (stack.nestedStackParent) return productAround(cdk, stack.nestedStackParent);
  return isProduct(cdk, stack) ? stack : undefined;
}

function hasBucket(product: Stack): boolean {
  return product.node.id.startsWith(PRODUCT_WITH_ASSETS);
}

/** The ID prefix of products with an asset bucket. */
export const PRODUCT_WITH_ASSETS = 'ProductWithAssets';

/** Whether the CDK lets something in a stack refer to a construct: not across stages, environments, or the border of a product. */
export function canRefer(cdk: Cdk, from: Stack, to: IConstruct): boolean {
  const other = cdk.Stack.of(to);
  if (from === other) return true;
  return (
    cdk.Stage.of(from) === cdk.Stage.of(other) &&
    from.environment === other.environment &&
    productAround(cdk, from) === productAround(cdk, other)
  );
}

/** Whether something in a stack may rely on a construct: it can refer to it, and no condition can remove it. */
export function canRely(site: Site, from: Stack, to: IConstruct): boolean {
  const around = stacksAround(from);
  const isCertain = stacksAround(site.cdk.Stack.of(to)).every(
    (stack) => around.includes(stack) || !site.conditionalStacks.has(stack),
  );
  return isCertain && canRefer(site.cdk, from, to);
}

function stacksAround(stack: Stack): Stack[] {
  return [stack, ...(stack.nestedStackParent ? stacksAround(stack.nestedStackParent) : [])];
}

export function importedVpc(cdk: Cdk, scope: Construct, id: string): ec2.IVpc {
  return cdk.aws_ec2.Vpc.fromVpcAttributes(scope, id, {
    vpcId: 'vpc-12345678',
    availabilityZones: ['eu-central-1a'],
    privateSubnetIds: ['subnet-12345678'],
  });
}
