/**
 * Distributes the function's permissions over stacks and policies.
 */
import { type CfnResource, Resource, Stack, Token, aws_iam as iam, type aws_logs as logs } from 'aws-cdk-lib';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { arnWhereItExists } from './key-condition';
import { keyStatement, ledgerArn, ledgerSealStatement, ledgerStatement, logStatement } from './provider-policy';
import type { RotatableKey } from './rotatable-key';
import { warnOfPoliciesPerRole } from './warnings';

/**
 * How many keys one policy lists. With the longest possible ARNs and all other statements, this stays below the 6,144 characters of a
 * managed policy, and the 480 keys of a full stack stay within the 10 managed policies of a role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const KEYS_PER_POLICY = 50;

/** The same page: a quota that can be raised. */
export const POLICIES_PER_ROLE = 10;

/** Frozen: CloudFormation replaces a policy whose description changes. */
const DESCRIPTION = 'Lets the provider of OnDemandKeyRotation rotate KMS keys';

export interface ProviderPermissionsProps {
  readonly role: iam.IRole;
  readonly logGroup: logs.ILogGroup;
}

export class ProviderPermissions {
  private readonly home: Stack;
  private readonly takesPolicies: boolean;
  /** Of this copy of aws-cdk-lib; its policies may not be able to refer to a role of another copy. */
  private readonly role: iam.IRole;
  private readonly policiesOf = new Map<Stack, StackPolicies>();
  private functionPolicy?: iam.ManagedPolicy;

  constructor(
    private readonly provider: Construct,
    private readonly props: ProviderPermissionsProps,
  ) {
    this.home = Stack.of(provider);
    const { role } = props;
    this.takesPolicies = takesPolicies(role);
    this.role = role instanceof Resource ? role : iam.Role.fromRoleName(provider, 'RoleByName', role.roleName);
    if (this.takesPolicies) this.policies(this.home);
    else this.addToRole(commonStatements(props.logGroup, ledgerStatement(this.home, this.home.region), this.home));
    provider.node.addValidation({
      validate: () => {
        const count = policiesOf(this.props.role).length;
        if (count > POLICIES_PER_ROLE) warnOfPoliciesPerRole(provider, count, POLICIES_PER_ROLE);
        return [];
      },
    });
  }

  /** Lets the function rotate a key on behalf of a stack, and returns what must be deployed before. */
  public allow(stack: Stack, key: RotatableKey): IDependable[] {
    if (this.takesPolicies) return this.policies(stack).allow(key);
    this.addToRole([ledgerStatement(this.home, key.region), keyStatement([arnWhereItExists(key)])]);
    return [];
  }

  /**
   * Adds statements without which the function cannot be created.
   *
   * They are separate from the keys' statements, because a key may depend on the function.
   */
  public allowFunction(of: CfnResource, statements: iam.PolicyStatement[]): void {
    if (!this.takesPolicies) {
      this.addToRole(statements);
      return;
    }
    if (this.functionPolicy) this.functionPolicy.addStatements(...statements);
    else this.functionPolicy = this.attach(this.provider, 'FunctionPolicy', statements);
    of.node.addDependency(this.functionPolicy);
  }

  private policies(stack: Stack): StackPolicies {
    const existing = this.policiesOf.get(stack);
    if (existing) return existing;
    const scope = this.scopeIn(stack);
    const policies = new StackPolicies(this.home, this.props.logGroup, (statements, n) =>
      this.attach(scope, n === 1 ? 'Policy' : `Policy${n}`, statements),
    );
    this.policiesOf.set(stack, policies);
    return policies;
  }

  /**
   * The policies of another stack's keys are in that stack. In the provider's stack they would refer to a stack that itself refers to the
   * provider: a cycle.
   */
  private scopeIn(stack: Stack): Construct {
    if (stack === this.home) return this.provider;
    return new Construct(stack, `OnDemandKeyRotationPolicies-${this.provider.node.addr.slice(-8)}`);
  }

  /** Managed policies, whose names CloudFormation generates: one role may have the policies of several stacks. */
  private attach(scope: Construct, id: string, statements: iam.PolicyStatement[]): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(scope, id, { description: DESCRIPTION, roles: [this.role], statements });
    policiesOf(this.props.role).push(policy);
    return policy;
  }

  /** A role that drops policies may still report the statements that it lacks: `Role.customizeRoles`. */
  private addToRole(statements: iam.PolicyStatement[]): void {
    statements.forEach((statement) => this.props.role.addToPrincipalPolicy(statement));
  }
}

const attached = new WeakMap<IConstruct, Map<string, iam.ManagedPolicy[]>>();

/** The policies that all providers of an app attach to a role. Several constructs may stand for an imported role. */
function policiesOf(role: iam.IRole): iam.ManagedPolicy[] {
  const { root, addr } = role.node;
  const ofApp = attached.get(root) ?? new Map<string, iam.ManagedPolicy[]>();
  attached.set(root, ofApp);
  const name = Token.isUnresolved(role.roleName) ? addr : `${role.env.account} ${role.roleName}`;
  const policies = ofApp.get(name) ?? [];
  ofApp.set(name, policies);
  return policies;
}

/** Statements that the function needs for every key. */
function commonStatements(logGroup: logs.ILogGroup, ledger: iam.PolicyStatement, home: Stack): iam.PolicyStatement[] {
  return [logStatement(logGroup), ledger, ledgerSealStatement(home)];
}

/**
 * The policies for the keys of one stack. The first has the common statements and the first keys, so that no rotation waits for a policy
 * of another stack.
 */
class StackPolicies {
  private readonly ledger: iam.PolicyStatement;
  private readonly first: iam.ManagedPolicy;
  private readonly policyOf = new Map<string, iam.ManagedPolicy>();
  private last?: KeysOfPolicy;

  constructor(
    private readonly home: Stack,
    logGroup: logs.ILogGroup,
    /** Attaches the n-th policy, counted from 1. */
    private readonly attach: (statements: iam.PolicyStatement[], n: number) => iam.ManagedPolicy,
  ) {
    this.ledger = ledgerStatement(home, home.region);
    this.first = attach(commonStatements(logGroup, this.ledger, home), 1);
  }

  public allow(key: RotatableKey): IDependable[] {
    this.allowLedgerOf(key);
    return [this.first, this.policyFor(key)];
  }

  /** The ledger is in the key's Region. */
  private allowLedgerOf(key: RotatableKey): void {
    if (key.region !== this.home.region) this.ledger.addResources(ledgerArn(this.home, key.region));
  }

  /** Fills one policy after the other with keys. */
  private policyFor(key: RotatableKey): iam.ManagedPolicy {
    const known = this.policyOf.get(key.arn);
    if (known) return known;
    const { keys, policy } = this.withRoom();
    keys.addResources(arnWhereItExists(key));
    this.policyOf.set(key.arn, policy);
    return policy;
  }

  private withRoom(): KeysOfPolicy {
    const count = this.policyOf.size;
    if (this.last && count % KEYS_PER_POLICY !== 0) return this.last;

    const keys = keyStatement([]);
    if (count === 0) this.first.addStatements(keys);
    const policy = count === 0 ? this.first : this.attach([keys], count / KEYS_PER_POLICY + 1);
    this.last = { keys, policy };
    return this.last;
  }
}

interface KeysOfPolicy {
  readonly keys: iam.PolicyStatement;
  readonly policy: iam.ManagedPolicy;
}

/** The classes of roles that silently drop policies. The CDK does not export them. */
const DROPS_POLICIES = ['aws-cdk-lib.aws-iam.ImmutableRole', 'aws-cdk-lib.aws-iam.PrecreatedRole'];

export function takesPolicies(role: iam.IRole): boolean {
  const { PROPERTY_INJECTION_ID: id = '' } = role.constructor as { PROPERTY_INJECTION_ID?: string };
  return !DROPS_POLICIES.includes(id);
}
