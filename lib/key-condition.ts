/**
 * A key may exist only under a condition. Its rotation takes over the condition, and unconditional resources must not refer to the key
 * if the condition is false: CloudFormation stops with "Unresolved resource dependencies".
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
 */
import { type CfnResource, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { renderedKey } from './key-declaration';
import type { RotatableKey } from './rotatable-key';

/** Gives a resource of the key's stack the key's condition, unless it has one of its own. */
export function takeOverCondition(resource: CfnResource, key: RotatableKey): void {
  const { declaration } = key;
  if (!declaration) return;
  resource.addOverride(
    'Condition',
    Lazy.uncachedString({
      produce: () => resource.cfnOptions.condition?.logicalId ?? renderedKey(declaration)?.condition,
    }),
  );
}

/** The key's ARN, for unconditional resources. If the key does not exist, it is an ARN that no key has. */
export function arnWhereItExists({ arn, declaration }: RotatableKey): string {
  if (!declaration) return arn;
  return Lazy.uncachedString({
    produce: () => {
      const condition = renderedKey(declaration)?.condition;
      if (condition === undefined) return arn;
      const none = Stack.of(declaration).formatArn({ service: 'kms', resource: 'key', resourceName: 'none' });
      return Fn.conditionIf(condition, arn, none).toString();
    },
  });
}
