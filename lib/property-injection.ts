import { PropertyInjectors } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Applies the nearest property injector for the class, if there is one.
 *
 * Uses the public API instead of the CDK's decorator: the decorator depends on the compiler and is not public API.
 */
export function injectedProps<Props>(uniqueId: string, props: Props, scope: Construct, id: string): Props {
  const nearest = [...scope.node.scopes]
    .reverse()
    .filter((construct) => PropertyInjectors.hasPropertyInjectors(construct))
    .map((construct) => PropertyInjectors.of(construct).for(uniqueId))
    .find((injector) => injector !== undefined);
  // An injector takes and returns `any`.
  return nearest === undefined ? props : (nearest.inject(props, { scope, id }) as Props);
}
