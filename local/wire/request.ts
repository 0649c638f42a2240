import type { IncomingMessage } from 'node:http';
import { parseForm, parseJson } from './protocols';
import type { Call, RestRequest, Service } from './service';

/** The access key and the scope of a signature. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function readSignature(authorization: string, defaultRegion: string): Signature | undefined {
  const scope = /Credential=([^/,\s]+)\/\d+\/([^/]*)\/([^/]+)\/aws4_request/.exec(authorization);
  const [, accessKeyId = '', region = '', service = ''] = scope ?? [];
  return scope ? { accessKeyId, region: region || defaultRegion, service } : undefined;
}

export function restRequest(request: IncomingMessage): RestRequest {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers,
  };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The operation that a request means, and its input. */
export function readOperation(service: Service, request: RestRequest, body: Buffer): Pick<Call, 'operation' | 'input'> {
  switch (service.protocol) {
    case 'json':
      return { operation: request.headers['x-amz-target']?.split('.').at(-1) ?? '', input: parseJson(body) };
    case 'query': {
      const { Action, ...input } = parseForm(body);
      return { operation: typeof Action === 'string' ? Action : '', input };
    }
    default: {
      const route = service.route?.(request);
      return route ?? { operation: `${request.method} ${request.path}`, input: {} };
    }
  }
}

/**
 * The caller's time, from its signature: a function's clock may run faster than the machine's. If the server's time is minutes off,
 * an SDK resends refused calls, or considers its credentials expired.
 */
export function dateOf({ headers }: RestRequest): Date | undefined {
  const signedAt = headers['x-amz-date'] ?? '';
  const iso = signedAt.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5');
  return iso === signedAt ? undefined : new Date(iso);
}
