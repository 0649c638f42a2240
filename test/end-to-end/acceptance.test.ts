/** `npm run acceptance` on a local AWS: refusals and disturbed runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { LocalAws } from '../../local/local-aws';
import { ServiceError } from '../../local/wire/service';
import { Account, type AccessKey } from '../../tools/acceptance/account';
import { accept } from '../../tools/acceptance/command';
import type { RunOptions } from '../../tools/acceptance/options';
import type { Report } from '../../tools/acceptance/report/report';
import type { RunState } from '../../tools/acceptance/run-state';
import { timeOf } from '../../tools/acceptance/time';

const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';

let aws: LocalAws;
let report: string;
let said: string[];
let interrupted: AbortController;

beforeEach(async () => {
  aws = await LocalAws.start({ region: REGION, rotationTime: 112, timeScale: 'virtual' });
  report = mkdtempSync(join(tmpdir(), 'acceptance-test-'));
  said = [];
  interrupted = new AbortController();
});

afterEach(async () => {
  await aws.stop();
  rmSync(report, { recursive: true });
});

interface Caller {
  readonly region?: string;
  readonly credentials?: AccessKey;
}

/** Runs it as on AWS; only the endpoint differs. @returns the exit code. */
function run(options: Partial<RunOptions> = {}, { region = REGION, credentials }: Caller = {}): Promise<number> {
  const account = new Account({ region, environment: aws.environment, time: timeOf(aws.clock), credentials });
  const all: RunOptions = {
    mode: 'run',
    local: false,
    account: ACCOUNT,
    only: [],
    resume: false,
    rounds: 5,
    broken: [],
    report,
    ...options,
  };
  return accept(all, account, { isFresh: false, say: (line) => said.push(line), interrupted });
}

const state = (): RunState => JSON.parse(readFileSync(join(report, 'state.json'), 'utf8')) as RunState;
const reported = (): Report => JSON.parse(readFileSync(join(report, 'report.json'), 'utf8')) as Report;
const keysInUse = (): number => aws.kms.keys(REGION).filter((key) => key.state !== 'PendingDeletion').length;

describe('creates nothing, and refuses', () => {
  afterEach(() => {
    const changes = aws.calls.filter(({ operation }) => /^(Create|Put|Replicate|Rotate|Delete)/.test(operation));
    expect(changes).toEqual([]);
  });

  test('the wrong account', async () => {
    await expect(run({ account: '999999999999' })).rejects.toThrow(
      `NOT STARTED. The credentials are those of account ${ACCOUNT}, not of 999999999999.`,
    );
  });

  test('an unconfirmed account', async () => {
    await expect(run({ account: undefined })).rejects.toThrow(`confirm by --account ${ACCOUNT}`);
    expect(said.join('\n')).toContain(`In account ${ACCOUNT}, Region ${REGION}`);
  });

  test('an expired session', async () => {
    aws.iam.expire('local');
    await expect(run({ profile: 'me' })).rejects.toThrow(/The session has expired\.\nRun:\naws sso login --profile me/);
  });

  test('no credentials', async () => {
    const { AWS_ENDPOINT_URL = '' } = aws.environment;
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = process.env;
    Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' });
    Object.assign(process.env, { AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    const account = new Account({ region: REGION, environment: { AWS_ENDPOINT_URL }, time: timeOf(aws.clock) });
    const options = { mode: 'run', local: false, only: [], resume: false, rounds: 1, broken: [], report } as const;
    const refused = accept(options, account, { isFresh: false, say: () => undefined, interrupted });
    await expect(refused).rejects.toThrow('NOT STARTED. There are no credentials');
    process.env = { ...others, ...(AWS_ACCESS_KEY_ID && { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }) };
  });

  test('a Region that is not enabled', async () => {
    aws.intercept({ service: 'sts', operation: 'GetCallerIdentity' }, 'before', ({ region }) => {
      const message = 'The security token included in the request is invalid.';
      if (region === 'ap-east-1') throw new ServiceError('InvalidClientTokenId', message, 403);
    });
    await expect(run({}, { region: 'ap-east-1' })).rejects.toThrow(
      /Region ap-east-1 is not enabled in this account\.\nRun:\naws account enable-region --region-name ap-east-1/,
    );
  });

  test('missing permissions', async () => {
    const role = aws.iam.createRole('reader');
    const Statement = [{ Effect: 'Allow', Action: ['kms:*', 'cloudformation:*', 'iam:*'], Resource: '*' }];
    aws.iam.putInlinePolicy(role, 'read', { Version: '2012-10-17', Statement });
    const credentials = aws.iam.credentialsFor(role.arn);
    await expect(run({}, { credentials })).rejects.toThrow(
      /reader\S* may not ssm:GetParameter, .*, sqs:DeleteMessage\./,
    );
  });

  test('a Region without the bootstrap stack', async () => {
    aws.parameterStore.delete(REGION, '/cdk-bootstrap/hnb659fds/version');
    await expect(run()).rejects.toThrow(`npx cdk bootstrap aws://${ACCOUNT}/${REGION}`);
  });

  test('too little concurrency, except for parts that need none', async () => {
    aws.lambda.settings.concurrencyLimit = 10;
    await expect(run()).rejects.toThrow('Lambda grants this account 10 concurrent executions');
    await expect(run({ only: ['crash'], account: undefined })).rejects.toThrow('confirm by --account');
  });

  test('the leftovers of an interrupted run', async () => {
    const earlier = { id: 'abc123', account: ACCOUNT, startedAt: '2026-12-01T10:00:00.000Z', stacks: [], keys: [] };
    writeFileSync(join(report, 'state.json'), JSON.stringify({ ...earlier, parameters: [], roles: [] }));
    await expect(run()).rejects.toThrow('Run abc123 of 2026-12-01T10:00:00.000Z was interrupted.');
  });

  test('to resume without a run', async () => {
    await expect(run({ resume: true })).rejects.toThrow('There is no run to go on with.');
  });
});

test('stacks of an unknown run are named', async () => {
  const { accessKeyId, secretAccessKey } = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CloudFormation({
    region: REGION,
    endpoint: aws.url,
    credentials: { accessKeyId, secretAccessKey },
  });
  const TemplateBody = JSON.stringify({ Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } });
  await client.createStack({ StackName: 'odkr-acceptance-old', TemplateBody });
  client.destroy();
  await expect(run()).rejects.toThrow(
    'aws cloudformation delete-stack --region eu-central-1 --stack-name odkr-acceptance-old',
  );
});

test('an interrupted run cleans up, and can be resumed', async () => {
  const only = ['answers', 'ledger-lag', 'creation-races'];
  const first = interrupted;
  aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', ({ input }) => {
    if (String(input.Name).includes('/lag/')) first.abort(new Error('SIGINT was received.'));
  });
  expect(await run({ only })).toBe(1);
  expect(state().results.map(({ name }) => name)).toContain('creation-races');
  expect(state().finishedAt).toBeUndefined();
  expect(reported().about.interruption).toBe('SIGINT was received.');
  expect(said.join('\n')).toMatch(/INTERRUPTED[^]*--resume/);
  expect({ ...state(), keysInUse: keysInUse() }).toMatchObject({ stacks: [], parameters: [], keysInUse: 0 });
  const racesBefore = aws.calls.filter(({ input }) => String(input.Name).includes('/races/')).length;

  interrupted = new AbortController();
  expect(await run({ resume: true })).toBe(0);
  expect(state().results.map(({ name }) => name)).toEqual(expect.arrayContaining([...only, 'final-look']));
  expect(aws.calls.filter(({ input }) => String(input.Name).includes('/races/'))).toHaveLength(racesBefore);
  // Without those of the interrupted attempt.
  expect(state().measurements['lag of GetParametersByPath after a creation']).toHaveLength(30);
  expect(state().measurements['winners of a creation race']).toEqual([1, 1, 1, 1, 1]);

  // A new run remembers the keys of this one: their ledgers are still there.
  const keys = state().keys.map(({ arn }) => arn);
  expect(await run({ only: ['iam-propagation'] })).toBe(0);
  expect(state().keys.map(({ arn }) => arn)).toEqual(expect.arrayContaining(keys));
});

test('an expiring session ends the run, and a new session cleans it up', async () => {
  const session = { accessKeyId: 'session', secretAccessKey: 'x' };
  let left = 20;
  aws.intercept({ service: 'kms', operation: 'DescribeKey' }, 'before', () => {
    left -= 1;
    if (left === 0) aws.iam.expire(session.accessKeyId);
  });
  expect(await run({ only: ['rotation-times'] }, { credentials: session })).toBe(1);
  expect(reported().about.interruption).toBe('The session has expired.');
  expect(said.join('\n')).toMatch(/left: Key arn[^]*--clean-up/);
  expect(keysInUse()).toBe(3);

  expect(await run({ mode: 'clean-up' })).toBe(0);
  expect(keysInUse()).toBe(0);
  aws.clock.skip(8 * 24 * 3_600_000);
  expect(await run({ mode: 'clean-up' })).toBe(0);
  expect(state().keys).toEqual([]);
});

test('two winners of a race are reported', async () => {
  aws.parameterStore.secondCreator = { within: 0, version: 1 };
  expect(await run({ only: ['creation-races'] })).toBe(1);
  expect(readFileSync(join(report, 'report.md'), 'utf8')).toContain(
    '**What the promise rests on does NOT hold: one winner.',
  );
});

test('a rotation of 170 seconds and reads that lag by 150 seconds are reported', async () => {
  aws.kms.settings.rotationTime = 170_000;
  aws.kms.settings.readLag = 150_000;
  expect(await run({ only: ['rotation-times'] })).toBe(1);
  const broken = reported().bounds.filter(({ outcome }) => outcome === 'broken');
  expect(broken.map(({ bound, room }) => [bound.name, Math.round((room ?? 0) / 10)])).toEqual([
    ['usual rotation', -1],
    ['lag of KMS', -4],
  ]);
});

test('a part uses the real command line, and leaves nothing behind', async () => {
  expect(await run({ only: ['refused-keys'] })).toBe(0);
  expect(reported().parts.flatMap(({ steps }) => steps.map(({ outcome }) => outcome))).toEqual(Array(4).fill('held'));
  expect({ stacks: state().stacks, keysInUse: keysInUse() }).toEqual({ stacks: [], keysInUse: 0 });
});
