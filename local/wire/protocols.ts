import { RestAnswer, type Service, type ServiceError } from './service';

type Protocol = Service['protocol'];

/** The input of a call in AWS JSON 1.0 or 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export function parseJson(body: Buffer): Record<string, unknown> {
  return body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Record<string, unknown>);
}

/**
 * The input of a call in the query protocol, its dotted names unfolded: `A.member.1.B=c` is `{ A: [{ B: 'c' }] }`.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function parseForm(body: Buffer): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    const path = name.split('.');
    // An empty list: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#collections
    if (value === '' && path.length === 1) {
      continue;
    }
    let node = root;
    for (const step of path.slice(0, -1)) {
      const child = node[step];
      node = (typeof child === 'object' ? child : (node[step] = {})) as Record<string, unknown>;
    }
    node[path.at(-1) ?? name] = value;
  }
  return foldMembers(root) as Record<string, unknown>;
}

function foldMembers(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) {
    return node;
  }
  const { member } = node as { readonly member?: unknown };
  if (typeof member === 'object' && member !== null) {
    return Object.entries(member)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, value]) => foldMembers(value));
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, foldMembers(value)]));
}

/** The response to a successful call. */
export function renderOutput(protocol: Protocol, operation: string, output: object, requestId: string): RestAnswer {
  if (output instanceof RestAnswer) {
    return output;
  }
  if (protocol === 'query') {
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const result = `<${operation}Result>${toXml(output)}</${operation}Result>`;
    return new RestAnswer(
      200,
      { 'content-type': 'text/xml' },
      `<${operation}Response>${result}${metadata}</${operation}Response>`,
    );
  }
  return new RestAnswer(200, { 'content-type': 'application/x-amz-json-1.1' }, JSON.stringify(output));
}

/** The response to a failed call. */
export function renderError(protocol: Protocol, error: ServiceError, requestId: string): RestAnswer {
  const { code, message, statusCode, details } = error;
  switch (protocol) {
    case 'query': {
      const type = statusCode < 500 ? 'Sender' : 'Receiver';
      const content = `<Error>${toXml({ Type: type, Code: code, Message: message })}</Error>`;
      return xmlAnswer(statusCode, `<ErrorResponse>${content}<RequestId>${requestId}</RequestId></ErrorResponse>`);
    }
    case 'rest-xml':
      return xmlAnswer(statusCode, `<Error>${toXml({ Code: code, Message: message })}</Error>`);
    default: {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code, ...details.headers };
      return new RestAnswer(statusCode, headers, JSON.stringify({ __type: code, message, ...details.members }));
    }
  }
}

function xmlAnswer(statusCode: number, body: string): RestAnswer {
  return new RestAnswer(statusCode, { 'content-type': 'application/xml' }, body);
}

/** Renders an output as XML elements; the items of lists are named `member`. */
export function toXml(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (Array.isArray(value)) {
    return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
      .join('');
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
