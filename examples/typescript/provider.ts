import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from 'cdk-on-demand-key-rotation';

const app = new App();
const stack = new Stack(app, 'Ledger');
const key = new kms.Key(stack, 'Key');
const vpc = new ec2.Vpc(stack, 'Vpc');

const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { vpc });
new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'incident-4711', provider });
