import { type AuthorizationRequest, type Caller, ServiceError } from '../wire/service';
import type { RequestContext } from './condition';
import type { Statement } from './policy';

/** The statements that bear on a request. */
export interface PoliciesInForce {
  readonly organization: readonly Statement[];
  readonly identity: readonly Statement[];
  /** Undefined for a role that has none. */
  readonly boundary?: readonly Statement[];
  /** Those of the resource's own policy that speak of the caller, and those that leave the decision to IAM. */
  readonly resource?: { readonly ofCaller: readonly Statement[]; readonly delegating: readonly Statement[] };
}

/**
 * Why a request is refused; undefined where it is allowed. An explicit denial comes first; then the resource's own policy
 * allows, or leaves it to the permissions boundary and the identity's policies, which both have to allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function refusal(policies: PoliciesInForce, request: AuthorizationRequest): string | undefined {
  const { action } = request;
  const { organization, identity, boundary, resource } = policies;
  const context = contextOf(request);
  const says = (effect: Statement['effect'], statements: readonly Statement[] = []): boolean =>
    statements.some((each) => each.effect === effect && applies(each, request, context));

  if (says('Deny', organization)) return 'with an explicit deny in a service control policy';
  if (says('Deny', identity)) return 'with an explicit deny in an identity-based policy';
  if (says('Deny', boundary)) return 'with an explicit deny in a permissions boundary';
  if (resource && says('Deny', [...resource.ofCaller, ...resource.delegating])) {
    return 'with an explicit deny in a resource-based policy';
  }
  if (says('Allow', resource?.ofCaller)) return undefined;
  if (resource && !says('Allow', resource.delegating)) {
    return `because no resource-based policy allows the ${action} action`;
  }
  if (boundary && !says('Allow', boundary)) return `because no permissions boundary allows the ${action} action`;
  return says('Allow', identity) ? undefined : `because no identity-based policy allows the ${action} action`;
}

function applies(statement: Statement, request: AuthorizationRequest, context: RequestContext): boolean {
  return (
    statement.matchesAction(request.action) &&
    statement.matchesResource(request.resourceArn) &&
    statement.conditions.every(({ evaluate }) => evaluate?.(context) === true)
  );
}

/** The names of condition keys are the same in any case. */
function contextOf({ conditionKeys = {} }: AuthorizationRequest): RequestContext {
  return new Map(Object.entries(conditionKeys).map(([key, value]) => [key.toLowerCase(), value]));
}

/**
 * The refusal that AWS words with who, what, on which resource and why.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function accessDenied(principal: string, action: string, resourceArn: string, because: string): ServiceError {
  return new ServiceError(
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: ${action} on resource: ${resourceArn} ${because}`,
  );
}

/** The ARN of a caller as refusals tell it: a role's is that of its session. */
export function principalArn(caller: Caller, accountId: string): string {
  const role = caller.roleArn?.split('/').at(-1);
  return role === undefined
    ? `arn:aws:iam::${accountId}:user/administrator`
    : `arn:aws:sts::${accountId}:assumed-role/${role}/${caller.sessionName ?? role}`;
}
