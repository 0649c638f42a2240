/**
 * An app as users write it: a rotation in each partition, in an environment-agnostic stack, in a nested stack and in a stage. Compiled and
 * run where the package is installed.
 *
 *     node everywhere.js <cloud assembly directory> <feature flags: defaults or all>
 */
import { App, CfnOutput, NestedStack, Stack, type StackProps, Stage, aws_kms as kms } from 'aws-cdk-lib';
import { FLAGS } from 'aws-cdk-lib/cx-api';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from 'cdk-on-demand-key-rotation';
import type { Construct } from 'constructs';

const [outdir, flags] = process.argv.slice(2);
const app = new App({ outdir, context: flags === 'all' ? allFeatureFlags() : {} });
const account = '111122223333';

rotateIn(new Stack(app, 'Commercial', { env: { account, region: 'eu-central-1' } }));
rotateIn(new Stack(app, 'China', { env: { account, region: 'cn-north-1' } }));
rotateIn(new Stack(app, 'GovCloud', { env: { account, region: 'us-gov-west-1' } }));
rotateIn(new Stack(app, 'Anywhere'));
rotateIn(new NestedStack(new Stack(app, 'Parent'), 'Nested'));
rotateIn(new Stack(new Stage(app, 'Production', { env: { account, region: 'eu-central-1' } }), 'Staged'));
withOwnProvider(app, 'Configured', { env: { account, region: 'eu-central-1' } });

app.synth();

function rotateIn(stack: Stack): void {
  const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
    key: new kms.Key(stack, 'Key'),
    rotationToken: 'first',
    rotateOnCreate: true,
  });
  new CfnOutput(stack, 'Material', { value: rotation.keyMaterialId });
}

function withOwnProvider(scope: Construct, id: string, props: StackProps): void {
  const stack = new Stack(scope, id, props);
  new OnDemandKeyRotation(stack, 'Rotation', {
    key: kms.Key.fromKeyArn(
      stack,
      'Key',
      `arn:aws:kms:eu-central-1:${account}:key/0987dcba-09fe-87dc-65ba-ab0987654321`,
    ),
    rotationToken: 'first',
    provider: new OnDemandKeyRotationProvider(stack, 'Provider'),
  });
}

/** The CDK refuses flags that exist only in version 1. */
function allFeatureFlags(): Record<string, unknown> {
  const known = Object.entries(FLAGS).filter(([, flag]) => flag.introducedIn.v2 !== undefined);
  return Object.fromEntries(known.map(([name, flag]) => [name, flag.recommendedValue] as const));
}
