import { CfnOutput, type Stack, aws_kms as kms } from 'aws-cdk-lib';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider, type OnDemandKeyRotationProps } from '../../../lib';
import type { Build, Deployed } from '../deployer';
import type { TestKey } from '../stage';

interface Rotating extends Partial<Omit<OnDemandKeyRotationProps, 'key' | 'rotationToken'>> {
  readonly key: TestKey;
  readonly token: string;
  /** The construct's ID; `Rotation` otherwise. */
  readonly id?: string;
  /** Adds a resource that fails after the rotation. */
  readonly withFailingNeighbour?: boolean;
}

/** A stack that rotates an existing key, which outlives the stack. */
export function rotating(options: Rotating): Build {
  return (stack) => {
    addRotation(stack, options);
  };
}

export function addRotation(
  stack: Stack,
  { key, token, id = 'Rotation', withFailingNeighbour = false, ...props }: Rotating,
): OnDemandKeyRotation {
  const rotation = new OnDemandKeyRotation(stack, id, {
    key: kms.Key.fromKeyArn(stack, `Key${id}`, key.arn),
    rotationToken: token,
    ...props,
  });
  if (withFailingNeighbour) failAfter(stack, rotation);
  new CfnOutput(stack, `Outcome${id}`, { value: rotation.outcome });
  new CfnOutput(stack, `Material${id}`, { value: rotation.keyMaterialId });
  return rotation;
}

/** Adds an output with the function's name. */
export function outputFunctionName(stack: Stack): void {
  new CfnOutput(stack, 'FunctionName', {
    value: OnDemandKeyRotationProvider.getOrCreate(stack).function.functionName,
  });
}

/**
 * KMS reserves names under alias/aws. The alias waits for the rotation, because it refers to an attribute of it.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
 */
function failAfter(stack: Stack, rotation: OnDemandKeyRotation): void {
  new kms.CfnAlias(stack, 'FailingNeighbour', { aliasName: 'alias/aws/reserved', targetKeyId: rotation.keyArn });
}

/** An output of the deployment's only stack. */
export function outputOf({ outputs }: Deployed, name: string): string {
  return (
    Object.values(outputs)
      .map((stack) => stack[name])
      .find((value) => value !== undefined) ?? ''
  );
}
