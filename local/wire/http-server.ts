import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionLost, type Interceptions, type LoggedCall, type Phase } from './interception';
import { VirtualClock } from '../virtual-clock';
import { parseForm, parseJson, renderError, renderOutput } from './protocols';
import {
  type Call,
  type Caller,
  type Environment,
  type RestAnswer,
  type RestRequest,
  type Service,
  ServiceError,
} from './service';

/** Who may call what. */
export interface Gatekeeper {
  caller(accessKeyId: string): Caller;
  /** Throws where the caller may not. */
  authorize(caller: Caller, action: string, resourceArn: string): void;
}

/** A service that is told by the path, since its requests bear no signature: a response URL carries its secret itself. */
export interface UnsignedService {
  readonly pathPrefix: string;
  readonly service: Service;
}

interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/**
 * The one endpoint of the local AWS, on the loopback interface only. The service is told by the signature's scope, as it
 * is when `AWS_ENDPOINT_URL` sends all services to one address; the signature itself is not checked.
 */
export class HttpServer {
  public readonly calls: LoggedCall[] = [];
  private readonly server: Server;
  private readonly services = new Map<string, Service>();
  private readonly unsigned: UnsignedService[] = [];

  public constructor(
    private readonly environment: Environment,
    private readonly gatekeeper: Gatekeeper,
    private readonly interceptions: Interceptions,
  ) {
    this.server = createServer((request, response) => {
      void this.serve(request, response);
    });
    // The CLI reuses a connection after pauses of some seconds; one that the server has closed meanwhile would be an error.
    this.server.keepAliveTimeout = 120_000;
  }

  public register(...services: Service[]): void {
    services.forEach((service) => this.services.set(service.name, service));
  }

  public registerUnsigned(pathPrefix: string, service: Service): void {
    this.unsigned.push({ pathPrefix, service });
  }

  /** Gives the port. */
  public listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  public close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.track(request, response);
    try {
      const body = await readBody(request);
      const answer = await this.answer(restRequest(request), body);
      send(response, answer, dateOf(request) ?? new Date());
    } catch (error) {
      if (!(error instanceof ConnectionLost)) {
        console.error(error);
      }
      request.socket.destroy();
    }
  }

  /** A process that lives by a virtual clock is told the time, and works on when it is answered. */
  private track({ headers }: IncomingMessage, response: ServerResponse): void {
    const { clock } = this.environment;
    const id = headers['x-local-process'];
    const process = clock instanceof VirtualClock && typeof id === 'string' ? clock.tracked(id) : undefined;
    if (!process) return;
    process.requestArrived();
    const { writeHead } = response;
    response.writeHead = ((...parts: Parameters<typeof writeHead>) => {
      response.setHeader('x-local-now', String(clock.now()));
      return writeHead.apply(response, parts);
    }) as typeof writeHead;
    response.once('close', () => {
      process.requestAnswered();
    });
  }

  private async answer(request: RestRequest, body: Buffer): Promise<RestAnswer> {
    const signature = readSignature(request.headers.authorization ?? '', this.environment.defaultRegion);
    const service =
      this.services.get(signature?.service ?? '') ??
      this.unsigned.find(({ pathPrefix }) => !signature && request.path.startsWith(pathPrefix))?.service;
    if (!service) {
      const name = signature ? `service ${signature.service}` : `path ${request.path} for requests without a signature`;
      const protocol = request.headers['x-amz-target'] ? 'json' : 'query';
      return renderError(protocol, new ServiceError('UnknownOperationException', `The local AWS has no ${name}.`, 404));
    }
    try {
      const call = this.readCall(service, signature, request, body);
      return renderOutput(
        service.protocol,
        call.operation,
        await this.carryOut(service, call, request.headers['x-local-process'] !== undefined),
      );
    } catch (error) {
      return renderError(service.protocol, asServiceError(error));
    }
  }

  private readCall(service: Service, signature: Signature | undefined, request: RestRequest, body: Buffer): Call {
    return {
      service: service.name,
      region: signature?.region ?? this.environment.defaultRegion,
      accountId: this.environment.accountId,
      caller: signature ? this.gatekeeper.caller(signature.accessKeyId) : { accessKeyId: '' },
      body,
      ...readOperation(service, request, body),
    };
  }

  private async carryOut(service: Service, call: Call, isTracked: boolean): Promise<object> {
    const { service: name, operation, region, input, caller } = call;
    const startedAt = this.environment.clock.now();
    const logged: LoggedCall & { errorCode?: string } = { service: name, operation, region, input, caller, startedAt };
    this.calls.push(logged);
    try {
      await this.intercept('before', call, isTracked);
      const needed = service.authorization?.(call);
      if (needed) {
        this.gatekeeper.authorize(call.caller, needed.action, needed.resourceArn);
      }
      const output = await findOperation(service, call)(call);
      await this.intercept('after', call, isTracked);
      return output;
    } catch (error) {
      logged.errorCode = error instanceof ConnectionLost ? 'ConnectionLost' : asServiceError(error).code;
      throw error;
    }
  }

  private intercept(phase: Phase, call: Call, isTracked: boolean): Promise<void> {
    const run = this.interceptions.run(phase, call);
    return isTracked ? run : this.environment.clock.delay(run);
  }
}

function findOperation(service: Service, call: Call): Service['operations'][string] {
  const operation = Object.hasOwn(service.operations, call.operation) ? service.operations[call.operation] : undefined;
  if (!operation) {
    throw new ServiceError(
      'UnknownOperationException',
      `The local AWS has no operation ${call.operation} of service ${service.name}.`,
    );
  }
  return operation;
}

function readOperation(service: Service, request: RestRequest, body: Buffer): Pick<Call, 'operation' | 'input'> {
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

/** The scope of a signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function readSignature(authorization: string, defaultRegion: string): Signature | undefined {
  const scope = /Credential=([^/,\s]+)\/\d+\/([^/]*)\/([^/]+)\/aws4_request/.exec(authorization);
  const [, accessKeyId = '', region = '', service = ''] = scope ?? [];
  return scope ? { accessKeyId, region: region || defaultRegion, service } : undefined;
}

function restRequest(request: IncomingMessage): RestRequest {
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

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/**
 * The caller's own time, as its signature tells it: that of functions may run faster than the machine's. An SDK that finds the
 * server's minutes away from its own sends refused calls again, or has its credentials expire at once.
 */
function dateOf(request: IncomingMessage): Date | undefined {
  const signedAt = String(request.headers['x-amz-date']);
  const iso = signedAt.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5');
  return iso === signedAt ? undefined : new Date(iso);
}

function send(response: ServerResponse, answer: RestAnswer, date: Date): void {
  const length = { 'content-length': String(Buffer.byteLength(answer.body)) };
  response.writeHead(answer.statusCode, {
    date: date.toUTCString(),
    'x-amzn-requestid': randomUUID(),
    ...length,
    ...answer.headers,
  });
  response.end(answer.body);
}

/** What is no answer of AWS is a fault of the local AWS itself, and is told as one. */
function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  if (error instanceof ConnectionLost) {
    throw error;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Not a 500, which clients would try again.
  return new ServiceError('InternalFailure', `The local AWS failed: ${detail}`);
}
