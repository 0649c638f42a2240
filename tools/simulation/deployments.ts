import type { CloudFormationModel, Deployment, Properties, Resource } from './cloudformation-model';

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
export function* deploy(
  cfn: CloudFormationModel,
  resource: Resource,
  next: Properties,
  how: Circumstances = {},
): Deployment {
  return yield* resource.properties
    ? update(cfn, resource, resource.properties, next, how)
    : create(cfn, resource, next, how);
}

/** Deploys until it works, as somebody does who was told to deploy again: at once, after twenty minutes, and after more than an hour. */
export function* insist(
  cfn: CloudFormationModel,
  resource: Resource,
  next: Properties,
  how: Circumstances = {},
): Deployment {
  for (const pause of [SECOND, 20 * MINUTE, 80 * MINUTE, 0]) {
    if (yield* deploy(cfn, resource, next, how)) return true;
    if (pause > 0) yield { pause };
  }
  return false;
}

function* create(cfn: CloudFormationModel, resource: Resource, next: Properties, how: Circumstances): Deployment {
  const request = cfn.send(resource, 'Create', next, how);
  yield { request };
  // While a Create runs, or where it was never answered, CloudFormation invents an ID for its Delete.
  // https://github.com/aws/aws-cdk/issues/26139
  resource.physicalId = request.answer?.PhysicalResourceId ?? `${resource.stack}-${resource.logicalId}-INVENTED`;
  resource.properties = next;
  if (request.outcome === 'SUCCESS' && how.otherFails !== true) return true;
  yield* remove(cfn, resource);
  return false;
}

function* update(
  cfn: CloudFormationModel,
  resource: Resource,
  last: Properties,
  next: Properties,
  how: Circumstances,
): Deployment {
  const forward = cfn.send(resource, 'Update', next, { ...how, old: last });
  yield { request: forward };
  if (forward.outcome === 'SUCCESS' && how.otherFails !== true) {
    resource.properties = next;
    return true;
  }
  // The first two after the rollback itself are those of ContinueUpdateRollback.
  for (let n = 0; n < 3; n++) {
    const back = cfn.send(resource, 'Update', last, { ...how, old: next, isRollback: true });
    yield { request: back };
    if (back.outcome === 'SUCCESS') break;
    yield { pause: 5 * MINUTE };
  }
  return false;
}

/** Removes a resource from its stack. */
export function* remove(cfn: CloudFormationModel, resource: Resource): Deployment {
  const { properties } = resource;
  if (!properties) return true;
  const request = cfn.send(resource, 'Delete', properties);
  yield { request };
  delete resource.properties;
  delete resource.physicalId;
  return true;
}
