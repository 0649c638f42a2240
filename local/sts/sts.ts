import { type Call, type Caller, type Environment, type Service, ServiceError } from '../wire/service';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Returns the credentials of a role, or undefined if there is no such role. */
type RoleCredentials = (roleArn: string) => Credentials | undefined;

/**
 * The roles of the bootstrap stack, which every Region has here, and which may do anything.
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html#bootstrapping-env-roles
 */
const BOOTSTRAP_ROLE = /^arn:aws:iam::(\d{12}):role\/cdk-[a-z0-9]+-[a-z-]+-role-\1-[a-z0-9-]+$/;

/** The account's roles can be assumed, and those of the bootstrap stack. Trust policies are not checked. */
export function createSts(
  environment: Environment,
  roleCredentials: RoleCredentials,
  administrator: Credentials,
): Service {
  return {
    name: 'sts',
    protocol: 'query',
    operations: {
      GetCallerIdentity: (call) => ({
        Arn: callerArn(environment, call.caller),
        UserId: call.caller.accessKeyId,
        Account: environment.accountId,
      }),
      AssumeRole: (call) => assumeRole(environment, call, roleCredentials, administrator),
    },
  };
}

function assumeRole(
  environment: Environment,
  call: Call,
  roleCredentials: RoleCredentials,
  administrator: Credentials,
): object {
  const { RoleArn, RoleSessionName } = call.input as { RoleArn: string; RoleSessionName: string };
  const isBootstrapRole = BOOTSTRAP_ROLE.exec(RoleArn)?.[1] === environment.accountId;
  const credentials = roleCredentials(RoleArn) ?? (isBootstrapRole ? administrator : undefined);
  // STS does not say whether the role exists.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html#troubleshoot_roles_cant-assume-role
  if (!credentials) {
    const message = `User: ${callerArn(environment, call.caller)} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
    throw new ServiceError('AccessDenied', message, 403);
  }
  const role = RoleArn.split('/').at(-1) ?? '';
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(environment.clock.now() + 3_600_000),
    },
    AssumedRoleUser: {
      Arn: `arn:aws:sts::${environment.accountId}:assumed-role/${role}/${RoleSessionName}`,
      AssumedRoleId: `AROALOCAL:${RoleSessionName}`,
    },
  };
}

function callerArn(environment: Environment, caller: Caller): string {
  return caller.roleArn
    ? caller.roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/') + '/local'
    : `arn:aws:iam::${environment.accountId}:user/local`;
}
