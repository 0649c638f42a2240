/**
 * Where the function's permissions lie: in which stack, in which kind of policy, and how many keys to each.
 */
import { Names, Stack, Token, aws_iam as iam, type aws_logs as logs, type aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import {
  deadLetterStatements,
  keyStatement,
  ledgerArn,
  ledgerStatement,
  logStatement,
  networkInterfaceStatement,
  tracingStatement,
} from './provider-policy';
import type { RotatableKey } from './rotatable-key';

/**
 * How many keys one policy lists. With the longest ARNs there are, and all other statements, that stays below the 6,144
 * characters of a managed policy; and the 480 keys of a full stack stay within the 10 managed policies of a role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const KEYS_PER_POLICY = 50;

/** CloudFormation replaces a policy whose description changes: leave it as it is. */
const DESCRIPTION = 'Lets the provider of OnDemandKeyRotation rotate KMS keys';

export interface ProviderPermissionsProps {
  readonly role: iam.IRole;
  /** Whether the role was made for this provider alone, and so takes managed policies. */
  readonly ownRole: boolean;
  readonly logGroup: logs.ILogGroup;
  readonly inVpc: boolean;
  readonly traced: boolean;
  readonly deadLetterQueue?: sqs.IQueue;
}

export class ProviderPermissions {
  /** What the function needs whichever key it rotates. */
  public readonly base: IDependable;
  private readonly ledger = ledgerStatement();
  private readonly keys = new Map<Stack, KeyPolicies>();

  constructor(
    private readonly provider: Construct,
    private readonly props: ProviderPermissionsProps,
  ) {
    const stack = Stack.of(provider);
    this.ledger.addResources(ledgerArn(stack, stack.region));
    const statements = [logStatement(props.logGroup), this.ledger];
    if (props.inVpc) statements.push(networkInterfaceStatement());
    if (props.traced) statements.push(tracingStatement());
    if (props.deadLetterQueue) statements.push(...deadLetterStatements(props.deadLetterQueue));

    const base = this.attach(provider, 'Policy', statements);
    this.base = base;
    this.keys.set(
      stack,
      new KeyPolicies((statement, n) => {
        if (n > 1 || !(base instanceof iam.ManagedPolicy)) return this.attach(provider, `Policy${n}`, [statement]);
        base.addStatements(statement);
        return base;
      }),
    );
  }

  /** Lets the function rotate a key on behalf of a stack, and returns what has to be deployed before it can. */
  public allow(stack: Stack, key: RotatableKey): IDependable[] {
    this.allowLedgerOf(key);
    return [this.base, this.keysOf(stack).allow(key.arn)];
  }

  /** The ledger lies in the key's Region. If only the deployment knows that Region, it may be any. */
  private allowLedgerOf(key: RotatableKey): void {
    const stack = Stack.of(this.provider);
    if (key.region === stack.region) return;
    this.ledger.addResources(ledgerArn(stack, Token.isUnresolved(key.region) ? '*' : key.region));
  }

  /**
   * The policies of another stack's keys lie in that stack. In the provider's they would refer back to a stack that itself
   * refers to the provider: a cycle.
   */
  private keysOf(stack: Stack): KeyPolicies {
    const existing = this.keys.get(stack);
    if (existing) return existing;
    const scope = new Construct(stack, `OnDemandKeyRotationPolicies-${this.provider.node.addr.slice(-8)}`);
    const policies = new KeyPolicies((statement, n) => this.attach(scope, `Policy${n}`, [statement]));
    this.keys.set(stack, policies);
    return policies;
  }

  private attach(scope: Construct, id: string, statements: iam.PolicyStatement[]): IDependable {
    const { role, ownRole } = this.props;
    if (ownRole) return new iam.ManagedPolicy(scope, id, { description: DESCRIPTION, roles: [role], statements });
    if (Stack.of(scope) === role.stack) return addToRole(role, statements);

    // The name is unique across stacks, for the policies of several stacks may meet in this one role.
    const policy = new iam.Policy(scope, id, {
      policyName: Names.uniqueResourceName(scope, { maxLength: 100 }) + id,
      statements,
    });
    // Asks the role, rather than `policy.attachToRole`, so that a role which takes no updates can decline.
    role.attachInlinePolicy(policy);
    return policy;
  }
}

/** Packs keys into as few statements as hold them, in the order in which they come. */
class KeyPolicies {
  private readonly policyOf = new Map<string, IDependable>();
  private last?: { readonly statement: iam.PolicyStatement; readonly policy: IDependable };

  /** @param attach puts the n-th statement, counted from 1, into a policy. */
  constructor(private readonly attach: (statement: iam.PolicyStatement, n: number) => IDependable) {}

  public allow(keyArn: string): IDependable {
    const known = this.policyOf.get(keyArn);
    if (known) return known;

    const { statement, policy } = this.withRoom();
    statement.addResources(keyArn);
    this.policyOf.set(keyArn, policy);
    return policy;
  }

  private withRoom() {
    const count = this.policyOf.size;
    if (this.last && count % KEYS_PER_POLICY !== 0) return this.last;

    const statement = keyStatement();
    this.last = { statement, policy: this.attach(statement, count / KEYS_PER_POLICY + 1) };
    return this.last;
  }
}

function addToRole(role: iam.IRole, statements: iam.PolicyStatement[]): IDependable {
  const added = statements.map((statement) => role.addToPrincipalPolicy(statement).policyDependable);
  return new DependencyGroup(...added.filter((policy) => policy !== undefined));
}
