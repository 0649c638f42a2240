/**
 * Three ways to rotate: one key, keys through a provider of your own, and all keys of a stack.
 *
 *     npx cdk synth
 */
import { App, CfnOutput, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { OnDemandKeyRotation, OnDemandKeyRotationFleet, OnDemandKeyRotationProvider } from 'cdk-on-demand-key-rotation';
import type { Construct } from 'constructs';

/** Names one rotation. Write a new one to rotate. */
const ROTATION_TOKEN = 'incident-4711';

/** One key: every option, what is known after the rotation, and who is told of it. */
class InvoicesStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });

    const rotation = new OnDemandKeyRotation(this, 'Rotation', {
      key,
      rotationToken: ROTATION_TOKEN,
      rotateOnCreate: false,
      completionTimeout: Duration.minutes(5),
      reservedRotations: 10,
    });
    rotation.onKeyRotated('Rotated', { target: new targets.SnsTopic(new sns.Topic(this, 'Topic')) });
    rotation.metricFailures().createAlarm(this, 'Failures', { threshold: 1, evaluationPeriods: 1 });

    new CfnOutput(this, 'KeyArn', { value: rotation.keyArn });
    new CfnOutput(this, 'RotationDate', { value: rotation.rotationDate });
    new CfnOutput(this, 'KeyMaterialId', { value: rotation.keyMaterialId });
    new CfnOutput(this, 'RemainingRotations', { value: Token.asString(rotation.remainingRotations) });
  }
}

/** A provider with its own role, network, logs and queue, and the two keys that it rotates. */
class LedgerStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc });

    const provider = new OnDemandKeyRotationProvider(this, 'Provider', {
      role: new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [securityGroup],
      httpsProxy: 'http://proxy.example.com:3128',
      noProxy: ['.amazonaws.com'],
      logGroup: new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.TWO_YEARS }),
      applicationLogLevel: lambda.ApplicationLogLevel.DEBUG,
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      tracing: lambda.Tracing.ACTIVE,
      environmentEncryption: new kms.Key(this, 'EnvironmentKey'),
      reservedConcurrentExecutions: 5,
      deadLetterQueue: new sqs.Queue(this, 'Unanswered', { enforceSSL: true }),
    });

    new OnDemandKeyRotation(this, 'Rotation', {
      key: new kms.Key(this, 'Key'),
      rotationToken: ROTATION_TOKEN,
      rotateOnCreate: true,
      provider,
    });
    new OnDemandKeyRotation(this, 'ImportedRotation', {
      key: kms.Key.fromKeyArn(
        this,
        'Imported',
        this.formatArn({
          service: 'kms',
          resource: 'key',
          resourceName: '1234abcd-12ab-34cd-56ef-1234567890ab',
        }),
      ),
      rotationToken: ROTATION_TOKEN,
      provider,
    });
  }
}

/** All keys of a stack but one, and two from elsewhere. */
class ArchiveStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { env: { account: '111122223333', region: 'eu-central-1' } });
    new kms.Key(this, 'Documents');
    new kms.Key(this, 'Pictures');
    const retired = new kms.Key(this, 'Retired');

    const fleet = new OnDemandKeyRotationFleet(this, 'Fleet', {
      rotationToken: ROTATION_TOKEN,
      rotateOnCreate: true,
      completionTimeout: Duration.minutes(13),
      reservedRotations: 3,
      exclude: [retired],
      keyArns: ['arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
      namedKeyArns: { orders: Fn.importValue('OrdersKeyArn') },
      providerProps: { logRetention: logs.RetentionDays.SIX_MONTHS },
    });
    fleet.onKeyRotated('Rotated', { target: new targets.SnsTopic(new sns.Topic(this, 'Topic')) });
  }
}

const app = new App();
new InvoicesStack(app, 'Invoices');
new LedgerStack(app, 'Ledger');
new ArchiveStack(app, 'Archive');
