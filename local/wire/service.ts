import type { LocalClock } from '../clock';

/** Who makes a call, known by the access key of its signature. */
export interface Caller {
  readonly accessKeyId: string;
  /** The role whose credentials signed the call. Without one the caller is the account's administrator. */
  readonly roleArn?: string;
  /** The name of the role's session; that of the role by default. */
  readonly sessionName?: string;
}

/** One call of an operation, as it came over the wire. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly accountId: string;
  readonly caller: Caller;
  /** The parsed JSON body, or the form's fields; for REST services what `route` makes of method, path and query. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** What the answer carries as `x-amzn-RequestId`, and CloudTrail records. */
  readonly requestId: string;
  /** Empty where the caller names none. */
  readonly userAgent: string;
}

/** What an error answer carries beside its code and message. */
export interface ErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of a JSON body. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An answer of the service that is an error, with AWS's code and text. */
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

/** What an operation of a REST service returns: an answer that is sent as it stands. */
export class RestAnswer {
  public constructor(
    public readonly statusCode: number,
    public readonly headers: Readonly<Record<string, string>> = {},
    public readonly body: Buffer | string = '',
  ) {}
}

/** Carries out one operation: returns the members of its output, or throws a `ServiceError`. */
export type Operation = (call: Call) => Promise<object> | object;

/** What names the operation of a REST service. */
export interface RestRequest {
  readonly method: string;
  /** Decoded, with its leading slash. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One AWS service of the local AWS. What it does not know is refused by name. */
export interface Service {
  /** As in the scope of a signature: `kms`, `ssm`, `cloudformation`, … */
  readonly name: string;
  /** The two REST protocols differ in how they tell an error. */
  readonly protocol: 'json' | 'query' | 'rest-xml' | 'rest-json';
  readonly operations: Readonly<Record<string, Operation>>;
  /** Which operation a request to a REST service means; undefined where it is not known. */
  readonly route?: (
    request: RestRequest,
  ) => { readonly operation: string; readonly input: Readonly<Record<string, unknown>> } | undefined;
  /** What a call needs permission for, all of it. */
  readonly authorization?: (call: Call) => readonly AuthorizationRequest[];
}

/** What a call needs permission for. */
export interface AuthorizationRequest {
  readonly action: string;
  readonly resourceArn: string;
  /** The values of the condition keys that the service sets, by their names. */
  readonly conditionKeys?: Readonly<Record<string, string>>;
}

/** What all services of one local AWS share. */
export interface Environment {
  readonly clock: LocalClock;
  readonly accountId: string;
  /** The Region of calls whose signature names none. */
  readonly defaultRegion: string;
}
