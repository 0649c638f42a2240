import { type Fault, faultOf, nameOf, statusOf, textOf } from '../../../lambda/aws-error';

const error = (name: string, status?: number, message = '') =>
  Object.assign(new Error(message), { name }, status !== undefined && { $metadata: { httpStatusCode: status } });

test.each<[string, number | undefined, Fault]>([
  ['LimitExceededException', 400, 'refused'],
  ['DisabledException', 400, 'refused'],
  ['ParameterAlreadyExists', 400, 'refused'],
  ['ParameterLimitExceeded', 400, 'refused'],
  ['ValidationException', 400, 'refused'],
  ['AccessDeniedException', 400, 'denied'],
  ['NotFoundException', 400, 'missing'],
  ['ThrottlingException', 400, 'throttled'],
  ['TooManyUpdates', 400, 'throttled'],
  ['SlowDown', 503, 'throttled'],
  ['Whatever', 429, 'throttled'],
  ['ExpiredTokenException', 400, 'ambiguous'],
  ['UnrecognizedClientException', 400, 'ambiguous'],
  ['InvalidSignatureException', 400, 'ambiguous'],
  ['RequestTimeoutException', 408, 'ambiguous'],
  ['RequestAbortedException', 400, 'ambiguous'],
  ['KMSInternalException', 500, 'ambiguous'],
  ['SyntaxError', 200, 'ambiguous'],
  ['TimeoutError', undefined, 'ambiguous'],
])('%s (%s) is %s', (name, status, fault) => {
  expect(faultOf(error(name, status))).toBe(fault);
});

test('a thrown value that is not an Error is ambiguous', () => {
  expect([faultOf('thrown'), nameOf('thrown'), textOf('thrown'), statusOf(undefined)]).toEqual([
    'ambiguous',
    'Error',
    'thrown',
    undefined,
  ]);
});

test.each([
  ['X', 'It failed.', 'X: It failed'],
  ['X', '', 'X'],
  ['X', 'UnknownError', 'X'],
])('%s with the message "%s" reads "%s"', (name, message, text) => {
  expect(textOf(error(name, 400, message))).toBe(text);
});
