import { App, CfnOutput, NestedStack, Stack, aws_kms as kms, aws_ssm as ssm } from 'aws-cdk-lib';
import { OnDemandKeyRotation } from '../../../lib';

const ENVIRONMENT = { account: '111122223333', region: 'eu-central-1' };

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Keys', { env: ENVIRONMENT });
});

function rotationIn(scope: Stack): OnDemandKeyRotation {
  const key = new kms.Key(scope, 'Key');
  return new OnDemandKeyRotation(scope, 'Rotation', { key, rotationToken: 'x', rotateOnCreate: true });
}

function read(scope: Stack, value: string): void {
  new ssm.StringParameter(scope, 'Reader', { stringValue: value });
}

describe('an attribute that changes with the token stops synthesis', () => {
  test.each<[string, (rotation: OnDemandKeyRotation) => string, string]>([
    ['the date', ({ rotationDate }) => rotationDate, 'RotationDate'],
    ['the material', ({ keyMaterialId }) => keyMaterialId, 'KeyMaterialId'],
    ['the number of rotations left', ({ remainingRotations }) => `${remainingRotations} left`, 'RemainingRotations'],
  ])('as %s in another stack', (_, valueOf, attribute) => {
    read(new Stack(app, 'Audit', { env: ENVIRONMENT }), valueOf(rotationIn(stack)));
    expect(() => app.synth()).toThrow(
      `[ChangingExport] NOT ROTATED. Keys/Rotation: ${attribute} is exported by Keys/Exports/`,
    );
  });

  test('as an export by name', () => {
    new CfnOutput(stack, 'Date', { value: rotationIn(stack).rotationDate, exportName: 'Date' });
    expect(() => app.synth()).toThrow(
      'Keys/Rotation: RotationDate is exported by Keys/Date, and changes with each rotation token.',
    );
  });

  test('from a nested stack, if its parent exports it', () => {
    read(new Stack(app, 'Audit', { env: ENVIRONMENT }), rotationIn(new NestedStack(stack, 'Nested')).rotationDate);
    expect(() => app.synth()).toThrow('Keys/Nested/Rotation: RotationDate is exported by Keys/Exports/');
  });

  test('in another Region', () => {
    const reader = new Stack(app, 'Audit', {
      env: { ...ENVIRONMENT, region: 'us-east-1' },
      crossRegionReferences: true,
    });
    read(reader, rotationIn(stack).rotationDate);
    expect(() => app.synth()).toThrow('Keys/Rotation: RotationDate is exported by Keys/ExportsWriteruseast1');
  });
});

describe('synthesis accepts', () => {
  test.each<[string, () => void]>([
    [
      'the ARN of the key in another stack',
      () => {
        read(new Stack(app, 'Audit', { env: ENVIRONMENT }), rotationIn(stack).keyArn);
      },
    ],
    [
      'an output that is not an export',
      () => {
        new CfnOutput(stack, 'Date', { value: rotationIn(stack).rotationDate });
      },
    ],
    [
      "a nested stack's attribute in the stack around it",
      () => {
        read(stack, rotationIn(new NestedStack(stack, 'Nested')).rotationDate);
      },
    ],
    [
      'an attribute in a nested stack',
      () => {
        read(new NestedStack(stack, 'Nested'), rotationIn(stack).rotationDate);
      },
    ],
    [
      'a weak reference',
      () => {
        app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
        stack = new Stack(app, 'Keys', { env: ENVIRONMENT });
        read(new Stack(app, 'Audit', { env: ENVIRONMENT }), rotationIn(stack).rotationDate);
      },
    ],
  ])('%s', (_, declare) => {
    declare();
    expect(() => app.synth()).not.toThrow();
  });
});
