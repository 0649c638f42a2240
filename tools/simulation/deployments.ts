import type { CloudFormation, Operation, Properties, Resource } from './cloudformation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What makes one deployment different from another. */
export interface Circumstances {
  /** Another resource fails after this one succeeded. */
  readonly otherFails?: boolean;
  /** Every request bears the same ID, as where rollback is disabled. https://github.com/aws/aws-cdk/issues/35957 */
  readonly requestId?: string;
}

/**
 * Creates or updates a resource. If that fails, the stack goes back.
 *
 * @returns whether the resource has the properties now.
 */
export function* deploy(cfn: CloudFormation, resource: Resource, next: Properties, how: Circumstances = {}): Operation {
  return yield* resource.properties
    ? update(cfn, resource, resource.properties, next, how)
    : create(cfn, resource, next, how);
}

/** Deploys until it works, as somebody does who was told to deploy again: at once, after twenty minutes, and after more than an hour. */
export function* insist(cfn: CloudFormation, resource: Resource, next: Properties, how: Circumstances = {}): Operation {
  for (const pause of [SECOND, 20 * MINUTE, 80 * MINUTE, 0]) {
    if (yield* deploy(cfn, resource, next, how)) return true;
    if (pause > 0) yield { pause };
  }
  return false;
}

function* create(cfn: CloudFormation, resource: Resource, next: Properties, how: Circumstances): Operation {
  const request = cfn.send(resource, 'Create', next, how);
  yield { requests: [request] };
  // While a Create runs, or where it was never answered, CloudFormation invents an ID for its Delete.
  // https://github.com/aws/aws-cdk/issues/26139
  resource.physicalId = request.response?.PhysicalResourceId ?? `${resource.stack}-${resource.logicalId}-INVENTED`;
  resource.properties = next;
  if (request.outcome === 'SUCCESS' && how.otherFails !== true) return true;
  yield* remove(cfn, resource);
  return false;
}

function* update(
  cfn: CloudFormation,
  resource: Resource,
  last: Properties,
  next: Properties,
  how: Circumstances,
): Operation {
  const forward = cfn.send(resource, 'Update', next, { ...how, old: last });
  yield { requests: [forward] };
  if (forward.outcome === 'SUCCESS' && how.otherFails !== true) {
    resource.properties = next;
    return true;
  }
  // The first two after the rollback itself are those of ContinueUpdateRollback.
  for (let n = 0; n < 3; n++) {
    const back = cfn.send(resource, 'Update', last, { ...how, old: next, isRollback: true });
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
