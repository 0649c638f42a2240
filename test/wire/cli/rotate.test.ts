/** `rotate` over the wire: the same exactly-once code as a deployment's, on the same ledger. */
import { ServiceError } from '../../../local/wire/service';
import { REGION, Stage, keyIdOf } from '../stage';
import { commandLine } from './command-line';

let stage: Stage;
let key: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  key = stage.newKey();
});

const rotate = (token: string, ...args: string[]) => commandLine(stage, ['rotate', key, '--token', token, ...args]);

test('it rotates once, and writes the ledger that a deployment reads', async () => {
  stage.aws.kms.createAlias(REGION, 'alias/orders', key);
  const first = await commandLine(stage, ['rotate', 'alias/orders', '--token', 'A', '--yes']);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(first.err).toContain('Rotates it: 24 of 25 left after it; in force after about 1 min 50 s; $1 a month more.');
  expect(first.out).toMatch(/^Key alias\/orders is rotated for the token "A": .* 24 on-demand rotations are left\.\n$/);
  expect(stage.ledger(key).map(({ state }) => state)).toEqual(['claimed', 'rotated']);
  expect(stage.ledger(key)[1]).toMatchObject({
    stackId: 'arn:aws:iam::123456789012:user/local',
    logicalResourceId: 'cdk-on-demand-key-rotation rotate',
    kmsRequestId: stage.calls(key)[0]?.requestId,
  });
  const again = await rotate('A', '--output', 'json');
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ Outcome: 'TOKEN_USED', KeyArn: key });
  expect((await stage.send(stage.create(key, 'A'))).Status).toBe('SUCCESS');
  expect(stage.rotations(key)).toBe(1);
});

test('two concurrent commands with one token rotate once', async () => {
  const runs = await Promise.all([rotate('A', '--yes'), rotate('A', '--yes')]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(stage.rotations(key)).toBe(1);
});

test('a failure has the verdict and the reason of a deployment', async () => {
  stage.key(key).update({ enabled: false });
  const { exitCode, out, err } = await rotate('A', '--yes');
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(err).toContain(
    `[KeyDisabled] NOT ROTATED. Key ${key} is disabled.\nRun:\naws kms enable-key --region ${REGION} --key-id ${keyIdOf(key)}\nThen run this again with the same rotation token.`,
  );
  expect(stage.ledger(key).map(({ state }) => state)).toEqual(['refused']);
});

test.each([
  ['y', 0, 1],
  ['n', 2, 0],
  ['', 2, 0],
])('it asks for confirmation, and obeys the answer %j', async (answer, exitCode, rotations) => {
  const questions: string[] = [];
  const ask = (question: string) => {
    questions.push(question);
    return Promise.resolve(answer);
  };
  expect((await commandLine(stage, ['rotate', key, '--token', 'A'], { ask })).exitCode).toBe(exitCode);
  expect(questions).toEqual(['Rotate it for the token "A"? A rotation cannot be undone. [y/N] ']);
  expect(stage.rotations(key)).toBe(rotations);
});

test('if nobody can be asked, it does nothing', async () => {
  const { exitCode, err } = await rotate('A');
  expect(exitCode).toBe(2);
  expect(err).toContain('[NotConfirmed]');
  expect(stage.ledger(key)).toEqual([]);
});

test('interrupted, it reports its progress, and the same command completes it', async () => {
  const interruption = new AbortController();
  const running = commandLine(stage, ['rotate', key, '--token', 'A', '--yes'], { interrupted: interruption.signal });
  await stage.aws.clock.work(() => stage.aws.clock.sleep(8000));
  interruption.abort();
  const { exitCode, err } = await running;
  expect(exitCode).toBe(1);
  expect(err).toContain('[NotInForce] ROTATION IN PROGRESS.');
  expect((await rotate('A', '--yes')).exitCode).toBe(0);
  expect(stage.rotations(key)).toBe(1);
});

/** The machine sleeps for two hours between claim and call, long enough for another deployment to use the token. */
test('a machine that was asleep never calls KMS late', async () => {
  const end = stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
    stage.pass(120);
  });
  const { exitCode, err } = await rotate('A', '--yes');
  end();
  expect(exitCode).toBe(1);
  expect(err).toMatch(/\[TimeIsUp\] NOT ROTATED/);
  expect(stage.sent(key)).toBe(0);
});

test('a call that is signed after the timeout is not sent', async () => {
  let reads = 0;
  const end = stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'before', () => {
    reads += 1;
  });
  // After the last read, the decision to call is in time, but the call is not.
  let asked = 0;
  const now = () => stage.now + (reads >= 3 && (asked += 1) > 1 ? 11 * 60_000 : 0);
  const { exitCode, err } = await commandLine(stage, ['rotate', key, '--token', 'A', '--yes'], { now });
  end();
  expect(exitCode).toBe(1);
  expect(err).toContain('[Unanswered] UNKNOWN.');
  expect(stage.sent(key)).toBe(0);
});

test('with a wrong clock it does nothing', async () => {
  stage.aws.dateSkew = 3 * 60_000;
  const { exitCode, err } = await rotate('A', '--yes');
  stage.aws.dateSkew = 0;
  expect(exitCode).toBe(2);
  expect(err).toMatch(/^\[WrongClock\] This machine's clock is \d+ seconds behind AWS's/);
  expect(stage.ledger(key)).toEqual([]);
});

test("without a permission that it needs it does nothing, and reports AWS's error", async () => {
  const end = stage.aws.intercept({ service: 'sts', operation: 'GetCallerIdentity' }, 'before', () => {
    throw new ServiceError('AccessDenied', 'You may not.');
  });
  const { exitCode, err } = await rotate('A', '--yes');
  end();
  expect(exitCode).toBe(4);
  expect(err).toContain(
    `[Unanswered] AWS failed to answer in Region ${REGION} (a server error, or a call without permission): AccessDenied: You may not.`,
  );
  expect(stage.ledger(key)).toEqual([]);
});

test('an invalid token is refused before anything is written', async () => {
  const { exitCode, err } = await rotate(' A', '--yes');
  expect(exitCode).toBe(1);
  expect(err).toContain('[RotationToken] NOT ROTATED.');
  expect(stage.ledger(key)).toEqual([]);
});
