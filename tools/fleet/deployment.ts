import type { CloudFormation, Operation, Properties, Request, Resource } from '../simulation/cloudformation';
import type { VirtualClock } from '../simulation/virtual-clock';

export interface Deployment {
  readonly status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_FAILED';
  /** From the first request to the last response that decided, in milliseconds. */
  readonly duration: number;
  readonly rollback: number;
  /** How many resources had succeeded before the first one failed. */
  readonly succeeded: number;
  /** The reason of the first failure in the stack's events. */
  readonly reason: string | undefined;
}

/**
 * Changes all resources of a stack concurrently. If one fails, or does not respond within CloudFormation's hour, all are updated back,
 * whether or not their own change is complete.
 */
export function* deployAll(
  cfn: CloudFormation,
  clock: VirtualClock,
  resources: readonly Resource[],
  next: (resource: Resource) => Properties,
): Operation<Deployment> {
  const startedAt = clock.now;
  const requests = resources.map((resource) =>
    cfn.send(resource, resource.properties ? 'Update' : 'Create', next(resource), { old: resource.properties }),
  );
  yield { requests };
  const duration = clock.now - startedAt;
  const succeeded = requests.filter(hasSucceeded).length;
  if (succeeded === requests.length) {
    for (const { resource, event, response } of requests) {
      resource.properties = event.ResourceProperties;
      resource.physicalId = response?.PhysicalResourceId;
    }
    return { status: 'UPDATE_COMPLETE', duration, rollback: 0, succeeded, reason: undefined };
  }
  const failed = requests.find((request) => request.outcome !== undefined && !hasSucceeded(request));
  const back = resources.map((resource) =>
    cfn.send(resource, 'Update', resource.properties ?? next(resource), { old: next(resource), isRollback: true }),
  );
  yield { requests: back };
  return {
    status: back.every(hasSucceeded) ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_FAILED',
    duration,
    rollback: clock.now - startedAt - duration,
    succeeded,
    reason: failed?.response?.Reason ?? 'CloudFormation did not receive a response from your Custom Resource.',
  };
}

function hasSucceeded({ outcome }: Request): boolean {
  return outcome === 'SUCCESS';
}
