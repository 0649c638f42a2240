import { KMS_ACTIONS, LEDGER_ACTIONS } from '../../lib/protocol';
import type { Verdict } from '../../lib/sentence';
import { ServiceError } from '../../local/wire/service';
import { ACCOUNT } from './events';
import { commandOf, expectFailure, expectSuccess } from './responses';
import { REGION, ROLE_ARN, Stage, keyIdOf } from './stage';

/** The handler with the credentials of the provider's role, whose policies the local AWS enforces. */
let stage: Stage;
let keyArn: string;

const forLedgers = allow(LEDGER_ACTIONS, `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/on-demand-key-rotation/*`);

beforeAll(async () => {
  stage = await Stage.open();
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
/** The policy statement in a reason. */
const statementIn = (reason: string) => JSON.parse(/\{"Effect".*?\}(?=\]|\.)/.exec(reason)?.[0] ?? 'null') as object;

async function expectRefusal(code: string, verdict: Verdict, ...pieces: readonly string[]): Promise<string> {
  const reason = expectFailure(await deploy(), code, verdict);
  pieces.forEach((piece) => {
    expect(reason).toContain(piece);
  });
  expect(stage.rotations(keyArn)).toBe(0);
  return reason;
}

test('with the construct’s statements, the key rotates', async () => {
  expectSuccess(await deploy());
});

test('a key policy that does not delegate to IAM: the reason has a statement that can be pasted into it', async () => {
  const key = stage.aws.kms.key(REGION, keyArn);
  key.stopDelegatingToIam();
  const reason = await expectRefusal(
    'KeyDenied',
    'NOT ROTATED',
    `Role ${ROLE_ARN} may not look at key ${keyArn}. The key policy does not allow kms:DescribeKey.`,
  );
  expect(commandOf(reason)).toBe(
    `aws kms get-key-policy --region ${REGION} --key-id ${keyIdOf(keyArn)} --policy-name default --output text`,
  );

  const [administrator] = (JSON.parse(key.regionalKey.policy) as { Statement: object[] }).Statement;
  key.update({ policy: policy(...(administrator ? [administrator] : []), statementIn(reason)) });
  expectSuccess(await deploy());
});

test('a role without permission on the key: the reason has a statement that can be pasted into its policy', async () => {
  stage.aws.iam.deleteInlinePolicy('provider', 'keys');
  const reason = await expectRefusal('KeyDenied', 'NOT ROTATED', 'No policy of the role allows kms:DescribeKey.');
  expect(commandOf(reason)).toMatch(
    /^aws iam put-role-policy --role-name provider --policy-name OnDemandKeyRotation --policy-document '\{.*\}'$/,
  );
  stage.aws.iam.putInlinePolicy('provider', 'keys', policy(statementIn(reason)));
  expectSuccess(await deploy());
});

test('a role that may read but not rotate rotates nothing, and its claim is closed', async () => {
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
  const reason = await expectRefusal('RotationDenied', 'NOT ROTATED', `Role ${ROLE_ARN} may not rotate key ${keyArn}.`);
  expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
  stage.aws.iam.putInlinePolicy('provider', 'keys', policy(statementIn(reason)));
  expectSuccess(await deploy());
});

test('a permissions boundary: the reason has the missing statement', async () => {
  const { iam } = stage.aws;
  const boundary = iam.createManagedPolicy('boundary', policy(forLedgers));
  iam.setPermissionsBoundary('provider', boundary.arn);
  const reason = await expectRefusal(
    'KeyDenied',
    'NOT ROTATED',
    'The permissions boundary that the role is subject to',
  );
  iam.updateManagedPolicy(boundary.arn, policy(forLedgers, statementIn(reason)));
  expectSuccess(await deploy());
});

test('a denying service control policy is named', async () => {
  stage.aws.iam.setServiceControlPolicy(policy({ Effect: 'Deny', Action: 'kms:RotateKeyOnDemand', Resource: '*' }));
  await expectRefusal('RotationDenied', 'NOT ROTATED', 'An explicit deny in a service control policy forbids');
});

test('without AWS’s explanation, the reason names key policy and role policies', async () => {
  const stop = stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'before', () => {
    throw new ServiceError('AccessDeniedException', '');
  });
  await expectRefusal(
    'KeyDenied',
    'NOT ROTATED',
    'Neither the key policy nor, if that delegates to IAM, a policy of the role',
  );
  stop();
});

test('a role without permission on the ledger: the reason has a statement that can be pasted into its policy', async () => {
  stage.aws.iam.deleteInlinePolicy('provider', 'ledgers');
  const reason = await expectRefusal(
    'LedgerDenied',
    'UNKNOWN',
    `Role ${ROLE_ARN} may not use the ledger of rotations (/on-demand-key-rotation/${keyIdOf(keyArn)} in Parameter Store of ${REGION}).`,
    'No policy of the role allows ssm:GetParametersByPath.',
  );
  expect(stage.sent(keyArn)).toBe(0);
  stage.aws.iam.putInlinePolicy('provider', 'ledgers', policy(statementIn(reason)));
  expectSuccess(await deploy());
});

function policy(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function allow(Action: readonly string[], Resource: string): object {
  return { Effect: 'Allow', Action, Resource };
}
