import { randomBytes } from 'node:crypto';
import { optionalText, requiredText } from '../wire/input';
import {
  type AuthorizationRequest,
  type Call,
  type Caller,
  type Environment,
  type Service,
  ServiceError,
} from '../wire/service';
import { accessDenied, type PoliciesInForce, principalArn, refusal } from './authorization';
import { readIdentityPolicy, readPolicy, type Statement } from './policy';

/** Statements and when they were attached. */
interface Grant {
  readonly since: number;
  readonly statements: readonly Statement[];
}

export interface ManagedPolicy {
  readonly arn: string;
  readonly document: unknown;
}

export interface RoleOptions {
  /** ARNs. */
  readonly managedPolicies?: readonly string[];
  /** Documents by name. */
  readonly inline?: Readonly<Record<string, unknown>>;
  /** The ARN of a managed policy. */
  readonly permissionsBoundary?: string;
  readonly path?: string;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
}

interface RoleRecord extends Role {
  readonly inline: Map<string, Grant & { readonly document: unknown }>;
  /** When each was attached, by ARN. */
  readonly managed: Map<string, number>;
  permissionsBoundary?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** AWS managed policies that this project's stacks name. Functions here need no permission for what the first two allow. */
const AWS_MANAGED: Readonly<Record<string, unknown>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': statement('logs:*'),
  'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole': statement(['logs:*', 'ec2:*']),
  'arn:aws:iam::aws:policy/AdministratorAccess': statement('*'),
};

/**
 * Roles and their permissions. A call signed with a role's credentials needs an allow and no deny; any other access key belongs to the
 * administrator, who may do everything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export class Iam {
  public readonly service: Service = { name: 'iam', protocol: 'query', operations: this.operations() };

  /** How long an attached policy takes to take effect, in milliseconds of the clock. */
  public propagationDelay = 0;

  private readonly roles = new Map<string, RoleRecord>();
  private readonly policies = new Map<string, Grant & ManagedPolicy>();
  private readonly sessions = new Map<string, Caller>();
  private readonly expired = new Set<string>();
  private readonly resourcePolicies: ((resourceArn: string) => string | undefined)[] = [];
  private organizationPolicy: readonly Statement[] = [];

  public constructor(private readonly environment: Environment) {}

  public createRole(name: string, options: RoleOptions = {}): Role {
    if (this.roles.has(name)) {
      throw new ServiceError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    }
    const { permissionsBoundary, path = '/' } = options;
    const arn = `arn:aws:iam::${this.environment.accountId}:role${path}${name}`;
    const role: RoleRecord = {
      name,
      arn,
      createdAt: this.now(),
      inline: new Map(),
      managed: new Map(),
      permissionsBoundary,
    };
    this.roles.set(name, role);
    options.managedPolicies?.forEach((policy) => {
      this.attach(name, policy);
    });
    Object.entries(options.inline ?? {}).forEach(([policy, document]) => {
      this.putInlinePolicy(name, policy, document);
    });
    return role;
  }

  /** Its sessions stay, without its policies. */
  public deleteRole(role: string | Role): void {
    this.roles.delete(this.role(role).name);
  }

  public putInlinePolicy(role: string | Role, name: string, document: unknown): void {
    const statements = readIdentityPolicy(document);
    this.role(role).inline.set(name, { since: this.now(), statements, document });
  }

  public deleteInlinePolicy(role: string | Role, name: string): void {
    this.role(role).inline.delete(name);
  }

  public attach(role: string | Role, policyArn: string): void {
    this.policy(policyArn);
    const { managed } = this.role(role);
    managed.set(policyArn, managed.get(policyArn) ?? this.now());
  }

  public detach(role: string | Role, policyArn: string): void {
    this.role(role).managed.delete(policyArn);
  }

  public setPermissionsBoundary(role: string | Role, policyArn: string | undefined): void {
    this.role(role).permissionsBoundary = policyArn;
  }

  public createManagedPolicy(name: string, document: unknown, path = '/'): ManagedPolicy {
    const arn = `arn:aws:iam::${this.environment.accountId}:policy${path}${name}`;
    if (this.policies.has(arn)) {
      throw new ServiceError(
        'EntityAlreadyExists',
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
        409,
      );
    }
    const policy = { arn, document, since: this.now(), statements: readIdentityPolicy(document) };
    this.policies.set(arn, policy);
    return policy;
  }

  public updateManagedPolicy(arn: string, document: unknown): void {
    this.policy(arn);
    this.policies.set(arn, { arn, document, since: this.now(), statements: readIdentityPolicy(document) });
  }

  public deleteManagedPolicy(arn: string): void {
    this.policies.delete(arn);
    this.roles.forEach(({ managed }) => managed.delete(arn));
  }

  /** Binds all roles, whatever their own policies allow. */
  public setServiceControlPolicy(document: unknown): void {
    this.organizationPolicy = readIdentityPolicy(document);
  }

  /** Registers a service's resource policies. IAM policies count for such a resource only if its policy delegates to IAM. */
  public addResourcePolicies(policyOf: (resourceArn: string) => string | undefined): void {
    this.resourcePolicies.push(policyOf);
  }

  public findRole(nameOrArn: string): Role | undefined {
    return this.roles.get(nameOrArn.split('/').at(-1) ?? '');
  }

  /** A new session of the role; undefined if there is no such role. */
  public credentialsFor(roleArn: string, sessionName?: string): Credentials | undefined {
    if (this.findRole(roleArn)?.arn !== roleArn) {
      return undefined;
    }
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    this.sessions.set(accessKeyId, { accessKeyId, roleArn, sessionName });
    return {
      accessKeyId,
      secretAccessKey: randomBytes(20).toString('hex'),
      sessionToken: randomBytes(20).toString('hex'),
    };
  }

  /** Expires a session: from now on its calls are refused. */
  public expire(accessKeyId: string): void {
    this.expired.add(accessKeyId);
  }

  public hasExpired(accessKeyId: string): boolean {
    return this.expired.has(accessKeyId);
  }

  public caller(accessKeyId: string): Caller {
    return this.sessions.get(accessKeyId) ?? { accessKeyId };
  }

  /** Throws AWS's AccessDeniedException if the caller lacks permission. */
  public authorize(caller: Caller, request: AuthorizationRequest): void {
    if (caller.roleArn === undefined) {
      return;
    }
    const reason = refusal(this.policiesInForce(caller.roleArn, request.resourceArn), request);
    if (reason !== undefined) {
      const principal = principalArn(caller, this.environment.accountId);
      throw accessDenied(principal, request.action, request.resourceArn, reason);
    }
  }

  /** Whether a role may do something by itself, without a session. */
  public allows(roleArn: string, request: AuthorizationRequest): boolean {
    return refusal(this.policiesInForce(roleArn, request.resourceArn), request) === undefined;
  }

  private policiesInForce(roleArn: string, resourceArn: string): PoliciesInForce {
    const role = this.roles.get(roleArn.split('/').at(-1) ?? '');
    const ofResource = this.resourceStatements(resourceArn);
    return {
      organization: this.organizationPolicy,
      identity: role ? this.statementsOf(role) : [],
      ...(role?.permissionsBoundary !== undefined && { boundary: this.policy(role.permissionsBoundary).statements }),
      ...(ofResource && {
        resource: {
          ofCaller: ofResource.filter(({ principals }) => principals.includes(roleArn) || principals.includes('*')),
          delegating: this.delegating(ofResource),
        },
      }),
    };
  }

  /** Ignores statements with conditions: most concern calls through other services. */
  private resourceStatements(resourceArn: string): Statement[] | undefined {
    const policy = this.resourcePolicies.map((policyOf) => policyOf(resourceArn)).find((found) => found !== undefined);
    return policy === undefined ? undefined : readPolicy(policy).filter(({ conditions }) => conditions.length === 0);
  }

  /** https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam */
  private delegating(statements: readonly Statement[]): Statement[] {
    const { accountId } = this.environment;
    const account = [accountId, `arn:aws:iam::${accountId}:root`];
    return statements.filter(({ principals }) => principals.some((principal) => account.includes(principal)));
  }

  private statementsOf({ inline, managed }: RoleRecord): Statement[] {
    const attached = [...managed].flatMap(([arn, since]) => {
      const policy = this.policy(arn);
      return [{ statements: policy.statements, since: Math.max(since, policy.since) }];
    });
    return [...inline.values(), ...attached]
      .filter(({ since }) => since + this.propagationDelay <= this.now())
      .flatMap(({ statements }) => statements);
  }

  private policy(arn: string): Grant & ManagedPolicy {
    const document = AWS_MANAGED[arn];
    const policy =
      document === undefined
        ? this.policies.get(arn)
        : { arn, document, since: 0, statements: readIdentityPolicy(document) };
    if (!policy) {
      throw new ServiceError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
    }
    return policy;
  }

  private role(role: string | Role): RoleRecord {
    const name = typeof role === 'string' ? role : role.name;
    const found = this.roles.get(name);
    if (!found) {
      throw new ServiceError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
    }
    return found;
  }

  private operations(): Service['operations'] {
    const named = ({ input }: Call): RoleRecord => this.role(requiredText(input, 'RoleName'));
    return {
      CreateRole: (call) => ({
        Role: describe(
          this.createRole(requiredText(call.input, 'RoleName'), { path: optionalText(call.input, 'Path') }),
        ),
      }),
      DeleteRole: (call) => {
        this.deleteRole(named(call));
        return {};
      },
      PutRolePolicy: (call) => {
        const { input } = call;
        this.putInlinePolicy(
          named(call),
          requiredText(input, 'PolicyName'),
          JSON.parse(requiredText(input, 'PolicyDocument')),
        );
        return {};
      },
      DeleteRolePolicy: (call) => {
        this.deleteInlinePolicy(named(call), requiredText(call.input, 'PolicyName'));
        return {};
      },
      SimulatePrincipalPolicy: ({ input }) => this.simulate(input),
      GetRole: (call) => ({ Role: describe(named(call)) }),
      ListRoles: () => ({ Roles: [...this.roles.values()].map(describe), IsTruncated: false }),
      ListRolePolicies: (call) => ({ PolicyNames: [...named(call).inline.keys()], IsTruncated: false }),
      ListAttachedRolePolicies: (call) => ({
        AttachedPolicies: [...named(call).managed.keys()].map((PolicyArn) => ({
          PolicyName: PolicyArn.split('/').at(-1),
          PolicyArn,
        })),
        IsTruncated: false,
      }),
    };
  }

  /**
   * Evaluates policies only. A principal that is not a role is the administrator.
   * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
   */
  private simulate(input: Call['input']): object {
    const principal = requiredText(input, 'PolicySourceArn');
    const results = texts(input.ActionNames).map((action) => ({
      EvalActionName: action,
      EvalResourceName: '*',
      EvalDecision:
        this.findRole(principal) && !this.allows(principal, { action, resourceArn: '*' }) ? 'implicitDeny' : 'allowed',
    }));
    return { EvaluationResults: results, IsTruncated: false };
  }

  private now(): number {
    return this.environment.clock.now();
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function describe({ name, arn, createdAt }: Role): object {
  const path = arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1);
  return { Path: path, RoleName: name, RoleId: `AROA${name.toUpperCase()}`, Arn: arn, CreateDate: new Date(createdAt) };
}

function statement(action: string | string[]): unknown {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] };
}
