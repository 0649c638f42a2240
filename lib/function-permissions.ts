/**
 * What Lambda wants to see allowed before it creates the function: to make network interfaces in its VPC, to send to its
 * dead-letter queue, and to send traces.
 */
import { AspectPriority, Aspects, CfnResource, type aws_lambda as lambda, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ProviderPermissions } from './provider-permissions';
import {
  deadLetterStatements,
  deadLetterTopicStatement,
  networkInterfaceStatement,
  tracingStatement,
} from './provider-policy';
import { renderedResource } from './rendered-resource';

/** By the properties of the function for which they are needed. */
const STATEMENTS = { VpcConfig: networkInterfaceStatement, TracingConfig: tracingStatement };

type Feature = keyof typeof STATEMENTS;

/** @param queue the dead-letter queue that the provider was given; a property injector may have made another, or a topic. */
export function allowCreation(
  of: lambda.Function,
  permissions: ProviderPermissions,
  queue: sqs.IQueue | undefined = of.deadLetterQueue,
): void {
  // The resource alone is to wait: a queue that is made with the function is in the construct around it.
  const resource = of.node.defaultChild as lambda.CfnFunction;
  const open = new Set(Object.keys(STATEMENTS) as Feature[]);
  const allow = (features: readonly Feature[]) => {
    const statements = features.filter((feature) => open.delete(feature)).map((feature) => STATEMENTS[feature]());
    if (statements.length > 0) permissions.allowFunction(resource, statements);
  };
  if (queue) permissions.allowFunction(resource, deadLetterStatements(queue));
  else if (of.deadLetterTopic) permissions.allowFunction(resource, [deadLetterTopicStatement(of.deadLetterTopic)]);
  if (of.isBoundToVpc) allow(['VpcConfig']);
  if (resource.tracingConfig !== undefined) allow(['TracingConfig']);
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
