/**
 * The app that `cdk deploy` deploys here: a key and its rotation.
 *
 *     npx cdk deploy -c rotationToken=first
 *
 * Its context:
 * - `rotationToken`: change it to rotate.
 * - `keyArn`: an existing key, instead of one made here.
 * - `failingResource=true`: adds a resource that fails after the rotation, to watch the stack roll back.
 */
import { Annotations, App, CfnOutput, Duration, RemovalPolicy, Stack, Token, aws_kms as kms } from 'aws-cdk-lib';
import { OnDemandKeyRotation } from '../lib';

const app = new App();
const stack = new Stack(app, 'OnDemandKeyRotationExample');
const rotationToken = context('rotationToken');

if (rotationToken === undefined) {
  // An annotation rather than a throw, so that `cdk ls` and `cdk destroy` need no token.
  Annotations.of(stack).addError(
    'Which rotation? Say its token: cdk deploy -c rotationToken=first. A new token rotates the key.',
  );
} else {
  const rotation = rotate(rotationToken);
  if (context('failingResource') === 'true') failAfter(rotation);
}

function rotate(token: string): OnDemandKeyRotation {
  const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
    key: exampleKey(),
    rotationToken: token,
    rotateOnCreate: true,
  });
  new CfnOutput(stack, 'KeyArn', { value: rotation.keyArn });
  new CfnOutput(stack, 'Outcome', { value: rotation.outcome });
  new CfnOutput(stack, 'RotationDate', { value: rotation.rotationDate });
  new CfnOutput(stack, 'TokenUsedAt', { value: rotation.tokenUsedAt });
  new CfnOutput(stack, 'TokenUsedBy', { value: rotation.tokenUsedBy });
  new CfnOutput(stack, 'KeyMaterialId', { value: rotation.keyMaterialId });
  new CfnOutput(stack, 'RemainingRotations', { value: Token.asString(rotation.remainingRotations) });
  return rotation;
}

function exampleKey(): kms.IKey {
  const keyArn = context('keyArn');
  if (keyArn !== undefined) return kms.Key.fromKeyArn(stack, 'ExistingKey', keyArn);

  // For an example only: a key that protects data is retained, as it is by default.
  return new kms.Key(stack, 'Key', {
    description: 'Example of cdk-on-demand-key-rotation',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
}

/**
 * KMS keeps the names under alias/aws to itself. The alias waits for the rotation, whose attribute it takes.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
 */
function failAfter(rotation: OnDemandKeyRotation): void {
  new kms.CfnAlias(stack, 'FailingResource', { aliasName: 'alias/aws/reserved', targetKeyId: rotation.keyArn });
}

function context(name: string): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' ? value : undefined;
}
