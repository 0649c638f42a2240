import type { Call, Caller, Environment, Service } from '../wire/service';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Returns the credentials of a role, or undefined if there is no such role. */
type RoleCredentials = (roleArn: string) => Credentials | undefined;

/** Besides the account's roles, the CDK's bootstrap roles can be assumed, and may do anything. */
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
  const credentials = roleCredentials(RoleArn) ?? administrator;
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
