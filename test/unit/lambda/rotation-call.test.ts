import { RotationCall } from '../../../lambda/rotation-call';
import type { Kms, Services } from '../../../lambda/services';
import { KEY_ARN } from './situations';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/provider';
let time: number;
let call: RotationCall;

beforeEach(() => {
  time = 1000;
  call = new RotationCall(KEY_ARN, ROLE_ARN, { now: () => time, random: () => 1 } as Services);
});

const answering = (answer: () => Promise<string | undefined>) => ({ rotateKeyOnDemand: answer }) as Partial<Kms> as Kms;
const answeredBy = (name: string, status: number | undefined) =>
  answering(() =>
    Promise.reject(Object.assign(new Error(''), { name }, status && { $metadata: { httpStatusCode: status } })),
  );

const failing = (name: string) => answeredBy(name, 400);

test('an accepted call has a time and a request ID', async () => {
  await call.send(
    answering(() => Promise.resolve('id')),
    undefined,
  );
  expect(call.outcome).toEqual({ acceptedAt: 1000, kmsRequestId: 'id' });
});

test('the outcome is unknown until the call is answered', () => {
  void call.send(
    answering(() => new Promise(() => undefined)),
    undefined,
  );
  expect(call.outcome).toEqual({ unknownAt: 1000 });
});

// Errors that KMS does not list, and listed ones with a status that KMS does not use.
test.each<[string, number | undefined]>([
  ['RequestTimeoutException', 408],
  ['RequestAbortedException', 400],
  ['TooManyRequestsException', 400],
  ['Throttling', 400],
  ['ExpiredTokenException', 400],
  ['Whatever', 429],
  ['Whatever', 499],
  ['KMSInternalException', 500],
  ['DisabledException', 500],
  ['DisabledException', 200],
  ['ThrottlingException', 503],
  ['ConflictException', 500],
  ['SyntaxError', 200],
  ['TimeoutError', undefined],
  ['DisabledException', undefined],
])('%s (%s) leaves the outcome unknown', async (name, status) => {
  await call.send(answeredBy(name, status), undefined);
  expect(call.outcome).toEqual({ unknownAt: 1000 });
});

test.each([
  ['DisabledException', 'RotationRefused'],
  ['InvalidArnException', 'RotationRefused'],
  ['UnsupportedOperationException', 'RotationRefused'],
  ['ValidationException', 'RotationRefused'],
  ['LimitExceededException', 'LimitReached'],
])('%s is a refusal: %s', async (name, code) => {
  await expect(call.send(failing(name), undefined)).rejects.toMatchObject({ code });
  expect(call.outcome).toEqual({});
});

test.each([
  ['AccessDeniedException', 'RotationDenied'],
  ['NotFoundException', 'RotationRefused'],
  ['KMSInvalidStateException', 'RotationRefused'],
])('%s is retried for a minute, and is a refusal then: %s', async (name, code) => {
  await call.send(failing(name), undefined);
  expect(call.outcome).toMatchObject({ notBefore: { at: 6000, failure: { code } } });
  time += 60_000;
  await expect(call.send(failing(name), undefined)).rejects.toMatchObject({ code });
});

test('throttling pauses longer each time', async () => {
  await call.send(failing('ThrottlingException'), undefined);
  expect(call.outcome).toMatchObject({ notBefore: { at: 1500, failure: { code: 'Throttled' } } });
  await call.send(failing('ThrottlingException'), undefined);
  expect(call.outcome).toMatchObject({ notBefore: { at: 2000 } });
});

test('an automatic rotation is waited for, and its date is reported', async () => {
  await call.send(failing('ConflictException'), new Date(0));
  expect(call.outcome).toMatchObject({ notBefore: { at: 21_000, failure: { code: 'AutomaticRotation' } } });
  expect(call.outcome.notBefore?.failure.message).toContain('NextRotationDate 1970-01-01T00:00:00.000Z');
});
