/** Damaged ledgers, and that the command in the failure's reason lets the key rotate again. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterType,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { ServiceError } from '../../local/wire/service';
import { commandOf, expectFailure, expectSuccess } from './responses';
import { REGION, Stage, keyIdOf } from './stage';

let stage: Stage;
let keyArn: string;
let path: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
  path = `/on-demand-key-rotation/${keyIdOf(keyArn)}`;
});

const write = (name: string, value: string) => {
  stage.aws.parameterStore.put(REGION, name, value);
};

/** Runs AWS CLI commands that are joined by `&&`, and keeps one value for `$VALUE`. */
async function run(line: string): Promise<void> {
  const client = new SSMClient({ region: REGION });
  let kept = '';
  for (const command of line.split(' && ')) {
    const words = [...command.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map(([word]) => word.replace(/^['"]|['"]$|\)$/g, ''));
    const option = (name: string) => words[words.indexOf(`--${name}`) + 1] ?? '';
    const Name = option('name');
    if (words[0] === 'sleep') stage.aws.clock.skip(Number(words[1]) * 1000);
    else if (command.includes('aws ssm get-parameter ')) {
      kept = (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value ?? '';
    } else if (command.includes('aws ssm delete-parameter ')) await client.send(new DeleteParameterCommand({ Name }));
    else if (command.includes('aws ssm put-parameter ')) {
      const Value = option('value') === '$VALUE' ? kept : option('value');
      await client.send(new PutParameterCommand({ Name, Value, Type: option('type') as ParameterType }));
    } else throw new Error(`Unknown command: ${command}`);
  }
}

test.each(['01', 'x', '1/x', '0'])('a stray parameter %j is named, and can be removed', async (name) => {
  await stage.send(stage.create(keyArn, 'A'));
  write(`${path}/${name}`, 'whatever');
  const reason = expectFailure(await stage.send(stage.update(keyArn, 'A', 'B')), 'LedgerDamaged', 'NOT ROTATED');
  expect(reason).toContain(`Parameter ${path}/${name} does not belong in the ledger`);
  expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A')), { Outcome: 'TOKEN_USED' });
  await run(commandOf(reason));
  expectSuccess(await stage.send(stage.update(keyArn, 'A', 'B')), { Outcome: 'ROTATED' });
  expect(stage.rotations(keyArn)).toBe(2);
});

test('a changed record is detected by its version, and can be restored from its history', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  const [claim] = stage.ledger(keyArn);
  write(`${path}/2`, JSON.stringify({ state: 'refused', token: 'A', recordedAt: claim?.recordedAt, ends: 1 }));
  const reason = expectFailure(await stage.send(stage.create(keyArn, 'A')), 'LedgerDamaged', 'UNKNOWN');
  expect(reason).toContain(`Parameter ${path}/2`);
  expect(reason).toContain('was changed');
  await run(commandOf(reason));
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'TOKEN_USED' });
  expectSuccess(await stage.send(stage.update(keyArn, 'A', 'B')), { Outcome: 'ROTATED' });
  expect(stage.rotations(keyArn)).toBe(2);
});

test('an invalid record is detected, and can be replaced by a neutral one', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  write(`${path}/3`, 'no JSON');
  const reason = expectFailure(await stage.send(stage.update(keyArn, 'A', 'B')), 'LedgerDamaged', 'UNKNOWN');
  expect(reason).toContain(`Parameter ${path}/3`);
  await run(commandOf(reason));
  expectSuccess(await stage.send(stage.update(keyArn, 'A', 'B')), { Outcome: 'ROTATED' });
  expect(stage.rotations(keyArn)).toBe(2);
});

test('a deleted record leaves a gap, which can be filled', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  await stage.send(stage.update(keyArn, 'A', 'B'));
  stage.aws.parameterStore.delete(REGION, `${path}/3`);
  const reason = expectFailure(await stage.send(stage.create(keyArn, 'C')), 'LedgerIncomplete', 'UNKNOWN');
  expect(reason).toContain(`Parameter ${path}/3`);
  expectSuccess(await stage.send(stage.update(keyArn, 'C', 'B')), { Outcome: 'TOKEN_USED' });
  await run(commandOf(reason));
  expectSuccess(await stage.send(stage.create(keyArn, 'C')), { Outcome: 'ROTATED' });
  expect(stage.rotations(keyArn)).toBe(3);
});

test('a lost rotation can be recorded again, as the error catalogue says, and its token stays used up', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  await stage.send(stage.update(keyArn, 'A', 'B'));
  stage.aws.parameterStore.delete(REGION, `${path}/2`);
  const reason = expectFailure(await stage.send(stage.create(keyArn, 'C')), 'LedgerIncomplete', 'UNKNOWN');
  await run(commandOf(reason).replace('"state":"refused"', '"state":"rotated","ends":1').replace('(lost)', 'A'));
  expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'TOKEN_USED' });
  expect(stage.rotations(keyArn)).toBe(2);
});

describe('atomic creation of records', () => {
  test('an overwriting creation is detected, and nothing is rotated', async () => {
    stage.aws.parameterStore.secondCreator = { within: 60_000, version: 2 };
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'before', () => {
      write(`${path}/1`, '{}');
    });
    const reason = expectFailure(await stage.send(stage.create(keyArn, 'A')), 'LedgerOverwritten', 'UNKNOWN');
    stage.aws.parameterStore.secondCreator = undefined;
    expect(reason).toContain(`${path}/1`);
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('the provider’s role may create, but not overwrite, a record', async () => {
    await stage.record(keyArn, { state: 'refused', token: 'A' });
    const Statement = [
      { Effect: 'Allow', Action: 'ssm:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ssm:PutParameter',
        Resource: 'arn:aws:ssm:*:123456789012:parameter/on-demand-key-rotation/*',
        Condition: { StringEquals: { 'ssm:Overwrite': 'true' } },
      },
    ];
    const role = stage.aws.iam.createRole('sealed', { inline: { ledger: { Version: '2012-10-17', Statement } } });
    const credentials = stage.aws.iam.credentialsFor(role.arn);
    if (!credentials) throw new Error('The role has no credentials');
    const client = new SSMClient({ region: REGION, credentials });
    const put = (Name: string, Overwrite: boolean) =>
      client.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', Overwrite }));
    await expect(put(`${path}/1`, true)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(put(`${path}/2`, false)).resolves.toMatchObject({ Version: 1 });
    await expect(put('/elsewhere', true)).resolves.toMatchObject({ Version: 1 });
  });
});

test('with a full ledger, a failing update is UNKNOWN, and its rollback succeeds', async () => {
  await stage.send(stage.create(keyArn, 'A'));
  stage.key(keyArn).update({ enabled: false });
  const stop = stage.aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', () => {
    throw new ServiceError('ParameterLimitExceeded', 'You have exceeded the number of parameters.');
  });
  expectFailure(await stage.send(stage.update(keyArn, 'A', 'B')), 'KeyDisabled', 'UNKNOWN');
  expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A')), { Outcome: 'TOKEN_USED' });
  stop();
});
