import type { Role } from '../../../../local/iam/iam';
import type { Key } from '../../../../local/kms/key';
import { Refused, type Row, STACKD } from '../recorded';
import { ACCOUNT, REGION, type ServicesOnTheWire } from '../services-on-the-wire';

/** A role and the key that it calls KMS for. */
interface Subject {
  readonly role: Role;
  readonly key: Key;
}

type IamRow = Row<ServicesOnTheWire, Subject>;
type Restriction = (world: ServicesOnTheWire, subject: Subject) => void;

const MESSAGES =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html#access-denied-scp-examples';
const KEY_POLICIES =
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam';
const CONDITIONS =
  'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html#awssystemsmanager-policy-keys';

const policy = (Effect: string, Action: string, more: object = {}): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action, Resource: '*', ...more }],
});

let roles = 0;

/** A role that may do everything with the key, except what is restricted. */
const restricted =
  (restrict: Restriction, allowed: readonly string[] = ['kms:*', 'ssm:*']): IamRow['subject'] =>
  (world) => {
    const inline = Object.fromEntries(allowed.map((action) => [action.replace(':*', ''), policy('Allow', action)]));
    const subject = {
      role: world.iam.createRole(`role-${++roles}`, { inline }),
      key: world.kmsService.createKey(REGION),
    };
    restrict(world, subject);
    return subject;
  };

const boundary =
  (document: object): Restriction =>
  ({ iam }, { role }) => {
    iam.setPermissionsBoundary(role, iam.createManagedPolicy(`boundary-of-${role.name}`, document).arn);
  };
const keyPolicy =
  (effect: string, principal: (role: Role) => string): Restriction =>
  (_, { role, key }) => {
    const ofAccount = {
      Effect: 'Allow',
      Action: 'kms:*',
      Resource: '*',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    };
    const other = { ...ofAccount, Effect: effect, Action: 'kms:DescribeKey', Principal: { AWS: principal(role) } };
    key.update({ policy: { Version: '2012-10-17', Statement: effect === 'Deny' ? [ofAccount, other] : [other] } });
  };

const as = (world: ServicesOnTheWire, { role }: Subject): NonNullable<Parameters<ServicesOnTheWire['kms']>[1]> => {
  const credentials = world.iam.credentialsFor(role.arn, 'session');
  if (!credentials) {
    throw new Error(`${role.arn} does not exist.`);
  }
  return credentials;
};
const describe: IamRow['call'] = (world, subject) =>
  world.kms(REGION, as(world, subject)).describeKey({ KeyId: subject.key.arn });
const put =
  (Overwrite: boolean): IamRow['call'] =>
  (world, subject) =>
    world
      .ssm(REGION, as(world, subject))
      .putParameter({ Name: `/ledger/${subject.role.name}`, Value: 'x', Type: 'String', Overwrite });

const denied =
  (action: string, reason: string, resource?: (subject: Subject) => string): IamRow['answer'] =>
  (subject) =>
    new Refused(
      'AccessDeniedException',
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/${subject.role.name}/session is not authorized to perform: ${action} on resource: ${resource?.(subject) ?? subject.key.arn} ${reason}`,
    );

const row = (
  operation: string,
  when: string,
  subject: IamRow['subject'],
  call: IamRow['call'],
  answer: IamRow['answer'],
  source: string,
): IamRow => ({ operation, when, subject, call, answer, source });
const describeKey = (when: string, subject: IamRow['subject'], reason: string, source: string): IamRow =>
  row('DescribeKey', when, subject, describe, denied('kms:DescribeKey', reason), source);

const unrestricted = restricted(() => undefined);
const noOverwrite = restricted(({ iam }, { role }) => {
  iam.putInlinePolicy(
    role,
    'deny',
    policy('Deny', 'ssm:PutParameter', { Condition: { StringEquals: { 'ssm:Overwrite': 'true' } } }),
  );
});
const parameterArn = ({ role }: Subject): string => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/ledger/${role.name}`;

/** Documented and recorded responses. */
export const RECORDED: readonly IamRow[] = [
  describeKey(
    'no policy allows it',
    restricted(() => undefined, []),
    'because no identity-based policy allows the kms:DescribeKey action',
    MESSAGES,
  ),
  describeKey(
    'a policy of the role denies it',
    restricted(({ iam }, { role }) => {
      iam.putInlinePolicy(role, 'deny', policy('Deny', 'kms:DescribeKey'));
    }),
    'with an explicit deny in an identity-based policy',
    MESSAGES,
  ),
  describeKey(
    'the boundary does not allow it',
    restricted(boundary(policy('Allow', 'ssm:*'))),
    'because no permissions boundary allows the kms:DescribeKey action',
    MESSAGES,
  ),
  describeKey(
    'the boundary denies it',
    restricted(boundary(policy('Deny', 'kms:*'))),
    'with an explicit deny in a permissions boundary',
    MESSAGES,
  ),
  describeKey(
    'the key policy does not delegate to IAM',
    restricted(keyPolicy('Allow', () => `arn:aws:iam::${ACCOUNT}:role/KeyAdministrator`)),
    'because no resource-based policy allows the kms:DescribeKey action',
    KEY_POLICIES,
  ),
  describeKey(
    'the key policy denies it',
    restricted(keyPolicy('Deny', ({ arn }) => arn)),
    'with an explicit deny in a resource-based policy',
    MESSAGES,
  ),
  row(
    'DescribeKey',
    'the key policy alone allows it',
    restricted(
      keyPolicy('Allow', ({ arn }) => arn),
      [],
    ),
    async (world, subject) => {
      await describe(world, subject);
      return {};
    },
    () => ({}),
    KEY_POLICIES,
  ),
  row(
    'PutParameter',
    'overwriting is denied, but it creates',
    noOverwrite,
    put(false),
    () => ({ Tier: 'Standard', Version: 1 }),
    CONDITIONS,
  ),
  row(
    'PutParameter',
    'overwriting is denied, and it overwrites',
    noOverwrite,
    put(true),
    denied('ssm:PutParameter', 'with an explicit deny in an identity-based policy', parameterArn),
    CONDITIONS,
  ),
  row(
    'PutParameter',
    'overwriting is allowed',
    unrestricted,
    put(true),
    () => ({ Tier: 'Standard', Version: 1 }),
    CONDITIONS,
  ),
  row(
    'GetRole',
    'a role that does not exist',
    unrestricted,
    (world) =>
      world.query('iam', { Action: 'GetRole', RoleName: 'AWSServiceRoleForKeyManagementServiceMultiRegionKeys' }),
    () =>
      new Refused(
        'NoSuchEntity',
        'The role with name AWSServiceRoleForKeyManagementServiceMultiRegionKeys cannot be found.',
      ),
    `${STACKD}/kms/multi_region.json: service_role_before`,
  ),
];
