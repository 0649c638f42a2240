import type { CloudFormation, Properties, Request, Resource } from './cloudformation';
import { deploy } from './deployments';
import type { CallName, Disturbance } from './deviations';
import type { KmsKey } from './kms-key';
import type { ParameterStore } from './parameter-store';
import type { Scheduler } from './scheduler';
import type { VirtualClock } from './virtual-clock';
import type { Witness } from './witness';

/** What disturbances act on. */
interface Surroundings {
  readonly cfn: CloudFormation;
  readonly clock: VirtualClock;
  readonly scheduler: Scheduler;
  readonly store: ParameterStore;
  readonly witness: Witness;
  key(arn: string): KmsKey;
  deliverLater(request: Request, delivery: number, delay: number): void;
}

const MINUTE = 60_000;
const LEDGER: readonly CallName[] = ['GetParametersByPath', 'PutParameter'];

/** Causes a disturbance while a request is in progress. */
export function disturb(what: Disturbance, request: Request, surroundings: Surroundings): void {
  const { cfn, clock, scheduler, store } = surroundings;
  const { KeyArn, RotationToken } = request.event.ResourceProperties;
  const key = surroundings.key(KeyArn);
  switch (what) {
    case 'delivered twice':
      surroundings.deliverLater(request, 1, 1);
      break;
    case 'cancelled':
      cfn.cancel(request);
      break;
    case 'rotated by hand':
      surroundings.witness.rotatedByHand(KeyArn, key.tryToRotate('by hand', clock.now));
      break;
    case 'automatic rotation now':
      key.rotateAutomatically(clock.now, 2 * MINUTE);
      break;
    case 'automatic rotation soon':
      key.rotateAutomatically(clock.now, 22 * MINUTE);
      break;
    case 'second stack, same token':
      secondStack(surroundings, KeyArn, RotationToken);
      break;
    case 'second stack, other token':
      secondStack(surroundings, KeyArn, 'OTHER');
      break;
    case 'second stack, to be recorded only':
      secondStack(surroundings, KeyArn, 'OTHER', { RotateOnCreate: 'false' });
      break;
    case 'second stack fails and goes back':
      secondStackFails(surroundings, KeyArn);
      break;
    case 'ledger full':
      store.isFull = true;
      break;
    case 'ledger denied for 3 minutes':
      scheduler.deny(LEDGER, 3 * MINUTE);
      break;
    case 'ledger denied':
      scheduler.deny(LEDGER, Infinity);
      break;
    case 'a record is changed':
      store.tamper(keyIdOf(KeyArn), (value) => value.replace('"token":', '"changed":true,"token":'));
      break;
    case 'a record is made unreadable':
      store.tamper(keyIdOf(KeyArn), () => 'no record');
      break;
    case 'a stray parameter':
      store.stray(keyIdOf(KeyArn), clock.now);
      break;
    case 'key disabled':
      key.setState('Disabled', clock.now);
      clock.after(30 * MINUTE, () => {
        key.setState('Enabled', clock.now);
      });
      break;
  }
}

function keyIdOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function secondStack(
  { cfn }: Surroundings,
  KeyArn: string,
  RotationToken: string,
  more: Partial<Properties> = {},
): void {
  const resource: Resource = { stack: 'second', logicalId: 'Rotation' };
  cfn.run(deploy(cfn, resource, { KeyArn, RotationToken, ReservedRotations: '0', ...more }));
}

/** A stack deployed with a used-up token, if there is one, requests a token that is refused. */
function secondStackFails({ cfn, witness }: Surroundings, KeyArn: string): void {
  const RotationToken = witness.tokensOf(KeyArn).find((token) => witness.isUsedUp(KeyArn, token));
  if (RotationToken === undefined) return;
  const resource: Resource = {
    stack: 'second',
    logicalId: 'Rotation',
    physicalId: 'Rotation',
    properties: { KeyArn, RotationToken },
  };
  cfn.run(deploy(cfn, resource, { KeyArn, RotationToken: 'REFUSED', ReservedRotations: '25' }));
}
