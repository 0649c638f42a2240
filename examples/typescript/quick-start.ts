import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OnDemandKeyRotation } from 'cdk-on-demand-key-rotation';

const app = new App();
const stack = new Stack(app, 'Payments');
const key = new kms.Key(stack, 'Key');

const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
  key, // made here, or imported by its ARN
  rotationToken: 'incident-4711', // change it to rotate
  rotateOnCreate: true, // false: the first deployment only records the token
});
new CfnOutput(stack, 'Outcome', { value: rotation.outcome });
