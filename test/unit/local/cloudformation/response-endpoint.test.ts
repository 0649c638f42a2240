import { ResponseEndpoint } from '../../../../local/cloudformation/response-endpoint';
import { ServiceError } from '../../../../local/wire/service';
import { HandClock } from '../hand-clock';

const SECOND = 1000;
const REQUEST = {
  stackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/Stack/0',
  region: 'eu-central-1',
  logicalId: 'Thing',
  requestId: 'request',
};

const clock = new HandClock();
const endpoint = new ResponseEndpoint(clock);

/** Puts an answer to a URL, as the server would take it, and returns what comes of that. */
function put(path: string, body: string): unknown {
  const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
  const query = Object.fromEntries(searchParams);
  const { operation, input } =
    endpoint.service.route?.({ method: 'PUT', path: decodeURIComponent(pathname), query, headers: {} }) ?? {};
  try {
    return endpoint.service.operations[operation ?? '']?.({ input, body: Buffer.from(body) } as never);
  } catch (error) {
    return error instanceof ServiceError ? `${error.statusCode} ${error.message}` : error;
  }
}

const TAKEN = expect.objectContaining({ statusCode: 200 }) as unknown;

test('the URL is signed for an object whose key is the request', () => {
  const { path } = endpoint.open(REQUEST);
  const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
  expect(pathname).toBe(
    '/arn%3Aaws%3Acloudformation%3Aeu-central-1%3A123456789012%3Astack%2FStack%2F0%7CThing%7Crequest',
  );
  expect(searchParams.get('X-Amz-Date')).toBe('20261122T120000Z');
  expect(searchParams.get('X-Amz-Expires')).toBe('7200');
  expect(searchParams.get('X-Amz-Credential')).toBe('local/20261122/eu-central-1/s3/aws4_request');
});

test('the first answer counts, later ones are taken and ignored', async () => {
  const { path, answer } = endpoint.open(REQUEST);
  expect([put(path, 'first'), put(path, 'second')]).toEqual([TAKEN, TAKEN]);
  expect((await answer).toString()).toBe('first');
});

test('after two hours the URL has expired, and before that others may not use it', async () => {
  const { path } = endpoint.open(REQUEST);
  await clock.advance(7200 * SECOND);
  expect(put(path, 'late')).toEqual(TAKEN);
  await clock.advance(SECOND);
  expect(put(path, 'too late')).toBe('403 Request has expired');
  expect(put(path.replace(/Signature=\w{4}/, 'Signature=0000'), 'forged')).toBe('403 Access Denied');
  expect(put(path.replace('Thing', 'Other'), 'of another')).toBe('403 Access Denied');
});

test('an answer to the first try of a request is the answer to a second try under the same ID', async () => {
  const { path } = endpoint.open(REQUEST);
  const { answer } = endpoint.open(REQUEST);
  put(path, 'of the first');
  expect((await answer).toString()).toBe('of the first');
});
