import type { Properties, Resource } from './cloudformation-model';
import { deploy } from './deployments';
import type { Disturbance } from './faults';
import type { Invocation } from './invocation';
import type { Simulation } from './simulation';

const MINUTE = 60_000;

/** Lets something happen in the world while an invocation is under way. */
export function happen(what: Disturbance, { request }: Invocation, simulation: Simulation): void {
  const { cfn, timeline, scheduler } = simulation;
  const { KeyArn, RotationToken } = request.event.ResourceProperties;
  const key = simulation.key(KeyArn);
  switch (what) {
    case 'delivered twice':
      simulation.deliverLater(request, 1, 1);
      break;
    case 'cancelled':
      cfn.cancel(request);
      break;
    case 'rotated by hand':
      rotateByHand(simulation, KeyArn);
      break;
    case 'automatic rotation now':
      key.rotateAutomatically(timeline.now, 2 * MINUTE);
      break;
    case 'automatic rotation soon':
      key.rotateAutomatically(timeline.now, 22 * MINUTE);
      break;
    case 'second stack, same token':
      secondStack(simulation, KeyArn, RotationToken);
      break;
    case 'second stack, other token':
      secondStack(simulation, KeyArn, 'OTHER');
      break;
    case 'second stack, to be recorded only':
      secondStack(simulation, KeyArn, 'OTHER', { RotateOnCreate: 'false' });
      break;
    case 'second stack fails and goes back':
      secondStackFails(simulation, KeyArn);
      break;
    case 'ledger full':
      simulation.store.isFull = true;
      break;
    case 'ledger denied for 3 minutes':
      scheduler.denyLedger(3 * MINUTE);
      break;
    case 'ledger denied':
      scheduler.denyLedger(Infinity);
      break;
    case 'key disabled':
      key.state = 'Disabled';
      timeline.after(30 * MINUTE, () => {
        key.state = 'Enabled';
        return undefined;
      });
      break;
  }
}

function rotateByHand(simulation: Simulation, arn: string): void {
  const rotation = simulation.key(arn).tryToRotate('by hand', simulation.timeline.now);
  simulation.witness.rotatedByHand(arn, rotation);
}

function secondStack({ cfn }: Simulation, KeyArn: string, RotationToken: string, more: Partial<Properties> = {}): void {
  const resource: Resource = { stack: 'second', logicalId: 'Rotation' };
  cfn.run(deploy(cfn, resource, { KeyArn, RotationToken, ReservedRotations: '0', ...more }));
}

/** Has been deployed with a token that the ledger holds already, if any, and asks for one that is refused. */
function secondStackFails({ cfn, witness }: Simulation, KeyArn: string): void {
  const RotationToken = witness.tokensOf(KeyArn).find((token) => witness.isSpent(KeyArn, token));
  const resource: Resource = {
    stack: 'second',
    logicalId: 'Rotation',
    physicalId: 'Rotation',
    properties: { KeyArn, RotationToken: RotationToken ?? 'NEVER' },
  };
  if (RotationToken !== undefined)
    cfn.run(deploy(cfn, resource, { KeyArn, RotationToken: 'REFUSED', ReservedRotations: '25' }));
}
