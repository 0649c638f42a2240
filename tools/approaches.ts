/** Ways to rotate a key on demand from a CDK app: ours and the alternatives. */
import {
  CustomResource,
  Duration,
  aws_iam as iam,
  type aws_kms as kms,
  aws_lambda as lambda,
  custom_resources as customResources,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { OnDemandKeyRotation } from '../lib';

export interface Approach {
  readonly name: string;
  /** Declares that a key is rotated when the token changes. */
  rotate(scope: Construct, id: string, key: kms.IKey, token: string): void;
}

export const ours: Approach = {
  name: 'OnDemandKeyRotation',
  rotate(scope, id, key, rotationToken) {
    new OnDemandKeyRotation(scope, id, { key, rotationToken, rotateOnCreate: true });
  },
};

/** An SDK call in each deployment that changes it, without any code. */
export const awsCustomResource: Approach = {
  name: 'AwsCustomResource',
  rotate(scope, id, key, token) {
    const call: customResources.AwsSdkCall = {
      service: 'KMS',
      action: 'rotateKeyOnDemand',
      parameters: { KeyId: key.keyArn },
      physicalResourceId: customResources.PhysicalResourceId.of(token),
    };
    new customResources.AwsCustomResource(scope, id, {
      onCreate: call,
      onUpdate: call,
      policy: customResources.AwsCustomResourcePolicy.fromSdkCalls({ resources: [key.keyArn] }),
      // Installing the SDK at run time takes longer, and needs the network.
      installLatestAwsSdk: false,
    });
  },
};

/** The CDK's own way to wait: a function that starts and one that a state machine polls. Only for sizes: the functions are empty. */
export const providerFramework: Approach = {
  name: 'Provider with isComplete',
  rotate(scope, id, key, token) {
    const rotation = new Construct(scope, id);
    const handler = (name: string, ...actions: string[]) => {
      const fn = new lambda.Function(rotation, name, {
        runtime: lambda.determineLatestNodeRuntime(rotation),
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => ({});'),
        timeout: Duration.minutes(1),
      });
      fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [key.keyArn] }));
      return fn;
    };
    const provider = new customResources.Provider(rotation, 'Provider', {
      onEventHandler: handler('Start', 'kms:RotateKeyOnDemand'),
      isCompleteHandler: handler('IsComplete', 'kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListKeyRotations'),
    });
    new CustomResource(rotation, 'Resource', {
      serviceToken: provider.serviceToken,
      properties: { KeyArn: key.keyArn, Token: token },
    });
  },
};
