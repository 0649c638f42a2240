import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OnDemandKeyRotationFleet } from 'cdk-on-demand-key-rotation';

const app = new App();
const stack = new Stack(app, 'Archive');
new kms.Key(stack, 'Documents');
new kms.Key(stack, 'Pictures');

new OnDemandKeyRotationFleet(stack, 'Fleet', {
  rotationToken: 'incident-4711', // change it to rotate both keys
});
