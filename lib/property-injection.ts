import { PropertyInjectors } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * The props as the nearest property injector for the class makes them, if there is one.
 *
 * By the public API rather than the CDK's own decorator: what that makes of a class hangs on the compiler, and it is no part of the API.
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
