import { type CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderedResource } from './rendered-resource';

/** A nested stack that exists only under a condition. */
export interface ConditionalStack {
  readonly path: string;
  readonly condition: string;
}

/** The outermost conditional nested stack that contains `construct` but not `from`; `from` must not refer into it. */
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

/** The construct's stack and the stacks around it, outermost first. */
function stacksAround(construct: IConstruct): Stack[] {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? [...stacksAround(stack.nestedStackParent), stack] : [stack];
}

function conditionOf(resource: CfnResource | undefined): string | undefined {
  return resource && renderedResource(resource, [])?.condition;
}
