import { type AuthorizationRequest, type Caller, ServiceError } from '../wire/service';
import type { RequestContext } from './condition';
import type { Statement } from './policy';

/** The policy statements relevant to a request. */
export interface PoliciesInForce {
  readonly organization: readonly Statement[];
  readonly identity: readonly Statement[];
  /** Undefined for a role without one. */
  readonly boundary?: readonly Statement[];
  /** Statements of the resource policy that name the caller, and those that delegate to IAM. */
  readonly resource?: { readonly ofCaller: readonly Statement[]; readonly delegating: readonly Statement[] };
}

/**
 * Returns why a request is denied, or undefined if it is allowed. An explicit deny wins; then the resource policy allows the request or
 * delegates to IAM, where permissions boundary and identity policies must both allow it.
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

/** Names of condition keys are case-insensitive. */
function contextOf({ conditionKeys = {} }: AuthorizationRequest): RequestContext {
  return new Map(Object.entries(conditionKeys).map(([key, value]) => [key.toLowerCase(), value]));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function accessDenied(principal: string, action: string, resourceArn: string, reason: string): ServiceError {
  return new ServiceError(
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: ${action} on resource: ${resourceArn} ${reason}`,
  );
}

/** The caller's ARN as AccessDenied messages show it: for a role, that of its session. */
export function principalArn(caller: Caller, accountId: string): string {
  const role = caller.roleArn?.split('/').at(-1);
  return role === undefined
    ? `arn:aws:iam::${accountId}:user/administrator`
    : `arn:aws:sts::${accountId}:assumed-role/${role}/${caller.sessionName ?? role}`;
}
