import type { LocalClock } from '../clock';

/** Who makes a call, identified by the access key of its signature. */
export interface Caller {
  readonly accessKeyId: string;
  /** The role whose credentials signed the call. Without one the caller is the account's administrator. */
  readonly roleArn?: string;
  /** The name of the role's session; the role's name by default. */
  readonly sessionName?: string;
}

/** A call of an operation, as received. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly accountId: string;
  readonly caller: Caller;
  /** The parsed JSON body or form fields; for REST services, the input that `route` returns. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** Sent as `x-amzn-RequestId`, and recorded by CloudTrail. */
  readonly requestId: string;
  /** Empty if the caller sends none. */
  readonly userAgent: string;
}

/** Parts of an error response besides its code and message. */
export interface ErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of a JSON body. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An error response of a service, with AWS's code and message. */
export class ServiceError extends Error {
  public constructor(
    public readonly code: string,
    message: string,
    public readonly statusCode = 400,
    public readonly details: ErrorDetails = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** The output of a REST operation, sent as is. */
export class RestAnswer {
  public constructor(
    public readonly statusCode: number,
    public readonly headers: Readonly<Record<string, string>> = {},
    public readonly body: Buffer | string = '',
  ) {}
}

/** Carries out one operation: returns the members of its output, or throws a `ServiceError`. */
export type Operation = (call: Call) => Promise<object> | object;

/** The parts of a request that identify a REST operation. */
export interface RestRequest {
  readonly method: string;
  /** Decoded, with its leading slash. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A service of the local AWS. Unsupported operations are refused by name. */
export interface Service {
  /** As in the scope of a signature: `kms`, `ssm`, `cloudformation`, … */
  readonly name: string;
  /** The two REST protocols differ in their error format. */
  readonly protocol: 'json' | 'query' | 'rest-xml' | 'rest-json';
  readonly operations: Readonly<Record<string, Operation>>;
  /** Returns the operation of a REST request; `undefined` if it is not supported. */
  readonly route?: (
    request: RestRequest,
  ) => { readonly operation: string; readonly input: Readonly<Record<string, unknown>> } | undefined;
  /** All permissions that a call needs. */
  readonly authorization?: (call: Call) => readonly AuthorizationRequest[];
}

/** A permission that a call needs. */
export interface AuthorizationRequest {
  readonly action: string;
  readonly resourceArn: string;
  /** Values of the condition keys that the service sets, by name. */
  readonly conditionKeys?: Readonly<Record<string, string>>;
}

/** What all services of one local AWS share. */
export interface Environment {
  readonly clock: LocalClock;
  readonly accountId: string;
  /** The Region of calls whose signature names none. */
  readonly defaultRegion: string;
}
