import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultyAnswer, type Interceptions, type LoggedCall, WireFault } from './interception';
import { renderError, renderOutput } from './protocols';
import { dateOf, readBody, readOperation, readSignature, restRequest, type Signature } from './request';
import {
  type AuthorizationRequest,
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
  hasExpired(accessKeyId: string): boolean;
  /** Throws if the caller lacks the permission. */
  authorize(caller: Caller, request: AuthorizationRequest): void;
}

/** A service found by its path, because its requests are unsigned: a response URL itself carries the secret. */
export interface UnsignedService {
  readonly pathPrefix: string;
  readonly service: Service;
}

type OpenLoggedCall = { -readonly [Member in keyof LoggedCall]: LoggedCall[Member] };

/**
 * The single endpoint of the local AWS, on the loopback interface only. Services are found by the signature's scope, because
 * `AWS_ENDPOINT_URL` sends all services to one address; the signature itself is not checked.
 */
export class HttpServer {
  public readonly calls: LoggedCall[] = [];

  /** How far the `Date` of responses is ahead of the caller's clock, in milliseconds. */
  public dateSkew = 0;

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
    // The CLI reuses connections after pauses of several seconds; one closed in the meantime would cause an error.
    this.server.keepAliveTimeout = 120_000;
  }

  public register(...services: Service[]): void {
    services.forEach((service) => this.services.set(service.name, service));
  }

  public registerUnsigned(pathPrefix: string, service: Service): void {
    this.unsigned.push({ pathPrefix, service });
  }

  /** Returns the port. */
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

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const request = restRequest(incoming);
    const date = new Date((dateOf(request) ?? new Date()).getTime() + this.dateSkew);
    const commonHeaders = () => ({
      date: date.toUTCString(),
      'x-amzn-requestid': requestId,
      'x-local-now': String(this.environment.clock.now()),
    });
    this.track(request, response);
    try {
      const answer = await this.answer(request, await readBody(incoming), requestId);
      send(response, answer, commonHeaders());
    } catch (error) {
      if (error instanceof FaultyAnswer) {
        sendFaulty(response, error, commonHeaders());
        return;
      }
      if (!(error instanceof WireFault)) {
        console.error(error);
      }
      incoming.socket.destroy();
    }
  }

  /** The clock has to know which requests a tracked process waits for. */
  private track({ headers }: RestRequest, response: ServerResponse): void {
    const process = this.environment.clock.process(headers['x-local-process']);
    process?.requestArrived();
    response.once('close', () => process?.requestAnswered());
  }

  private async answer(request: RestRequest, body: Buffer, requestId: string): Promise<RestAnswer> {
    const signature = readSignature(request.headers.authorization ?? '', this.environment.defaultRegion);
    const service =
      this.services.get(signature?.service ?? '') ??
      this.unsigned.find(({ pathPrefix }) => !signature && request.path.startsWith(pathPrefix))?.service;
    if (!service) {
      const name = signature ? `service ${signature.service}` : `path ${request.path} for requests without a signature`;
      const protocol = request.headers['x-amz-target'] ? 'json' : 'query';
      const unknown = new ServiceError('UnknownOperationException', `The local AWS has no ${name}.`, 404);
      return renderError(protocol, unknown, requestId);
    }
    try {
      this.refuseExpired(service, signature);
      const call = this.readCall(service, signature, request, body, requestId);
      return renderOutput(service.protocol, call.operation, await this.carryOut(service, call, request), requestId);
    } catch (error) {
      return renderError(service.protocol, asServiceError(error), requestId);
    }
  }

  /** The error code depends on the protocol. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
  private refuseExpired({ protocol }: Service, signature: Signature | undefined): void {
    if (signature && this.gatekeeper.hasExpired(signature.accessKeyId)) {
      const isJson = protocol === 'json' || protocol === 'rest-json';
      throw new ServiceError(
        isJson ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
        isJson ? 400 : 403,
      );
    }
  }

  private readCall(
    service: Service,
    signature: Signature | undefined,
    request: RestRequest,
    body: Buffer,
    requestId: string,
  ): Call {
    return {
      service: service.name,
      region: signature?.region ?? this.environment.defaultRegion,
      accountId: this.environment.accountId,
      caller: signature ? this.gatekeeper.caller(signature.accessKeyId) : { accessKeyId: '' },
      body,
      requestId,
      userAgent: request.headers['user-agent'] ?? '',
      ...readOperation(service, request, body),
    };
  }

  private async carryOut(service: Service, call: Call, { headers }: RestRequest): Promise<object> {
    const { clock } = this.environment;
    const logged = this.log(call);
    const isTracked = clock.process(headers['x-local-process']) !== undefined;
    const intercepted = <T>(run: Promise<T>): Promise<T> => (isTracked ? run : clock.delay(run));
    try {
      await intercepted(this.interceptions.run('before', call));
      const permissions = service.authorization?.(call) ?? [];
      logged.resourceArn = permissions[0]?.resourceArn;
      permissions.forEach((each) => {
        this.gatekeeper.authorize(call.caller, each);
      });
      const output = await findOperation(service, call)(call);
      logged.output = output;
      return await intercepted(this.interceptions.run('after', call, output));
    } catch (error) {
      const { code, message } = error instanceof WireFault ? faultOf(error) : asServiceError(error);
      logged.errorCode = code;
      logged.errorMessage = message;
      throw error;
    }
  }

  private log(call: Call): OpenLoggedCall {
    const { service, operation, region, input, caller, requestId, userAgent } = call;
    const startedAt = this.environment.clock.now();
    const logged = { service, operation, region, input, caller, requestId, userAgent, startedAt };
    this.calls.push(logged);
    return logged;
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

function send(response: ServerResponse, answer: RestAnswer, headers: Readonly<Record<string, string>>): void {
  const length = { 'content-length': String(Buffer.byteLength(answer.body)) };
  response.writeHead(answer.statusCode, { ...headers, ...length, ...answer.headers });
  response.end(answer.body);
}

function sendFaulty(
  response: ServerResponse,
  { answer }: FaultyAnswer,
  commonHeaders: Readonly<Record<string, string>>,
): void {
  const { statusCode = 200, headers, body = '', stalls = false } = answer;
  const length = { 'content-length': String(Buffer.byteLength(body) + (stalls ? 1 : 0)) };
  response.writeHead(statusCode, {
    ...commonHeaders,
    'content-type': 'application/x-amz-json-1.1',
    ...length,
    ...headers,
  });
  if (stalls) {
    response.flushHeaders();
    response.write(body);
  } else {
    response.end(body);
  }
}

function faultOf(fault: WireFault): { readonly code: string; readonly message: string } {
  return { code: fault instanceof FaultyAnswer ? 'FaultyAnswer' : 'ConnectionLost', message: fault.message };
}

/** Reports any unexpected error as a failure of the local AWS itself. */
function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  if (error instanceof WireFault) {
    throw error;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Not a 500, which clients would retry.
  return new ServiceError('InternalFailure', `The local AWS failed: ${detail}`);
}
