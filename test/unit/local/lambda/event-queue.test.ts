/** Asynchronous invocations beyond what the recordings cover. */
import { REGION } from '../services-on-the-wire';
import { InProcessEnvironment } from './in-process-environment';
import { LambdaOnTheWire } from './lambda-on-the-wire';

const SECOND = 1000;
const FAIL = { fail: 'no' };

let wire: LambdaOnTheWire;

beforeAll(async () => {
  wire = await LambdaOnTheWire.start();
});

afterAll(() => wire.stop());

beforeEach(() => {
  InProcessEnvironment.mostRunning = 0;
});

const runsOf = (name: string): typeof wire.lambda.invocations =>
  wire.lambda.invocations.filter(({ functionName }) => functionName === name);
const dropsOf = (name: string): typeof wire.lambda.dropped =>
  wire.lambda.dropped.filter(({ functionName }) => functionName === name);

test('a failed event is retried after one minute and after two more, with the same request ID', async () => {
  const name = wire.createFunction();
  const started = wire.clock.now();
  const requestId = wire.lambda.invokeAsync(name, FAIL);
  await wire.clock.advance(600 * SECOND);
  expect(runsOf(name).map((run) => [run.startedAt - started, run.attempt, run.requestId])).toEqual([
    [0, 1, requestId],
    [60 * SECOND, 2, requestId],
    [180 * SECOND, 3, requestId],
  ]);
});

describe('a fleet of 60 at a reserved concurrency of 5', () => {
  const invokeAll = (name: string, seconds: number): void => {
    for (let index = 0; index < 60; index++) {
      wire.lambda.invokeAsync(name, { seconds, index });
    }
  };

  test('is handled five at a time, each event once', async () => {
    const name = wire.createFunction({ reservedConcurrentExecutions: 5 });
    invokeAll(name, 30);
    await wire.clock.advance(3600 * SECOND);
    const handled = runsOf(name).map(({ event }) => (event as { index: number }).index);
    expect([...handled].sort((one, other) => one - other)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(InProcessEnvironment.mostRunning).toBe(5);
    expect(dropsOf(name)).toEqual([]);
  });

  test('drops events that exceed the maximum age before they run', async () => {
    const name = wire.createFunction({ reservedConcurrentExecutions: 5 }, { maximumEventAge: 600 });
    invokeAll(name, 300);
    await wire.clock.advance(3600 * SECOND);
    const lost = dropsOf(name);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost).toEqual(
      lost.map((drop) => ({ ...drop, condition: 'EventAgeExceeded', attempts: 0, deadLetter: 'sent' })),
    );
    expect(runsOf(name).length + lost.length).toBe(60);
  });
});

test('a higher reservation takes effect on waiting events', async () => {
  const name = wire.createFunction({ reservedConcurrentExecutions: 1 });
  wire.lambda.invokeAsync(name, { seconds: 3600 });
  wire.lambda.invokeAsync(name, {});
  await wire.clock.advance(60 * SECOND);
  expect(runsOf(name)).toHaveLength(1);
  await wire.client.putFunctionConcurrency({ FunctionName: name, ReservedConcurrentExecutions: 2 });
  await wire.clock.advance(300 * SECOND);
  expect(runsOf(name)).toHaveLength(2);
});

test('an event of a deleted function is not retried', async () => {
  const name = wire.createFunction();
  wire.lambda.invokeAsync(name, FAIL);
  await wire.clock.advance(SECOND);
  wire.lambda.deleteFunction(name, REGION);
  await wire.clock.advance(600 * SECOND);
  expect(runsOf(name)).toHaveLength(1);
  expect(dropsOf(name)).toMatchObject([{ condition: 'FunctionDeleted', attempts: 1 }]);
});

test('a dead letter is lost if the role may not send it or there is no queue', async () => {
  wire.mayReachDeadLetterQueue = false;
  const refused = wire.createFunction({}, { maximumRetryAttempts: 0 });
  const without = wire.createFunction({ deadLetterQueueArn: undefined }, { maximumRetryAttempts: 0 });
  wire.lambda.invokeAsync(refused, FAIL);
  wire.lambda.invokeAsync(without, FAIL);
  await wire.clock.advance(SECOND);
  wire.mayReachDeadLetterQueue = true;
  expect(dropsOf(refused)).toMatchObject([{ deadLetter: 'failed' }]);
  expect(dropsOf(without)[0]).not.toHaveProperty('deadLetter');
});

test('an unsupported operation is refused by name', async () => {
  await expect(wire.client.listLayers({})).rejects.toMatchObject({
    message: expect.stringContaining('/layers') as string,
  });
});
