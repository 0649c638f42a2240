import { zipSync } from 'fflate';
import type { FunctionConfiguration } from '../../../../local/lambda/function';
import { LocalAws } from '../../../../local/local-aws';
import { REGION, signature } from '../cloudformation/cloudformation-client';

let aws: LocalAws;

beforeEach(async () => {
  aws = await LocalAws.start({ timeScale: 'virtual', region: REGION });
});

afterEach(async () => {
  await aws.stop();
});

function create(code: string, configuration: Partial<FunctionConfiguration> = {}): void {
  const role = aws.iam.findRole('role') ?? aws.iam.createRole('role');
  aws.lambda.createFunction({
    name: 'fn',
    region: REGION,
    roleArn: role.arn,
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    code: zipSync({ 'index.js': Buffer.from(code) }),
    timeout: 900,
    memorySize: 256,
    environment: {},
    logGroup: '/logs',
    logFormat: 'JSON',
    ...configuration,
  });
}

/** Resolves when an event has been given up or handled. */
async function attempts(count: number): Promise<(typeof aws.lambda.invocations)[number][]> {
  const done = (): boolean => aws.lambda.invocations.filter(({ endedAt }) => endedAt !== undefined).length >= count;
  while (!done()) await aws.clock.sleep(1000);
  return aws.lambda.invocations;
}

test('a function has the environment and the context of Lambda, and nothing of this machine', async () => {
  process.env.SECRET_OF_THIS_MACHINE = 'x';
  create(
    'exports.handler = async (event, context) => ({ event, context, remaining: context.getRemainingTimeInMillis(), env: process.env });',
    {
      environment: { OWN: 'value' },
    },
  );
  const outcome = await aws.lambda.invoke('fn', { a: 1 });
  expect(outcome).toMatchObject({
    result: {
      event: { a: 1 },
      context: {
        functionName: 'fn',
        memoryLimitInMB: '256',
        logGroupName: '/logs',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      },
      env: {
        OWN: 'value',
        AWS_REGION: REGION,
        AWS_LAMBDA_FUNCTION_NAME: 'fn',
        AWS_ENDPOINT_URL: aws.url,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      },
    },
  });
  const { remaining, env } = (outcome as { result: { remaining: number; env: Record<string, string> } }).result;
  expect(remaining).toBeGreaterThan(600_000);
  expect(remaining).toBeLessThanOrEqual(900_000);
  expect(env).not.toHaveProperty('SECRET_OF_THIS_MACHINE');
  expect(aws.iam.caller(env.AWS_ACCESS_KEY_ID ?? '')).toMatchObject({ roleArn: aws.iam.findRole('role')?.arn });
});

test('its clock runs as fast as that of the local AWS', async () => {
  create(
    'exports.handler = async () => { const started = Date.now(); await new Promise((r) => setTimeout(r, 60_000)); return [started, Date.now() - started]; };',
  );
  const before = aws.clock.now();
  const { result } = (await aws.lambda.invoke('fn', {})) as { result: [number, number] };
  expect(result[0]).toBeGreaterThanOrEqual(Math.floor(before));
  expect(result[1]).toBeGreaterThanOrEqual(60_000);
  expect(result[1]).toBeLessThan(6_000_000);
});

test('an asynchronous invocation that fails is tried again after one minute and two more, with the same request ID', async () => {
  create('exports.handler = async () => { throw new TypeError("no"); };');
  const requestId = aws.lambda.invokeAsync('fn', { a: 1 });
  const [first, second, third] = await attempts(3);
  expect(aws.lambda.invocations.map((each) => [each.attempt, each.requestId, each.error?.errorType])).toEqual(
    [1, 2, 3].map((attempt) => [attempt, requestId, 'TypeError']),
  );
  expect((second?.startedAt ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(60_000);
  expect((third?.startedAt ?? 0) - (second?.endedAt ?? 0)).toBeGreaterThanOrEqual(120_000);
  await aws.clock.sleep(300_000);
  expect(aws.lambda.invocations).toHaveLength(3);
  expect(aws.lambda.dropped).toMatchObject([{ requestId, event: { a: 1 } }]);
});

test.each([
  [{ maximumRetryAttempts: 1, maximumEventAge: 3600 }, 2],
  [{ maximumRetryAttempts: 2, maximumEventAge: 100 }, 2],
])('with %j there are %d attempts', async (config, expected) => {
  create('exports.handler = async () => { throw new Error("no"); };');
  aws.lambda.setEventInvokeConfig('fn', REGION, config);
  aws.lambda.invokeAsync('fn', {});
  while (aws.lambda.dropped.length === 0) await aws.clock.sleep(1000);
  expect(aws.lambda.invocations).toHaveLength(expected);
});

test('a function that takes too long is ended, and tried again', async () => {
  create('exports.handler = async () => new Promise(() => setInterval(() => undefined, 1000));', { timeout: 60 });
  aws.lambda.invokeAsync('fn', {});
  const [first] = await attempts(2);
  expect(first?.error).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringContaining('Task timed out after 60.00 seconds') as unknown,
  });
});

test('a function that crashes is tried again', async () => {
  create('let first = true; exports.handler = async () => new Promise((r) => setTimeout(r, 120_000));');
  aws.lambda.invokeAsync('fn', {});
  while (aws.lambda.killRunning('fn') === 0) await aws.clock.sleep(1000);
  const [first, second] = await attempts(2);
  expect(first?.error?.errorType).toBe('Runtime.ExitError');
  expect(second?.error).toBeUndefined();
});

test('an environment is used again, but for one event at a time', async () => {
  create('exports.handler = async () => { await new Promise((r) => setTimeout(r, 30_000)); return process.pid; };');
  const pids = (await Promise.all([aws.lambda.invoke('fn', {}), aws.lambda.invoke('fn', {})])).map((outcome) =>
    JSON.stringify(outcome),
  );
  expect(new Set(pids).size).toBe(2);
  expect(pids).toContain(JSON.stringify(await aws.lambda.invoke('fn', {})));
});

test.each([
  ['a missing module', { handler: 'missing.handler' }, 'Runtime.ImportModuleError'],
  ['a missing export', { handler: 'index.missing' }, 'Runtime.HandlerNotFound'],
])('%s is an error of the invocation', async (_, configuration, errorType) => {
  create('exports.handler = async () => 1;', configuration);
  expect(await aws.lambda.invoke('fn', {})).toMatchObject({ error: { errorType } });
});

test('a handler with a callback is refused, as Node.js 24 in Lambda refuses it', async () => {
  create('exports.handler = (event, context, callback) => callback();');
  expect(await aws.lambda.invoke('fn', {})).toMatchObject({
    error: { errorType: 'Runtime.CallbackHandlerDeprecated' },
  });
});

test('what it logs is JSON with the request ID, and in its log group', async () => {
  aws.logs.createGroup(REGION, '/logs');
  create('exports.handler = async () => { console.info({ done: 1 }); console.debug("not at this level"); };');
  await aws.lambda.invoke('fn', {});
  const [line = '{}', ...more] = aws.lambda.logs('fn');
  expect(JSON.parse(line)).toMatchObject({
    level: 'INFO',
    message: { done: 1 },
    requestId: aws.lambda.invocations[0]?.requestId,
  });
  expect(more).toEqual([]);
  expect(aws.logs.events(REGION, '/logs').map(({ message }) => message)).toEqual([line]);
});

test('over HTTP it is invoked synchronously and asynchronously', async () => {
  create('exports.handler = async ({ fail }) => { if (fail) throw new Error("no"); return { fine: true }; };');
  const invoke = (event: object, type: string): Promise<Response> =>
    fetch(`${aws.url}/2015-03-31/functions/fn/invocations`, {
      method: 'POST',
      headers: { authorization: signature('lambda'), 'x-amz-invocation-type': type },
      body: JSON.stringify(event),
    });
  expect(await (await invoke({}, 'RequestResponse')).json()).toEqual({ fine: true });
  const failed = await invoke({ fail: true }, 'RequestResponse');
  expect(failed.headers.get('x-amz-function-error')).toBe('Unhandled');
  expect(await failed.json()).toMatchObject({ errorType: 'Error', errorMessage: 'no' });
  expect((await invoke({}, 'Event')).status).toBe(202);
  expect(await attempts(3)).toHaveLength(3);
  const missing = await fetch(`${aws.url}/2015-03-31/functions/none/invocations`, {
    method: 'POST',
    headers: { authorization: signature('lambda') },
  });
  expect([missing.status, missing.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
});
