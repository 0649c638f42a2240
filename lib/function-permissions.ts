/**
 * What Lambda wants to see allowed before it creates the function: to make network interfaces in its VPC, to send to its
 * dead-letter queue, and to send traces.
 */
import {
  AspectPriority,
  Aspects,
  CfnResource,
  type aws_iam as iam,
  type aws_lambda as lambda,
  type aws_sqs as sqs,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ProviderPermissions } from './provider-permissions';
import { deadLetterStatements, networkInterfaceStatement, tracingStatement } from './provider-policy';
import { renderedResource } from './rendered-resource';

export interface FunctionFeatures {
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly traced: boolean;
}

export function allowCreation(
  of: lambda.Function,
  permissions: ProviderPermissions,
  { deadLetterQueue, traced }: FunctionFeatures,
): void {
  const allow = (...statements: iam.PolicyStatement[]) => {
    permissions.allowFunction(of, statements);
  };
  if (traced) allow(tracingStatement());
  if (deadLetterQueue) allow(...deadLetterStatements(deadLetterQueue));
  // A property injector may have put the function into a VPC, and an Aspect may do so yet.
  let inVpc = of.isBoundToVpc;
  if (inVpc) allow(networkInterfaceStatement());
  const visit = (construct: IConstruct) => {
    if (inVpc || !isInVpc(construct)) return;
    inVpc = true;
    allow(networkInterfaceStatement());
  };
  Aspects.of(of).add({ visit }, { priority: AspectPriority.READONLY });
}

function isInVpc(construct: IConstruct): boolean {
  return CfnResource.isCfnResource(construct) && renderedResource(construct, [])?.properties.VpcConfig !== undefined;
}
