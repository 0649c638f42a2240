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

/** Sends a response as the server would receive it, and returns the outcome. */
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

const ACCEPTED = expect.objectContaining({ statusCode: 200 }) as unknown;

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

test('the first response counts; later ones are accepted and ignored', async () => {
  const { path, response } = endpoint.open(REQUEST);
  expect([put(path, 'first'), put(path, 'second')]).toEqual([ACCEPTED, ACCEPTED]);
  expect((await response).toString()).toBe('first');
});

test('the URL expires after two hours, and is valid only for its own key and signature', async () => {
  const { path } = endpoint.open(REQUEST);
  await clock.advance(7200 * SECOND);
  expect(put(path, 'late')).toEqual(ACCEPTED);
  await clock.advance(SECOND);
  expect(put(path, 'too late')).toBe('403 Request has expired');
  expect(put(path.replace(/Signature=\w{4}/, 'Signature=0000'), 'forged')).toBe('403 Access Denied');
  expect(put(path.replace('Thing', 'Other'), 'of another')).toBe('403 Access Denied');
});

test('a response to the first attempt also answers a retry with the same request ID', async () => {
  const { path } = endpoint.open(REQUEST);
  const { response } = endpoint.open(REQUEST);
  put(path, 'of the first');
  expect((await response).toString()).toBe('of the first');
});
