import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createSts } from '../../../../local/sts/sts';
import { ACCOUNT, ServicesOnTheWire } from '../services-on-the-wire';

const ADMINISTRATOR = { accessKeyId: 'administrator', secretAccessKey: 'x', sessionToken: 'x' };

let wire: ServicesOnTheWire;
let sts: STSClient;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  wire.server.register(createSts(wire.environment, (arn) => wire.iam.credentialsFor(arn), ADMINISTRATOR));
  sts = wire.client((configuration) => new STSClient(configuration));
});
afterAll(() => wire.stop());

const assume = (RoleArn: string) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }));

test('the caller is known', async () => {
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: ACCOUNT });
});

test('a role of the account and a role of the bootstrap stack can be assumed', async () => {
  const { arn } = wire.iam.createRole('operator');
  const { Credentials, AssumedRoleUser } = await assume(arn);
  expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/operator/session`);
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
  const deployRole = `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-deploy-role-${ACCOUNT}-eu-central-1`;
  expect((await assume(deployRole)).Credentials?.AccessKeyId).toBe(ADMINISTRATOR.accessKeyId);
});

test.each([
  ['that does not exist', `arn:aws:iam::${ACCOUNT}:role/nobody`],
  [
    'of the bootstrap stack of another account',
    'arn:aws:iam::999999999999:role/cdk-x-deploy-role-999999999999-eu-central-1',
  ],
])('a role %s is refused', async (_, arn) => {
  await expect(assume(arn)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`is not authorized to perform: sts:AssumeRole on resource: ${arn}`) as string,
  });
});
