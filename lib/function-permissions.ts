/**
 * What Lambda wants to see allowed before it creates the function: to make network interfaces in its VPC, to send to its
 * dead-letter queue, and to send traces.
 */
import { AspectPriority, Aspects, CfnResource, type aws_lambda as lambda, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ProviderPermissions } from './provider-permissions';
import { deadLetterStatements, networkInterfaceStatement, tracingStatement } from './provider-policy';
import { renderedResource } from './rendered-resource';

/** By the properties of the function for which they are needed. */
const STATEMENTS = { VpcConfig: networkInterfaceStatement, TracingConfig: tracingStatement };

type Feature = keyof typeof STATEMENTS;

export interface FunctionFeatures {
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly traced: boolean;
}

export function allowCreation(
  of: lambda.Function,
  permissions: ProviderPermissions,
  { deadLetterQueue, traced }: FunctionFeatures,
): void {
  const open = new Set(Object.keys(STATEMENTS) as Feature[]);
  const allow = (features: readonly Feature[]) => {
    const statements = features.filter((feature) => open.delete(feature)).map((feature) => STATEMENTS[feature]());
    if (statements.length > 0) permissions.allowFunction(of, statements);
  };
  if (deadLetterQueue) permissions.allowFunction(of, deadLetterStatements(deadLetterQueue));
  if (traced) allow(['TracingConfig']);
  // By its props, or by a property injector.
  if (of.isBoundToVpc) allow(['VpcConfig']);
  const visit = (construct: IConstruct) => {
    if (CfnResource.isCfnResource(construct)) allow(renderedFeatures(construct, [...open]));
  };
  Aspects.of(of).add({ visit }, { priority: AspectPriority.READONLY });
}

/** What other Aspects have made of the function. */
function renderedFeatures(resource: CfnResource, asked: readonly Feature[]): Feature[] {
  const { properties = {} } = renderedResource(resource, asked) ?? {};
  return asked.filter((feature) => properties[feature] !== undefined);
}
