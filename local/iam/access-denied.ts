import { type Caller, ServiceError } from '../wire/service';

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
