/** Handlers in their own processes, on a clock that is faster than the machine's. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScaledClock } from '../../../../local/clock';
import type { EnvironmentOptions } from '../../../../local/lambda/execution-environment';
import type { Outcome } from '../../../../local/lambda/function';
import { NodeProcess } from '../../../../local/lambda/node-process';

const CODE = `
const http = require('node:http');
const read = (url, service) =>
  new Promise((resolve, reject) => {
    const headers = service && { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/' + service + '/aws4_request' };
    const request = http.request(url, { headers }, (response) => resolve(response.resume().statusCode));
    request.on('error', reject);
    setTimeout(() => resolve('no answer'), 30_000);
    request.end();
  });
exports.handler = async ({ order, url, service }, context) => {
  switch (order) {
    case 'hang': return new Promise(() => setInterval(() => undefined, 1000));
    case 'log': console.info({ done: 1 }); console.debug('not at this level'); return;
    case 'read': return read(url, service);
    case 'throw': throw new TypeError('no');
    case 'time': { const started = Date.now(); await new Promise((r) => setTimeout(r, 60_000)); return [started, Date.now()]; }
    default: return { event: order, context, remaining: context.getRemainingTimeInMillis(), env: process.env, pid: process.pid };
  }
};
exports.withCallback = (event, context, callback) => callback();
`;

const taskRoot = mkdtempSync(join(tmpdir(), 'local-function-'));
const clock = new ScaledClock(300);
const environments: NodeProcess[] = [];
let lines: string[] = [];
let environment: NodeProcess;

beforeAll(() => {
  writeFileSync(join(taskRoot, 'index.js'), CODE);
  environment = start();
});

afterAll(() => {
  environments.forEach((each) => {
    each.kill();
  });
  clock.stop();
  rmSync(taskRoot, { recursive: true });
});

beforeEach(() => {
  lines = [];
});

function start(options: Partial<EnvironmentOptions> = {}, handler = 'index.handler'): NodeProcess {
  const variables = { _HANDLER: handler, LAMBDA_TASK_ROOT: taskRoot, AWS_LAMBDA_LOG_FORMAT: 'JSON' };
  const log = (line: string): void => {
    lines.push(line);
  };
  const started = new NodeProcess(clock, {
    variables,
    taskRoot,
    clockSkew: 0,
    log,
    ended: () => undefined,
    ...options,
  });
  environments.push(started);
  return started;
}

const run = (
  event: unknown,
  { on = environment, timeout = 900, reach }: { on?: NodeProcess; timeout?: number; reach?: readonly string[] } = {},
): Promise<Outcome> => on.run({ event, context: { awsRequestId: 'request' }, ...(reach && { reach }) }, timeout);

const resultOf = (outcome: Outcome): unknown => ('result' in outcome ? outcome.result : outcome);

test('a handler gets its event, context and variables, and none of the machine’s variables', async () => {
  process.env.SECRET_OF_THIS_MACHINE = 'x';
  const result = resultOf(await run({ order: 'tell' })) as { remaining: number; env: object };
  expect(result).toMatchObject({ event: 'tell', context: { awsRequestId: 'request' } });
  expect(Object.keys(result.env)).toEqual(expect.arrayContaining(['_HANDLER', 'LAMBDA_TASK_ROOT']) as string[]);
  expect(result.env).not.toHaveProperty('SECRET_OF_THIS_MACHINE');
  expect(result.remaining).toBeLessThanOrEqual(900_000);
  expect(result.remaining).toBeGreaterThan(0);
});

test('its dates and timers follow the local AWS', async () => {
  const before = clock.now();
  const [started, ended] = resultOf(await run({ order: 'time' })) as [number, number];
  expect(started).toBeGreaterThanOrEqual(Math.floor(before));
  expect(ended - started).toBeGreaterThanOrEqual(60_000);
  expect(ended).toBeLessThanOrEqual(clock.now());
});

test('its clock can be ahead', async () => {
  const on = start({ clockSkew: 3_600_000 });
  const before = clock.now();
  const [started] = resultOf(await run({ order: 'time' }, { on })) as [number];
  expect(started).toBeGreaterThanOrEqual(Math.floor(before + 3_600_000));
});

test('a thrown error is the error of the invocation, and the process is reused', async () => {
  const { pid } = resultOf(await run({})) as { pid: number };
  expect(await run({ order: 'throw' })).toMatchObject({ error: { errorType: 'TypeError', errorMessage: 'no' } });
  expect(resultOf(await run({}))).toMatchObject({ pid });
});

test('its logs are JSON with the request ID', async () => {
  await run({ order: 'log' });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 'INFO', message: { done: 1 }, requestId: 'request' },
  ]);
});

test('a timeout and a crash end the process and fail the invocation', async () => {
  const slow = start();
  expect(await run({ order: 'hang' }, { on: slow, timeout: 60 })).toMatchObject({
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: request Error: Task timed out after 60.00 seconds',
    },
  });
  expect(slow.alive).toBe(false);

  const crashing = start();
  const outcome = run({ order: 'hang' }, { on: crashing });
  expect(crashing.busy).toBe(true);
  crashing.kill();
  expect(await outcome).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
});

test.each([
  ['a missing module', 'missing.handler', 'Runtime.ImportModuleError'],
  ['a missing export', 'index.missing', 'Runtime.HandlerNotFound'],
  [
    'a callback, which Lambda’s Node.js 24 no longer supports,',
    'index.withCallback',
    'Runtime.CallbackHandlerDeprecated',
  ],
])('%s is an error of the invocation', async (_, handler, errorType) => {
  expect(await run({}, { on: start({}, handler) })).toMatchObject({ error: { errorType } });
});

describe('in a VPC', () => {
  const server = createServer((_, response) => response.end());
  let url: string;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test.each([
    ['kms', undefined, 200],
    ['kms', ['kms'], 200],
    ['kms', ['ssm'], 'no answer'],
    [undefined, ['s3'], 200],
    [undefined, ['kms'], 'no answer'],
  ])('a call signed for %s with %j reachable: %s', async (service, reach, expected) => {
    expect(resultOf(await run({ order: 'read', url, service }, { reach }))).toBe(expected);
  });
});
