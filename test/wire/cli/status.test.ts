/** `status` over the wire: every kind of key, denied reads, and refused Regions and credentials. */
import type { KeyReport } from '../../../cli/key-report';
import { ServiceError } from '../../../local/wire/service';
import { tokenDigest } from '../../../lambda/token-digest';
import { REGION, Stage, keyIdOf } from '../stage';
import { commandLine, rows } from './command-line';

let stage: Stage;
const stop: (() => void)[] = [];

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => {
  stop.splice(0).forEach((end) => {
    end();
  });
  await stage.close();
});

const status = (...args: string[]) => commandLine(stage, ['status', ...args]);

/** Refuses an operation as IAM would. */
function deny(service: string, operation: string, matches: (input: object) => boolean = () => true): void {
  stop.push(
    stage.aws.intercept({ service, operation }, 'before', ({ input }) => {
      if (!matches(input)) return;
      throw new ServiceError(
        'AccessDeniedException',
        `User: arn:aws:iam::123456789012:user/a is not authorized to perform: ${service}:${operation} on resource: * because no identity-based policy allows the ${service}:${operation} action`,
      );
    }),
  );
}

test('each key has a row with its aliases, its kind, whether it can be rotated, and the token of its last rotation', async () => {
  const orders = stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/orders', orders);
  stage.aws.kms.createAlias(REGION, 'alias/orders-old', orders);
  await stage.send(stage.create(orders, 'incident-4711'));
  const archive = stage.newKey({ enableKeyRotation: true });
  stage.key(archive).update({ enabled: false });
  const signatures = stage.newKey({ keySpec: 'HMAC_256' });
  const imported = stage.newKey({ origin: 'EXTERNAL' });
  stage.aws.kms.createManagedKey(REGION, 's3');

  const { exitCode, out, err } = await status('--output', 'json');
  expect({ exitCode, err }).toEqual({
    exitCode: 0,
    err: 'Not shown are 1 AWS managed keys, which only AWS rotates: add --all.\n',
  });
  const reports = JSON.parse(out) as KeyReport[];
  expect(reports.map(({ keyArn }) => keyArn)).toEqual([orders, archive, signatures, imported]);
  expect(reports[0]).toEqual({
    region: REGION,
    keyId: keyIdOf(orders),
    keyArn: orders,
    aliases: ['alias/orders', 'alias/orders-old'],
    kind: 'symmetric',
    state: 'Enabled',
    eligible: true,
    remainingRotations: 24,
    lastRotation: {
      date: new Date(stage.key(orders).rotations[0]?.completedAt ?? NaN).toISOString(),
      type: 'ON_DEMAND',
      token: 'incident-4711',
      tokenDigest: tokenDigest('incident-4711'),
      stackId: stage.ledger(orders)[0]?.stackId,
    },
    unknown: [],
  });
  expect(reports[1]).toMatchObject({ state: 'Disabled', eligible: false, refusal: { code: 'KeyDisabled' } });
  expect(reports[1]?.nextAutomaticRotation).toMatch(/^\d{4}-/);
  expect(reports[2]).toMatchObject({ kind: 'HMAC_256', eligible: false, refusal: { code: 'KeySpec' } });
  expect(reports[2]?.remainingRotations).toBeUndefined();
  expect(reports[3]).toMatchObject({ kind: 'symmetric, imported', refusal: { code: 'KeyPendingImport' } });
});

test('the table has a line for each key, without colors outside a terminal', async () => {
  const key = stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/orders', key);
  await stage.kmsByHand.rotateKeyOnDemand(key);
  stage.pass(1);
  const { out } = await status();
  const [header, row, ...more] = out.trimEnd().split('\n');
  expect(header?.split(/ {2,}/)).toEqual([
    'KEY',
    'KIND',
    'STATE',
    'ROTATABLE',
    'AUTOMATIC',
    'LEFT',
    'LAST ROTATION',
    'IN PROGRESS',
  ]);
  const today = new Date(stage.now).toISOString().slice(0, 10);
  expect(row?.split(/ {2,}/)).toEqual(['alias/orders', 'symmetric', 'Enabled', 'yes', 'off', '24', `${today} by hand`]);
  expect(more).toEqual([]);
});

test('CSV has no formulas from tokens', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, '=1+1'));
  const { out } = await status('--output', 'csv');
  expect(out.split('\n')[1]).toMatch(new RegExp(`^${keyIdOf(key)},symmetric,Enabled,yes,off,24,`));
  expect(out).not.toMatch(/(^|,)=/m);
});

test('an open claim is in progress, and undecided once its owner is dead', async () => {
  const key = stage.newKey();
  await stage.record(key, { state: 'claimed', token: 'A' }, 1);
  const [before] = rows<KeyReport>(await status('--output', 'json'));
  expect(before?.inProgress).toMatchObject({ state: 'claimed', token: 'A' });
  stage.pass(20);
  const [after] = rows<KeyReport>(await status('--output', 'json'));
  expect(after?.inProgress).toMatchObject({ state: 'undecided', token: 'A' });
});

test('denied reads are marked and named, the rest is shown, and the exit code is 3', async () => {
  const denied = stage.newKey();
  const allowed = stage.newKey();
  deny('kms', 'ListKeyRotations', (input) => 'KeyId' in input && input.KeyId === denied);
  deny('kms', 'ListAliases');
  const { exitCode, out, err } = await status();
  expect(exitCode).toBe(3);
  expect(out).toMatch(new RegExp(`^${keyIdOf(denied)} .* \\? +\\?$`, 'm'));
  expect(out).toMatch(new RegExp(`^${keyIdOf(allowed)} .* 25 +never$`, 'm'));
  expect(err).toContain(`[Incomplete] kms:ListKeyRotations is not allowed for key ${keyIdOf(denied)}.`);
  expect(err).toContain(`[Incomplete] kms:ListAliases is not allowed for ${REGION}.`);
});

test('without the ledgers, no rotation counts as done by hand', async () => {
  const key = stage.newKey();
  await stage.send(stage.create(key, 'A'));
  deny('ssm', 'GetParametersByPath');
  const { exitCode, out } = await status();
  expect(exitCode).toBe(3);
  expect(out).toContain('token ?');
});

test('without ListKeys there is no list, and the exit code is 3', async () => {
  deny('kms', 'ListKeys');
  const { exitCode, err } = await status('--output', 'json');
  expect(exitCode).toBe(3);
  expect(err).toContain('[Incomplete] kms:ListKeys is not allowed');
});

test('one key by its alias needs no ListKeys', async () => {
  const key = stage.newKey();
  stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/orders', key);
  const found = rows<KeyReport>(await status('--key', 'alias/orders', '--output', 'json'));
  expect(found.map(({ keyArn }) => keyArn)).toEqual([key]);
  expect(stage.aws.calls.map(({ operation }) => operation)).not.toContain('ListKeys');
});

test('a key that does not exist is a usage error', async () => {
  const { exitCode, out, err } = await status('--key', 'alias/no-such', '--output', 'json');
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '[]\n' });
  expect(err).toContain('[NoSuchKey] alias/no-such is no key in eu-central-1');
});

test('a damaged ledger is reported, and the key is shown', async () => {
  const key = stage.newKey();
  await stage.services.parameterStore(REGION).putParameter(`/on-demand-key-rotation/${keyIdOf(key)}/1`, 'no record');
  const { exitCode, out, err } = await status();
  expect(exitCode).toBe(3);
  expect(out).toContain(keyIdOf(key));
  expect(err).toContain(`/on-demand-key-rotation/${keyIdOf(key)}/1`);
});

test('a Region that refuses the credentials is named, and the other Region is shown', async () => {
  const key = stage.newKey();
  stop.push(
    ...['kms', 'ssm'].flatMap((service) =>
      ['ListKeys', 'ListAliases', 'GetParametersByPath'].map((operation) =>
        stage.aws.intercept({ service, operation }, 'before', ({ region }) => {
          if (region === 'me-south-1')
            throw new ServiceError(
              'UnrecognizedClientException',
              'The security token included in the request is invalid.',
            );
        }),
      ),
    ),
  );
  const { exitCode, out, err } = await status('--region', 'me-south-1', '--region', REGION);
  expect(exitCode).toBe(3);
  expect(out).toMatch(new RegExp(`^${REGION} +${keyIdOf(key)}`, 'm'));
  expect(err).toContain('[RegionRefused] Region me-south-1 refuses these credentials');
});

test('expired credentials are reported in one sentence', async () => {
  for (const [service, operation] of [
    ['kms', 'ListAliases'],
    ['ssm', 'GetParametersByPath'],
  ] as const) {
    stop.push(
      stage.aws.intercept({ service, operation }, 'before', () => {
        throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
      }),
    );
  }
  const { exitCode, out, err } = await status();
  expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
  expect(err).toMatch(/^\[ExpiredCredentials\] The credentials have expired\.\nRun:\naws sso login\n/);
});

test('missing credentials are reported in one sentence', async () => {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  try {
    const { exitCode, out, err } = await status();
    expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
    expect(err).toMatch(/^\[NoCredentials\] No credentials were found: .*\nRun:\naws configure list\n/);
  } finally {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret });
  }
});

test('no key at all is reported, but is not an error', async () => {
  const { exitCode, out, err } = await status('--output', 'json');
  expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: '[]\n', err: `No key in ${REGION}.\n` });
});

test.each([
  ['an unknown option', ['--nonsense'], /unknown option '--nonsense'/],
  ['an unknown format', ['--output', 'xml'], /Allowed choices are table, json, csv/],
])('%s is a usage error', async (_, args, message) => {
  const { exitCode, out, err } = await status(...args);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toMatch(message);
});

test('--stack without --watch is refused, rather than ignored', async () => {
  expect(await status('--stack', 'Payments')).toMatchObject({
    exitCode: 2,
    out: '',
    err: expect.stringContaining('[BadOption] --stack goes with --watch only.') as string,
  });
});
