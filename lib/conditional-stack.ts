import { type CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderedResource } from './rendered-resource';

/** A nested stack that exists under a condition only. */
export interface ConditionalStack {
  readonly path: string;
  readonly condition: string;
}

/** The outermost nested stack under a condition that a construct is in, and another is not, so that it cannot rely on the first. */
export function conditionalStack(construct: IConstruct, from: IConstruct): ConditionalStack | undefined {
  const around = stacksAround(from);
  return stacksAround(construct)
    .filter((stack) => !around.includes(stack))
    .flatMap((stack): ConditionalStack[] => {
      const condition = conditionOf(stack.nestedStackResource);
      return condition === undefined ? [] : [{ path: stack.node.path, condition }];
    })
    .at(0);
}

/** Its stack and those that this is nested in, from the outermost. */
function stacksAround(construct: IConstruct): Stack[] {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? [...stacksAround(stack.nestedStackParent), stack] : [stack];
}

function conditionOf(resource: CfnResource | undefined): string | undefined {
  return resource && renderedResource(resource, [])?.condition;
}
