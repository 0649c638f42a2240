/**
 * Permissions that Lambda checks before it creates the function: to create network interfaces in its VPC, to send to its
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

/** By the property of the function that needs the statement. */
const STATEMENTS = { VpcConfig: networkInterfaceStatement, TracingConfig: tracingStatement };

type Feature = keyof typeof STATEMENTS;

/** @param queue the dead-letter queue that the provider was given; a property injector may have created another one, or a topic. */
export function allowCreation(
  of: lambda.Function,
  permissions: ProviderPermissions,
  queue: sqs.IQueue | undefined = of.deadLetterQueue,
): void {
  // Only the resource waits: the construct around it may contain the queue, to which the policy refers.
  const resource = of.node.defaultChild as lambda.CfnFunction;
  const pending = new Set(Object.keys(STATEMENTS) as Feature[]);
  const allow = (features: readonly Feature[]) => {
    const statements = features.filter((feature) => pending.delete(feature)).map((feature) => STATEMENTS[feature]());
    if (statements.length > 0) permissions.allowFunction(resource, statements);
  };
  if (queue) permissions.allowFunction(resource, deadLetterStatements(queue));
  else if (of.deadLetterTopic) permissions.allowFunction(resource, [deadLetterTopicStatement(of.deadLetterTopic)]);
  if (of.isBoundToVpc) allow(['VpcConfig']);
  if (resource.tracingConfig !== undefined) allow(['TracingConfig']);
  const visit = (construct: IConstruct) => {
    if (CfnResource.isCfnResource(construct)) allow(renderedFeatures(construct, [...pending]));
  };
  Aspects.of(of).add({ visit }, { priority: AspectPriority.READONLY });
}

/** The features that the function uses after other Aspects have changed it. */
function renderedFeatures(resource: CfnResource, features: readonly Feature[]): Feature[] {
  const { properties = {} } = renderedResource(resource, features) ?? {};
  return features.filter((feature) => properties[feature] !== undefined);
}
