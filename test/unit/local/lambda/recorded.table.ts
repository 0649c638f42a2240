import type { EventInvokeConfig, FunctionConfiguration } from '../../../../local/lambda/function';
import { LOCALSTACK, Refused, type Row, STACKD } from '../recorded';
import { ACCOUNT, REGION } from '../services-on-the-wire';
import type { Orders } from './in-process-environment';
import type { LambdaOnTheWire } from './lambda-on-the-wire';

/** The subject is a function's name. */
type LambdaRow = Row<LambdaOnTheWire, string>;

const localStack = (file: string, test: string): string => `${LOCALSTACK}/lambda_/${file}.snapshot.json: ${test}`;
const api = (test: string): string => localStack('test_lambda_api', test);
const behaviour = (test: string): string => localStack('test_lambda', test);
const destinations = (test: string): string => localStack('test_lambda_destinations', test);
const stackd = (what: string): string => `${STACKD}/lambda/async_deleted_dlq_summary.json: ${what}`;

const row = (
  operation: string,
  when: string,
  subject: LambdaRow['subject'],
  call: LambdaRow['call'],
  answer: LambdaRow['answer'],
  source: string,
): LambdaRow => ({ operation, when, subject, call, answer, source });

const refused =
  (name: string, message: (functionName: string) => string): LambdaRow['answer'] =>
  (functionName) =>
    new Refused(name, message(functionName));

const made =
  (configuration?: Partial<FunctionConfiguration>, config?: Partial<EventInvokeConfig>): LambdaRow['subject'] =>
  (world) =>
    world.createFunction(configuration, config);
const reserving = (reservedConcurrentExecutions: number): LambdaRow['subject'] =>
  made({ reservedConcurrentExecutions });
const occupied =
  (seconds: number, config?: Partial<EventInvokeConfig>): LambdaRow['subject'] =>
  async (world) => {
    const FunctionName = await made({ reservedConcurrentExecutions: 1 }, config)(world);
    void world.lambda.invoke(FunctionName, { seconds } satisfies Orders);
    return FunctionName;
  };

const invoke =
  (InvocationType: 'Event' | 'RequestResponse', orders: Orders): LambdaRow['call'] =>
  async ({ client }, FunctionName) => {
    const { Payload, ...others } = await client.invoke({
      FunctionName,
      InvocationType,
      Payload: JSON.stringify(orders),
    });
    return { ...others, Payload: Payload?.transformToString() ?? '' };
  };

/** The fate of an event and its dead letter after a day. */
const outcome =
  (orders: Orders, meanwhile: (world: LambdaOnTheWire, name: string) => void = () => undefined): LambdaRow['call'] =>
  async (world, FunctionName) => {
    const letters = world.deadLetters.length;
    await world.client.invoke({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(orders) });
    meanwhile(world, FunctionName);
    await world.clock.advance(24 * 3_600_000);
    const dropped = world.lambda.dropped.find(({ functionName }) => functionName === FunctionName);
    const [letter] = world.deadLetters.slice(letters);
    return {
      condition: dropped?.condition,
      count: dropped?.attempts,
      body: letter?.body,
      errorCode: letter?.errorCode,
      errorMessage: letter?.errorMessage,
      hasItsRequestId: letter?.requestId === dropped?.requestId,
    };
  };
const FAIL = { fail: 'Test exception (this is intentional)' };
const failed =
  (condition: string, count: number): LambdaRow['answer'] =>
  () => ({
    condition,
    count,
    body: JSON.stringify(FAIL),
    errorCode: '200',
    errorMessage: FAIL.fail,
    hasItsRequestId: true,
  });
const throttled =
  (condition: string): LambdaRow['answer'] =>
  () => ({
    condition,
    count: 0,
    body: '{}',
    errorCode: '429',
    errorMessage: 'Rate Exceeded.',
    hasItsRequestId: true,
  });

const arn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
const missing: LambdaRow['subject'] = () => 'missing';
const noFunction = refused('ResourceNotFoundException', (name) => `Function not found: ${arn(name)}`);
const tooMany = refused('TooManyRequestsException', () => 'Rate Exceeded.');
const belowMinimum = refused(
  'InvalidParameterValueException',
  () =>
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
);
const concurrency: LambdaRow['call'] = ({ client }, FunctionName) => client.getFunctionConcurrency({ FunctionName });
const reserve =
  (ReservedConcurrentExecutions: number): LambdaRow['call'] =>
  ({ client }, FunctionName) =>
    client.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions });

const calls: readonly LambdaRow[] = [
  row(
    'Invoke',
    'synchronously',
    made(),
    invoke('RequestResponse', { result: {} }),
    () => ({ ExecutedVersion: '$LATEST', Payload: '{}', StatusCode: 200 }),
    behaviour('test_invocation_type_request_response[nodejs16.x]'),
  ),
  row(
    'Invoke',
    'synchronously, a handler that returns nothing',
    made(),
    invoke('RequestResponse', {}),
    () => ({ ExecutedVersion: '$LATEST', Payload: 'null', StatusCode: 200 }),
    behaviour('test_invocation_type_no_return_payload[nodejs-RequestResponse]'),
  ),
  row(
    'Invoke',
    'asynchronously',
    made(),
    invoke('Event', {}),
    () => ({ Payload: '', StatusCode: 202 }),
    behaviour('test_invocation_type_event[nodejs16.x]'),
  ),
  row(
    'Invoke',
    'synchronously, a handler that fails',
    made(),
    async ({ client }, FunctionName) => {
      const { FunctionError, StatusCode, Payload } = await client.invoke({
        FunctionName,
        Payload: JSON.stringify(FAIL),
      });
      const { errorMessage } = JSON.parse(Payload?.transformToString() ?? '{}') as { errorMessage?: string };
      return { FunctionError, StatusCode, errorMessage };
    },
    () => ({ FunctionError: 'Unhandled', StatusCode: 200, errorMessage: FAIL.fail }),
    destinations('test_dead_letter_queue'),
  ),
  row(
    'Invoke',
    'synchronously, zero reserved concurrency',
    reserving(0),
    invoke('RequestResponse', {}),
    tooMany,
    behaviour('test_reserved_concurrency'),
  ),
  row(
    'Invoke',
    'synchronously, reserved concurrency used up',
    occupied(60),
    invoke('RequestResponse', {}),
    tooMany,
    behaviour('test_reserved_concurrency_async_queue'),
  ),
  row(
    'Invoke',
    'asynchronously, zero reserved concurrency',
    reserving(0),
    invoke('Event', {}),
    () => ({ Payload: '', StatusCode: 202 }),
    behaviour('test_reserved_concurrency'),
  ),
  row(
    'GetFunction',
    'a function that does not exist',
    missing,
    ({ client }, FunctionName) => client.getFunction({ FunctionName }),
    noFunction,
    api('test_ops_on_nonexisting_fn[get_function]'),
  ),
  row(
    'GetFunctionConfiguration',
    'a function that does not exist',
    missing,
    ({ client }, FunctionName) => client.getFunctionConfiguration({ FunctionName }),
    noFunction,
    api('test_ops_on_nonexisting_fn[get_function_configuration]'),
  ),
  row(
    'GetFunctionConcurrency',
    'a function that does not exist',
    missing,
    concurrency,
    noFunction,
    api('test_ops_on_nonexisting_fn[get_function_concurrency]'),
  ),
  row(
    'GetFunctionConcurrency',
    'nothing reserved',
    made(),
    concurrency,
    () => ({}),
    behaviour('test_lambda_concurrency_crud'),
  ),
  row(
    'GetFunctionConcurrency',
    'zero reserved',
    reserving(0),
    concurrency,
    () => ({ ReservedConcurrentExecutions: 0 }),
    behaviour('test_lambda_concurrency_crud'),
  ),
  row(
    'GetFunctionConcurrency',
    'a deleted reservation',
    async (world) => {
      const FunctionName = await reserving(1)(world);
      await world.client.deleteFunctionConcurrency({ FunctionName });
      return FunctionName;
    },
    concurrency,
    () => ({}),
    api('test_function_concurrency'),
  ),
  row(
    'PutFunctionConcurrency',
    'three',
    made(),
    reserve(3),
    () => ({ ReservedConcurrentExecutions: 3 }),
    behaviour('test_lambda_concurrency_update'),
  ),
  row(
    'GetFunction',
    'three reserved',
    reserving(3),
    async ({ client }, FunctionName) => {
      const { Concurrency } = await client.getFunction({ FunctionName });
      return { Concurrency };
    },
    () => ({ Concurrency: { ReservedConcurrentExecutions: 3 } }),
    behaviour('test_lambda_concurrency_update'),
  ),
  row(
    'PutFunctionConcurrency',
    'more than the account has',
    made(),
    reserve(1001),
    belowMinimum,
    api('test_function_concurrency_limits'),
  ),
  row(
    'PutFunctionConcurrency',
    'more than may be reserved',
    made(),
    reserve(901),
    belowMinimum,
    api('test_function_concurrency_limits'),
  ),
];

const events: readonly LambdaRow[] = [
  row(
    'Invoke',
    'an event on which the handler fails three times',
    made(),
    outcome(FAIL),
    failed('RetriesExhausted', 3),
    destinations('test_lambda_destination_default_retries'),
  ),
  row(
    'Invoke',
    'an event on which the handler fails, no retries',
    made({}, { maximumRetryAttempts: 0 }),
    outcome(FAIL),
    failed('RetriesExhausted', 1),
    stackd('controls.ordinary_failure.retry0'),
  ),
  row(
    'Invoke',
    'an event on which the handler fails, one retry',
    made({}, { maximumRetryAttempts: 1 }),
    outcome(FAIL),
    failed('RetriesExhausted', 2),
    stackd('controls.ordinary_failure.retry1'),
  ),
  row(
    'Invoke',
    'an event on which the handler fails, too old for the first retry',
    made({}, { maximumEventAge: 60 }),
    outcome({ ...FAIL, seconds: 1 }),
    (name, world) => ({ ...failed('EventAgeExceeded', 1)(name, world), body: JSON.stringify({ ...FAIL, seconds: 1 }) }),
    destinations('test_maxeventage'),
  ),
  row(
    'Invoke',
    'an event on which the handler fails, too old for the second retry',
    made({}, { maximumEventAge: 90 }),
    outcome(FAIL),
    failed('EventAgeExceeded', 2),
    destinations('test_maxeventage'),
  ),
  ...[0, 1].map((maximumRetryAttempts) =>
    row(
      'Invoke',
      `an event that exceeds its age while throttled, ${maximumRetryAttempts} retries`,
      occupied(130, { maximumEventAge: 90, maximumRetryAttempts }),
      outcome({}),
      throttled('EventAgeExceeded'),
      stackd(`controls.occupied_age.retry${maximumRetryAttempts}`),
    ),
  ),
  row(
    'Invoke',
    'an event, zero reserved concurrency',
    reserving(0),
    outcome({}),
    throttled('ZeroReservedConcurrency'),
    behaviour('test_reserved_concurrency'),
  ),
  row(
    'Invoke',
    'an event whose function is deleted while it is throttled, no retries',
    occupied(90, { maximumRetryAttempts: 0 }),
    async (world, name) => {
      const { errorCode, errorMessage, hasItsRequestId } = (await outcome({}, ({ lambda }) => {
        lambda.deleteFunction(name);
      })(world, name)) as Record<string, unknown>;
      return { errorCode, errorMessage, hasItsRequestId };
    },
    (name) => ({ errorCode: '404', errorMessage: `Function not found: ${arn(name)}`, hasItsRequestId: true }),
    stackd('deleted_before_entry.retry0'),
  ),
];

/** Recorded responses of Lambda, and recorded fates of events. */
export const RECORDED: readonly LambdaRow[] = [...calls, ...events];
