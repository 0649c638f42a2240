import { Construct } from 'constructs';
import { isConstruct } from './shown-value';
import { constructsCopies } from './synth-failures';
import { refuse } from './validation-error';

/**
 * Returns the scope after checking that a construct can be added to it: the app may have loaded another copy of the constructs package
 * than this library, and some versions are incompatible.
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
