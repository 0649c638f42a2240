/**
 * The event that KMS sends to EventBridge when a key has been rotated.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
 */
import { Stack, Token, type aws_events as events } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderedKey } from './key-declaration';
import type { RotatableKey } from './rotatable-key';
import { eventOfConditionalKey, eventRegion, eventRuleName, eventTargetMissing } from './synth-failures';
import { refuse, sentenceAbout } from './validation-error';

export function keyRotatedPattern(keyArn: string): events.EventPattern {
  return { source: ['aws.kms'], detailType: ['KMS CMK Rotation'], resources: [keyArn] };
}

/** KMS sends the event in the key's own Region, and a rule receives only events of its Region. */
export function checkEventRegion(rotation: IConstruct, key: RotatableKey): void {
  const { region } = Stack.of(rotation);
  if (Token.isUnresolved(key.region) || Token.isUnresolved(region) || key.region === region) return;
  refuse(rotation, eventRegion(key.region, region));
}

/** Makes synthesis fail if a rule for a conditional key is in another stack (`crossStackScope`), where the condition is unknown. */
export function checkEventCondition(rotation: IConstruct, rule: IConstruct, { declaration }: RotatableKey): void {
  if (!declaration) return;
  rule.node.addValidation({
    validate: () => {
      const condition = renderedKey(declaration)?.condition;
      if (condition === undefined || Stack.of(rule) === Stack.of(declaration)) return [];
      return [
        sentenceAbout(rotation, eventOfConditionalKey(declaration.node.path, condition, Stack.of(rule).node.path)),
      ];
    },
  });
}

/** A fleet creates several rules, at synthesis: so a target must be given in advance, and a name would not be unique. */
export function checkRuleOptions(fleet: IConstruct, options: events.OnEventOptions): void {
  if (options.target === undefined) refuse(fleet, eventTargetMissing());
  if (options.ruleName !== undefined) refuse(fleet, eventRuleName(options.ruleName));
}
