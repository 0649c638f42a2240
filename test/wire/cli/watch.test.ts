/** `status --watch` over the wire, during requests that rotate. */
import type { KeyEvent } from '../../../cli/watch';
import { REGION, Stage, keyIdOf } from '../stage';
import { commandLine } from './command-line';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({ rotationTime: 112 });
});
afterAll(() => stage.close());

/** Watches until ten seconds after the requests have ended. */
async function watchWhile(requests: () => Promise<unknown>, ...args: string[]) {
  const interruption = new AbortController();
  const watching = commandLine(stage, ['status', '--watch', ...args], { interrupted: interruption.signal });
  await requests();
  await stage.aws.clock.work(() => stage.aws.clock.sleep(10_000));
  interruption.abort();
  return watching;
}

const events = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as KeyEvent);

test('a rotation is shown by its alias, from the claim until it is in force, with its usual duration', async () => {
  const key = stage.newKey();
  stage.aws.kms.createAlias(REGION, 'alias/orders', key);
  await stage.send(stage.create(key, 'before'));
  stage.pass(1);
  const { exitCode, out, err } = await watchWhile(() => stage.send(stage.update(key, 'before', 'incident-4711')));
  const lines = out
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2}/));
  expect(lines.map(([, alias]) => alias)).toEqual(['alias/orders', 'alias/orders', 'alias/orders']);
  expect(lines.map(([, , text]) => text)).toEqual([
    expect.stringMatching(
      /^claimed for "incident-4711" by app; usually in force after 1 min 5\d s \(median of 1\)$/,
    ) as string,
    'KMS is rotating it',
    expect.stringMatching(/^in force after 1 min 5\d s; 23 of 25 rotations left$/) as string,
  ]);
  expect(exitCode).toBe(0);
  expect(err).toContain('0 under way, 1 in force.');
});

test('a refusal is shown with its code, as one object per line, without earlier events', async () => {
  const disabled = stage.newKey({ enabled: false });
  const { out, err } = await watchWhile(() => stage.send(stage.create(disabled, 'A')), '--output', 'json');
  expect(events(out)).toEqual([
    expect.objectContaining({
      keyId: keyIdOf(disabled),
      state: 'refused',
      token: 'A',
      reason: `[KeyDisabled] Key ${disabled} is disabled.`,
    }),
  ]);
  expect(err).toContain('0 under way, 0 in force, 1 refused.');
});

test('a rotation that is in progress when the watch begins is shown from its claim on', async () => {
  const key = stage.newKey();
  const rotation = stage.send(stage.create(key, 'A'));
  await stage.aws.clock.work(() => stage.aws.clock.sleep(30_000));
  const { out } = await watchWhile(() => rotation, '--output', 'json', '--key', key);
  expect(events(out).map(({ state }) => state)).toEqual(['claimed', 'rotating', 'rotated']);
});

test('an event while the watch begins is shown, too', async () => {
  const key = stage.newKey();
  await stage.record(key, { state: 'refused', token: 'old' }, 1);
  const end = stage.aws.intercept({ service: 'ssm', operation: 'GetParametersByPath', times: 1 }, 'before', () =>
    stage.record(key, { state: 'refused', token: 'new', code: 'KeyDisabled', reason: 'It is disabled.' }),
  );
  const { out } = await watchWhile(() => Promise.resolve(), '--output', 'json', '--key', key);
  end();
  expect(events(out).map(({ token }) => token)).toEqual(['new']);
});

test('CSV is not supported', async () => {
  expect(await commandLine(stage, ['status', '--watch', '--output', 'csv'])).toMatchObject({ exitCode: 2, out: '' });
});
