/**
 * What Lambda wants to see allowed before it creates the function: to make network interfaces in its VPC, and to send to its
 * dead-letter queue.
 */
import { AspectPriority, Aspects, CfnResource, type aws_lambda as lambda, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ProviderPermissions } from './provider-permissions';
import { deadLetterStatements, networkInterfaceStatement } from './provider-policy';
import { renderedResource } from './rendered-resource';

export function allowCreation(
  of: lambda.Function,
  permissions: ProviderPermissions,
  deadLetterQueue: sqs.IQueue | undefined,
): void {
  let inVpc = of.isBoundToVpc;
  const allowNetworkInterfaces = () => {
    permissions.allowFunction(of, [networkInterfaceStatement()]);
  };
  if (deadLetterQueue) permissions.allowFunction(of, deadLetterStatements(deadLetterQueue));
  if (inVpc) allowNetworkInterfaces();
  // An Aspect of the user's may put it into a VPC yet.
  const visit = (construct: IConstruct) => {
    if (inVpc || !isInVpc(construct)) return;
    inVpc = true;
    allowNetworkInterfaces();
  };
  Aspects.of(of).add({ visit }, { priority: AspectPriority.READONLY });
}

function isInVpc(construct: IConstruct): boolean {
  return CfnResource.isCfnResource(construct) && renderedResource(construct, [])?.properties.VpcConfig !== undefined;
}
