import { IAM } from '@aws-sdk/client-iam';
import { expectRecorded } from '../recorded';
import { ACCOUNT, refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';
import { RECORDED } from './recorded.table';

let wire: ServicesOnTheWire;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
});

afterAll(() => wire.stop());

test.each(RECORDED)('$operation: $when', (row) => expectRecorded(wire, row));

test('a service control policy overrides a role, and a refused call has no effect', async () => {
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const role = wire.iam.createRole('bound', { inline: { all } });
  wire.iam.setServiceControlPolicy({ Statement: [{ Effect: 'Deny', Action: 'kms:Rotate*', Resource: '*' }] });
  const key = wire.kmsService.createKey(REGION);
  const kms = wire.kms(REGION, wire.iam.credentialsFor(role.arn));
  expect((await refusal(kms.rotateKeyOnDemand({ KeyId: key.arn }))).message).toContain(
    'with an explicit deny in a service control policy',
  );
  expect(key.acceptedRotations).toHaveLength(0);
  await kms.describeKey({ KeyId: key.arn });
});

test('a call without permission on a missing key fails with NotFoundException', async () => {
  const role = wire.iam.createRole('powerless');
  const KeyId = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const call = wire.kms(REGION, wire.iam.credentialsFor(role.arn)).describeKey({ KeyId });
  expect(await refusal(call)).toMatchObject({ name: 'NotFoundException' });
});

test('several parameters need permission for each, a path for the path itself', async () => {
  const Resource = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/ledger/*`;
  const ledger = { Statement: [{ Effect: 'Allow', Action: 'ssm:Get*', Resource }] };
  const role = wire.iam.createRole('reader', { inline: { ledger } });
  const ssm = wire.ssm(REGION, wire.iam.credentialsFor(role.arn));
  await ssm.getParametersByPath({ Path: '/ledger/a' });
  await ssm.getParameters({ Names: ['/ledger/a', '/ledger/b'] });
  const refused = { name: 'AccessDeniedException' };
  expect(await refusal(ssm.getParameters({ Names: ['/ledger/a', '/other'] }))).toMatchObject(refused);
  expect(await refusal(ssm.getParametersByPath({ Path: '/ledger' }))).toMatchObject(refused);
});

test('an unsupported operation is refused by name', async () => {
  expect(await refusal(wire.query('iam', { Action: 'CreateUser' }))).toMatchObject({
    message: expect.stringContaining('CreateUser') as string,
  });
});

test('a role created through the API may do what its policy allows, and the simulation agrees', async () => {
  const iam = wire.client((configuration) => new IAM(configuration));
  const { Role } = await iam.createRole({ RoleName: 'made', AssumeRolePolicyDocument: '{}' });
  const arn = Role?.Arn ?? '';
  const decisions = async (): Promise<unknown[]> => {
    const ActionNames = ['kms:DescribeKey', 'kms:CreateKey'];
    const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy({ PolicySourceArn: arn, ActionNames });
    return EvaluationResults.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision]);
  };
  expect(await decisions()).toEqual([
    ['kms:DescribeKey', 'implicitDeny'],
    ['kms:CreateKey', 'implicitDeny'],
  ]);
  const look = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:Describe*', Resource: '*' }] };
  const named = { RoleName: 'made', PolicyName: 'look' };
  await iam.putRolePolicy({ ...named, PolicyDocument: JSON.stringify(look) });
  expect(await decisions()).toContainEqual(['kms:DescribeKey', 'allowed']);
  await iam.deleteRolePolicy(named);
  expect(await decisions()).toContainEqual(['kms:DescribeKey', 'implicitDeny']);
  await iam.deleteRole({ RoleName: 'made' });
  expect(await refusal(iam.getRole({ RoleName: 'made' }))).toMatchObject({
    name: expect.stringMatching(/^NoSuchEntity/) as string,
  });
});

test('an expired session is refused with the error code of each protocol', async () => {
  const session = { accessKeyId: 'ASIAEXPIRED', secretAccessKey: 'x' };
  await wire.kms(REGION, session).listKeys({});
  wire.iam.expire(session.accessKeyId);
  const message = 'The security token included in the request is expired';
  expect(await refusal(wire.kms(REGION, session).listKeys({}))).toMatchObject({
    name: 'ExpiredTokenException',
    message,
  });
  const iam = wire.client((configuration) => new IAM({ ...configuration, credentials: session }));
  expect(await refusal(iam.listRoles({}))).toMatchObject({ name: 'ExpiredToken', message });
});
