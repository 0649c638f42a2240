import { member } from '../../lambda/member';
import type { PlannedStack } from './planned-stack';

/**
 * The quota of an account and Region. A rotation takes two writes: its claim and its record.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const WRITES_PER_SECOND = 3;
const WRITES = 2;

/** How long concurrent rotations take at least. */
export interface FleetTime {
  readonly seconds: number;
  readonly waves: number;
  /** The reserved concurrency; `undefined` if only the account's limit applies. */
  readonly concurrency: number | undefined;
}

/**
 * A fleet is limited only by Parameter Store's writes and Lambda's concurrency.
 *
 * @param seconds that one rotation takes.
 * @see docs/fleets.md#what-a-fleet-costs
 */
export function fleetTime(rotations: number, seconds: number, concurrency: number | undefined): FleetTime {
  const waves = concurrency === undefined || concurrency === 0 ? 1 : Math.ceil(rotations / concurrency);
  const writing = (rotations * WRITES) / WRITES_PER_SECOND;
  return { seconds: Math.round(Math.max(waves * seconds, writing + seconds)), waves, concurrency };
}

/** The reserved concurrency of the provider's function, if that is in the rotation's stack. */
export function reservedConcurrency(stack: PlannedStack, rotation: string): number | undefined {
  const serviceToken = member(stack.resource(rotation)?.Properties, 'ServiceToken');
  const target = member(serviceToken, 'Fn::GetAtt');
  const logicalId = Array.isArray(target) ? String(target[0]) : '';
  const reserved = stack.values.evaluate(member(stack.resource(logicalId)?.Properties, 'ReservedConcurrentExecutions'));
  return typeof reserved === 'number' ? reserved : undefined;
}
