import { member } from '../../lambda/request';
import type { PlannedStack } from './planned-stack';

/**
 * Of all rotations of an account and Region together; a rotation takes two, its claim and its record.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const WRITES_PER_SECOND = 3;
const WRITES = 2;

/** How long so many rotations take at least, side by side. */
export interface FleetTime {
  readonly seconds: number;
  readonly waves: number;
  /** As the template reserves it; `undefined` where the account's is what bounds. */
  readonly concurrency: number | undefined;
}

/**
 * Parameter Store's writes, and Lambda's concurrency: nothing else bounds a fleet.
 *
 * @param seconds that one rotation takes.
 * @see docs/cost-and-limits.md#a-fleet
 */
export function fleetTime(rotations: number, seconds: number, concurrency: number | undefined): FleetTime {
  const waves = concurrency === undefined || concurrency === 0 ? 1 : Math.ceil(rotations / concurrency);
  const writing = (rotations * WRITES) / WRITES_PER_SECOND;
  return { seconds: Math.round(Math.max(waves * seconds, writing + seconds)), waves, concurrency };
}

/** What the provider's function reserves, if it is in the rotation's own stack. */
export function reservedConcurrency(stack: PlannedStack, rotation: string): number | undefined {
  const serviceToken = member(stack.resource(rotation)?.Properties, 'ServiceToken');
  const target = member(serviceToken, 'Fn::GetAtt');
  const logicalId = Array.isArray(target) ? String(target[0]) : '';
  const reserved = stack.values.evaluate(member(stack.resource(logicalId)?.Properties, 'ReservedConcurrentExecutions'));
  return typeof reserved === 'number' ? reserved : undefined;
}
