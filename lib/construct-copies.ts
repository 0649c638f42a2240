import { Construct } from 'constructs';
import { isConstruct } from './shown-value';
import { constructsCopies } from './synth-failures';
import { refuse } from './validation-error';

/**
 * The scope, once it is known that a construct can be added to it: an app may have loaded another copy of the constructs package than
 * this library, and not all of their versions get along.
 */
export function checkedScope(scope: Construct): Construct {
  if (scope instanceof Construct || !isConstruct(scope)) return scope;
  const probe = 'cdk-on-demand-key-rotation';
  try {
    new Construct(scope, probe);
  } catch {
    refuse(scope, constructsCopies());
  }
  (scope as Construct).node.tryRemoveChild(probe);
  return scope;
}
