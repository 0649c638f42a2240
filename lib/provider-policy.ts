/**
 * The function's permissions, statement by statement. All are identity statements: a grant on the key would change the policies of some
 * keys, have no effect on others, and create cycles between stacks.
 */
import {
  type Stack,
  Token,
  aws_iam as iam,
  type aws_logs as logs,
  type aws_sns as sns,
  type aws_sqs as sqs,
} from 'aws-cdk-lib';
import { KMS_ACTIONS, LEDGER_ACTIONS, LEDGER_PATH } from './protocol';

/**
 * Lets the function rotate keys.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
 */
export function keyStatement(keyArns: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: KMS_ACTIONS, resources: keyArns });
}

/**
 * Lets the function read and append to the ledgers of a Region.
 *
 * It covers the ledgers of all keys, including keys that an update has just removed from the stack, so that a rollback never lacks the
 * permission.
 */
export function ledgerStatement(stack: Stack, region: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: LEDGER_ACTIONS, resources: [ledgerArn(stack, region)] });
}

/**
 * Forbids the function, in every Region, to overwrite a record of a ledger, whatever else its role may do.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
 */
export function ledgerSealStatement(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: ['ssm:PutParameter'],
    resources: [ledgerArn(stack, '*')],
    conditions: { StringEquals: { 'ssm:Overwrite': 'true' } },
  });
}

/** If the Region is known only at deployment, the ARN covers all Regions. */
export function ledgerArn(stack: Stack, region: string): string {
  return stack.formatArn({
    service: 'ssm',
    region: Token.isUnresolved(region) && region !== stack.region ? '*' : region,
    resource: 'parameter',
    resourceName: `${LEDGER_PATH.slice(1)}/*`,
  });
}

/** Lets the function write to its log group, but not create log groups. */
export function logStatement(logGroup: logs.ILogGroup): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}

/**
 * Lets Lambda connect the function to a VPC. These actions do not support narrower resources.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function networkInterfaceStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}

/**
 * Lets the function send traces. These actions do not support narrower resources.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export function tracingStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] });
}

/**
 * Lets Lambda send requests that it has given up on to a queue.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function deadLetterStatements(queue: sqs.IQueue): iam.PolicyStatement[] {
  const statements = [new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] })];
  const key = queue.encryptionMasterKey;
  if (key)
    statements.push(
      new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
    );
  return statements;
}

/** Lets Lambda send requests that it has given up on to a topic. */
export function deadLetterTopicStatement(topic: sns.ITopic): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] });
}
