import { KMS_ACTIONS, LEDGER_ACTIONS } from '../../lib/protocol';
import { ServiceError } from '../../local/wire/service';
import { ACCOUNT } from './events';
import { REGION, ROLE_ARN, Stage } from './stage';

/** The handler with the credentials of the provider's role, whose policies the local AWS enforces. */
let stage: Stage;
let keyArn: string;

const forLedgers = allow(LEDGER_ACTIONS, `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/on-demand-key-rotation/*`);

beforeAll(async () => {
  stage = await Stage.open({ rotationTime: 20, timeScale: 'virtual' });
});
afterAll(() => stage.close());
beforeEach(() => {
  const { iam } = stage.aws;
  if (iam.findRole(ROLE_ARN)) iam.deleteRole('provider');
  keyArn = stage.newKey();
  iam.createRole('provider', { inline: { keys: policy(allow(KMS_ACTIONS, keyArn)), ledgers: policy(forLedgers) } });
  const credentials = iam.credentialsFor(ROLE_ARN, 'provider');
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    AWS_SESSION_TOKEN: credentials?.sessionToken,
  });
});
afterEach(() => {
  stage.aws.iam.setServiceControlPolicy(policy());
});

const deploy = () => stage.send(stage.create(keyArn, 'A'));
const pasted = (reason: string | undefined) => JSON.parse(/\{.*\}/.exec(reason ?? '')?.[0] ?? 'null') as object;
const sameToken =
  'Deploy again with the same rotation token: the same rotation will be picked up, and there will be no second one.';
const says = (action: string, because: string, resource = keyArn) =>
  `AccessDeniedException: User: arn:aws:sts::${ACCOUNT}:assumed-role/provider/provider is not authorized to perform: ${action} on resource: ${resource} ${because}`;

async function expectRefusal(sentence: string): Promise<string> {
  const answer = await deploy();
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: sentence });
  expect(stage.rotations(keyArn)).toBe(0);
  return answer.Reason ?? '';
}

test('with the statements that the construct gives, the key rotates', async () => {
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

test('a key policy that does not delegate to IAM lacks a statement, which can be pasted into it', async () => {
  const key = stage.aws.kms.key(REGION, keyArn);
  key.stopDelegatingToIam();
  const reason = await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn} (kms:DescribeKey). Add this statement to the key policy: ` +
      `{"Effect":"Allow","Principal":{"AWS":"${ROLE_ARN}"},"Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"*"}.` +
      ` ${sameToken} KMS says: ${says('kms:DescribeKey', 'because no resource-based policy allows the kms:DescribeKey action')}.`,
  );
  expect(stage.ledger(keyArn)).toEqual([]);

  const [administrator] = (JSON.parse(key.member.policy) as { Statement: object[] }).Statement;
  key.update({ policy: policy(...(administrator ? [administrator] : []), pasted(reason)) });
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

test('a role without the statement lacks one, which can be pasted into its policy', async () => {
  stage.aws.iam.deleteInlinePolicy('provider', 'keys');
  const reason = await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn} (kms:DescribeKey). Add this statement to a policy of the role: ` +
      `{"Effect":"Allow","Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"${keyArn}"}.` +
      ` ${sameToken} KMS says: ${says('kms:DescribeKey', 'because no identity-based policy allows the kms:DescribeKey action')}.`,
  );
  stage.aws.iam.putInlinePolicy('provider', 'keys', policy(pasted(reason)));
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

test('a role that may read and not rotate leaves nothing rotated, and its claim closed', async () => {
  stage.aws.iam.putInlinePolicy(
    'provider',
    'keys',
    policy(
      allow(
        KMS_ACTIONS.filter((action) => action !== 'kms:RotateKeyOnDemand'),
        keyArn,
      ),
    ),
  );
  const reason = await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn} (kms:RotateKeyOnDemand). Add this statement to a policy of the role: ` +
      `{"Effect":"Allow","Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"${keyArn}"}.` +
      ' Then deploy again with the same rotation token. KMS says: ' +
      `${says('kms:RotateKeyOnDemand', 'because no identity-based policy allows the kms:RotateKeyOnDemand action')}. Nothing has been rotated.`,
  );
  expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
  stage.aws.iam.putInlinePolicy('provider', 'keys', policy(pasted(reason)));
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

test('a permissions boundary lacks a statement', async () => {
  const { iam } = stage.aws;
  const boundary = iam.createManagedPolicy('boundary', policy(forLedgers));
  iam.setPermissionsBoundary('provider', boundary.arn);
  const reason = await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn} (kms:DescribeKey). The permissions boundary that the role is subject to does not allow it.` +
      ' Have this statement added there: ' +
      `{"Effect":"Allow","Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"${keyArn}"}.` +
      ` ${sameToken} KMS says: ${says('kms:DescribeKey', 'because no permissions boundary allows the kms:DescribeKey action')}.`,
  );
  iam.updateManagedPolicy(boundary.arn, policy(forLedgers, pasted(reason)));
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

test('a service control policy that denies is named', async () => {
  stage.aws.iam.setServiceControlPolicy(policy({ Effect: 'Deny', Action: 'kms:RotateKeyOnDemand', Resource: '*' }));
  await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn} (kms:RotateKeyOnDemand). An explicit deny in a service control policy forbids it, and no other` +
      ' statement can lift that: have the role exempted there. Then deploy again with the same rotation token. KMS says: ' +
      `${says('kms:RotateKeyOnDemand', 'with an explicit deny in a service control policy')}. Nothing has been rotated.`,
  );
});

test('a refusal that does not say why names both places', async () => {
  const stop = stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'before', () => {
    throw new ServiceError('AccessDeniedException', '');
  });
  await expectRefusal(
    `Role ${ROLE_ARN} may not use key ${keyArn}. Add this statement to the key policy, ` +
      `{"Effect":"Allow","Principal":{"AWS":"${ROLE_ARN}"},"Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"*"}` +
      ', or, if that delegates to IAM policies, this one to the role: ' +
      `{"Effect":"Allow","Action":["kms:DescribeKey","kms:GetKeyRotationStatus","kms:ListKeyRotations","kms:RotateKeyOnDemand"],"Resource":"${keyArn}"}.` +
      ` ${sameToken} KMS says: AccessDeniedException.`,
  );
  stop();
});

test('a role that may not use the ledger lacks a statement, which can be pasted into its policy', async () => {
  stage.aws.iam.deleteInlinePolicy('provider', 'ledgers');
  const keyId = keyArn.slice(keyArn.lastIndexOf('/') + 1);
  const reason = await expectRefusal(
    `The ledger of rotations (/on-demand-key-rotation/${keyId} in Parameter Store of ${REGION}) is closed to role ${ROLE_ARN}, and without it nothing is` +
      ' rotated. Add this statement to a policy of the role: ' +
      `{"Effect":"Allow","Action":["ssm:GetParametersByPath","ssm:PutParameter"],"Resource":"arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/on-demand-key-rotation/*"}.` +
      ` ${sameToken} Parameter Store says: ` +
      `${says('ssm:GetParametersByPath', 'because no identity-based policy allows the ssm:GetParametersByPath action', `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/on-demand-key-rotation/${keyId}`)}.`,
  );
  expect(stage.sent(keyArn)).toBe(0);
  stage.aws.iam.putInlinePolicy('provider', 'ledgers', policy(pasted(reason)));
  expect(await deploy()).toMatchObject({ Status: 'SUCCESS' });
});

function policy(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function allow(Action: readonly string[], Resource: string): object {
  return { Effect: 'Allow', Action, Resource };
}
