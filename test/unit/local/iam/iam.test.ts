import { CreateKeyCommand, DescribeKeyCommand, type KMSClient, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import type { Role } from '../../../../local/iam/iam';
import type { Key } from '../../../../local/kms/key';
import { ACCOUNT, ServicesOnTheWire, MINUTE, refusal, REGION } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let role: Role;
let key: Key;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
  role = wire.iam.createRole('rotator');
  key = wire.kmsService.createKey(REGION);
});

afterEach(() => wire.stop());

function credentials(): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
  const found = wire.iam.credentialsFor(role.arn, 'function');
  if (!found) {
    throw new Error(`${role.arn} is not there.`);
  }
  return found;
}

const asRole = (): KMSClient => wire.kms(REGION, credentials());

const statement = (Effect: string, Action: unknown, Resource: unknown = '*', more: object = {}): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action, Resource, ...more }],
});

const describe_ = (): Promise<unknown> => asRole().send(new DescribeKeyCommand({ KeyId: key.arn }));
const rotate = (): Promise<unknown> => asRole().send(new RotateKeyOnDemandCommand({ KeyId: key.arn }));

const denied = (action: string, because: string): object => ({
  name: 'AccessDeniedException',
  message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/rotator/function is not authorized to perform: ${action} on resource: ${key.arn} ${because}`,
});

const NO_IDENTITY_POLICY = 'because no identity-based policy allows the kms:DescribeKey action';

test('a role without a policy may nothing, the administrator everything', async () => {
  expect(await refusal(describe_())).toEqual(denied('kms:DescribeKey', NO_IDENTITY_POLICY));
  await wire.kms().send(new DescribeKeyCommand({ KeyId: key.arn }));
});

test('what is refused has no effect', async () => {
  await refusal(rotate());
  expect(key.acceptedRotations).toHaveLength(0);
});

test.each([
  ['its name', 'kms:DescribeKey', (): string => key.arn],
  ['its name in any case', 'KMS:describekey', (): string => key.arn],
  ['wildcards', ['kms:Desc*', 'kms:?otateKeyOnDemand'], (): string => `arn:aws:kms:*:${ACCOUNT}:key/*`],
])('a statement allows by %s', async (_, action, resource) => {
  wire.iam.putInlinePolicy(role, 'policy', statement('Allow', action, [resource()]));
  await describe_();
});

test('a statement allows nothing else', async () => {
  wire.iam.putInlinePolicy(role, 'policy', statement('Allow', 'kms:DescribeKey', key.arn));
  const other = wire.kmsService.createKey(REGION);
  expect(await refusal(rotate())).toMatchObject({ name: 'AccessDeniedException' });
  expect(await refusal(asRole().send(new DescribeKeyCommand({ KeyId: other.arn })))).toMatchObject({
    name: 'AccessDeniedException',
  });
  expect(await refusal(asRole().send(new CreateKeyCommand({})))).toMatchObject({ name: 'AccessDeniedException' });
});

test('a key that is not there is said not to be', async () => {
  const absent = key.arn.replace(key.keyId, '1234abcd-12ab-34cd-56ef-1234567890ab');
  expect(await refusal(asRole().send(new DescribeKeyCommand({ KeyId: absent })))).toMatchObject({
    name: 'NotFoundException',
  });
});

test('managed policies count while they are attached', async () => {
  const { arn } = wire.iam.createManagedPolicy('policy', statement('Allow', 'kms:*'));
  wire.iam.attach(role, arn);
  await describe_();
  wire.iam.detach(role, arn);
  expect(await refusal(describe_())).toMatchObject({ name: 'AccessDeniedException' });
});

test('a policy counts only after its propagation', async () => {
  wire.iam.propagationDelay = MINUTE;
  wire.iam.putInlinePolicy(role, 'policy', statement('Allow', 'kms:*'));
  wire.clock.pass(MINUTE - 1);
  expect(await refusal(describe_())).toMatchObject({ name: 'AccessDeniedException' });
  wire.clock.pass(1);
  await describe_();
});

describe('a role that may', () => {
  beforeEach(() => {
    wire.iam.putInlinePolicy(role, 'policy', statement('Allow', 'kms:*'));
  });

  test.each<[string, () => void, string]>([
    [
      'an own policy',
      (): void => {
        wire.iam.putInlinePolicy(role, 'no', statement('Deny', 'kms:DescribeKey'));
      },
      'with an explicit deny in an identity-based policy',
    ],
    [
      'the organization',
      (): void => {
        wire.iam.setServiceControlPolicy(statement('Deny', 'kms:*'));
      },
      'with an explicit deny in a service control policy',
    ],
    [
      'its boundary',
      (): void => {
        const boundary = wire.iam.createManagedPolicy('boundary', statement('Allow', 'ssm:*'));
        wire.iam.setPermissionsBoundary(role, boundary.arn);
      },
      'because no permissions boundary allows the kms:DescribeKey action',
    ],
    [
      'a key policy that does not delegate to IAM',
      (): void => {
        key.stopDelegatingToIam();
      },
      'because no resource-based policy allows the kms:DescribeKey action',
    ],
    [
      'its end',
      (): void => {
        wire.iam.deleteRole(role);
      },
      NO_IDENTITY_POLICY,
    ],
  ])('is stopped by %s', async (_, stop, because) => {
    const kms = asRole();
    stop();
    expect(await refusal(kms.send(new DescribeKeyCommand({ KeyId: key.arn })))).toEqual(
      denied('kms:DescribeKey', because),
    );
  });
});

test('a key policy can allow a role by itself', async () => {
  key.update({ policy: statement('Allow', 'kms:DescribeKey', '*', { Principal: { AWS: role.arn } }) });
  await describe_();
  expect(await refusal(rotate())).toMatchObject({ name: 'AccessDeniedException' });
});

test.each([
  [
    'a condition, by its key',
    statement('Allow', 'kms:*', '*', { Condition: { StringEquals: { 'kms:KeySpec': 'x' } } }),
    /kms:KeySpec/,
  ],
  ['a statement without an action', { Statement: [{ Effect: 'Allow', Resource: '*' }] }, /actions/],
  ['what is no policy', 'no JSON', /Syntax/],
])('refuses %s', (_, document, message) => {
  expect(() => {
    wire.iam.putInlinePolicy(role, 'policy', document);
  }).toThrow(message);
});

test('parameters are named without a second slash, and a path by itself', async () => {
  const ledger = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/ledger/*`;
  wire.iam.putInlinePolicy(
    role,
    'policy',
    statement('Allow', ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:GetParametersByPath'], ledger),
  );
  const ssm = wire.ssm(REGION, credentials());
  await ssm.send(new PutParameterCommand({ Name: '/ledger/a', Value: '1', Type: 'String' }));
  await ssm.send(new GetParameterCommand({ Name: '/ledger/a' }));
  await ssm.send(new GetParametersByPathCommand({ Path: '/ledger/a' }));
  expect(await refusal(ssm.send(new GetParametersCommand({ Names: ['/ledger/a'] })))).toMatchObject({
    name: 'AccessDeniedException',
  });
  expect(await refusal(ssm.send(new GetParameterCommand({ Name: '/other' })))).toMatchObject({
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/rotator/function is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/other because no identity-based policy allows the ssm:GetParameter action`,
  });
});
