import { ArnFormat, RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_logs as logs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider-props';
import { logGroupAnd } from './synth-failures';
import { refuse } from './validation-error';

/** The user's log group, or a new one. */
export function providerLogGroup(provider: Construct, props: OnDemandKeyRotationProviderProps): logs.ILogGroup {
  const { logGroup, logRetention, logEncryptionKey } = props;
  if (logGroup) {
    if (logRetention !== undefined || logEncryptionKey) {
      const given = logRetention === undefined ? 'logEncryptionKey' : 'logRetention';
      refuse(provider, logGroupAnd(given));
    }
    return logGroup;
  }
  if (logEncryptionKey) letCloudWatchLogsUse(logEncryptionKey, provider);
  return new logs.LogGroup(provider, 'LogGroup', {
    retention: logRetention ?? logs.RetentionDays.ONE_YEAR,
    encryptionKey: logEncryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * The log group's L2 does not change the key policy, and without this statement the log group cannot be created. It covers every log
 * group of the account and Region, because the name of this one is generated at deployment.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function letCloudWatchLogsUse(key: kms.IKey, provider: Construct): void {
  const stack = Stack.of(provider);
  const logGroups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
    }),
  );
}
