/**
 * A fleet's rules for the event that a key has been rotated: in each stack as many as its keys need.
 */
import { Stack, aws_events as events } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { OnDemandKeyRotation } from './on-demand-key-rotation';

/**
 * How many keys one rule lists. With the longest possible ARNs, 87 characters each with quotes and comma, this stays below the 2,048
 * characters of an event pattern.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
const KEYS_PER_RULE = 20;

export class KeyRotatedRules {
  private readonly keysOf = new Map<Stack, number>();
  private readonly lastRuleOf = new Map<Stack, events.Rule>();

  constructor(
    private readonly id: string,
    private readonly options: events.OnEventOptions,
  ) {}

  /** @param scope contains the stack's rules; their IDs begin with `this.id`. */
  public add(rotation: OnDemandKeyRotation, scope: Construct): void {
    const stack = Stack.of(rotation);
    const count = this.keysOf.get(stack) ?? 0;
    this.keysOf.set(stack, count + 1);
    rotation._reportTo(this.ruleFor(stack, scope, count));
  }

  private ruleFor(stack: Stack, scope: Construct, count: number): events.Rule {
    const last = this.lastRuleOf.get(stack);
    if (last && count % KEYS_PER_RULE !== 0) return last;

    // The stack is part of the ID, because a `crossStackScope` may contain the rules of several stacks.
    const id = `${this.id}-${stack.node.addr.slice(-8)}-${count / KEYS_PER_RULE + 1}`;
    const rule = new events.Rule(scope, id, this.options);
    rule.addTarget(this.options.target);
    this.lastRuleOf.set(stack, rule);
    return rule;
  }
}
