import type { CloudFormation, Operation, Properties, Resource } from './cloudformation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface DeploymentOptions {
  /** Another resource fails after this one succeeded. */
  readonly otherFails?: boolean;
  /** CloudFormation reuses the request ID if rollback is disabled. https://github.com/aws/aws-cdk/issues/35957 */
  readonly requestId?: string;
}

/**
 * Creates or updates a resource, and rolls its stack back on failure.
 *
 * @returns whether the resource has the properties now.
 */
export function* deploy(
  cfn: CloudFormation,
  resource: Resource,
  next: Properties,
  options: DeploymentOptions = {},
): Operation {
  return yield* resource.properties
    ? update(cfn, resource, resource.properties, next, options)
    : create(cfn, resource, next, options);
}

/** Deploys until it succeeds, as failures advise: again at once, after twenty minutes, and after more than an hour. */
export function* deployWithRetries(
  cfn: CloudFormation,
  resource: Resource,
  next: Properties,
  options: DeploymentOptions = {},
): Operation {
  for (const pause of [SECOND, 20 * MINUTE, 80 * MINUTE, 0]) {
    if (yield* deploy(cfn, resource, next, options)) return true;
    if (pause > 0) yield { pause };
  }
  return false;
}

function* create(cfn: CloudFormation, resource: Resource, next: Properties, options: DeploymentOptions): Operation {
  const request = cfn.send(resource, 'Create', next, options);
  yield { requests: [request] };
  // CloudFormation invents the physical ID in the Delete of a Create that was not answered.
  // https://github.com/aws/aws-cdk/issues/26139
  resource.physicalId = request.response?.PhysicalResourceId ?? `${resource.stack}-${resource.logicalId}-INVENTED`;
  resource.properties = next;
  if (request.outcome === 'SUCCESS' && options.otherFails !== true) return true;
  yield* remove(cfn, resource);
  return false;
}

function* update(
  cfn: CloudFormation,
  resource: Resource,
  last: Properties,
  next: Properties,
  options: DeploymentOptions,
): Operation {
  const forward = cfn.send(resource, 'Update', next, { ...options, old: last });
  yield { requests: [forward] };
  if (forward.outcome === 'SUCCESS' && options.otherFails !== true) {
    resource.properties = next;
    return true;
  }
  // The first attempt is the rollback itself, the others are ContinueUpdateRollback.
  for (let n = 0; n < 3; n++) {
    const back = cfn.send(resource, 'Update', last, { ...options, old: next, isRollback: true });
    yield { requests: [back] };
    if (back.outcome === 'SUCCESS') break;
    yield { pause: 5 * MINUTE };
  }
  return false;
}

/** Removes a resource from its stack. */
export function* remove(cfn: CloudFormation, resource: Resource): Operation {
  const { properties } = resource;
  if (!properties) return true;
  yield { requests: [cfn.send(resource, 'Delete', properties)] };
  delete resource.properties;
  delete resource.physicalId;
  return true;
}
