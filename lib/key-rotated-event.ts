/**
 * The event that KMS sends to EventBridge when a key has been rotated.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
 */
import { Stack, Token, type aws_events as events } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { arnWhereItExists } from './key-condition';
import { eventRegion } from './synth-failures';
import { refuse } from './validation-error';
import type { RotatableKey } from './rotatable-key';

export function keyRotatedPattern(key: RotatableKey): events.EventPattern {
  return { source: ['aws.kms'], detailType: ['KMS CMK Rotation'], resources: [arnWhereItExists(key)] };
}

/** KMS sends the event to the key's own Region, and a rule sees no other. */
export function checkEventRegion(rotation: IConstruct, key: RotatableKey): void {
  const { region } = Stack.of(rotation);
  if (Token.isUnresolved(key.region) || Token.isUnresolved(region) || key.region === region) return;
  refuse(rotation, eventRegion(key.region, region));
}
