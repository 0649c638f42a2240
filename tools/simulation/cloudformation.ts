import type { Timer, VirtualClock } from './virtual-clock';

export interface Properties {
  readonly KeyArn: string;
  readonly RotationToken: string;
  readonly RotateOnCreate?: string;
  readonly CompletionTimeout?: string;
  readonly ReservedRotations?: string;
}

export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  physicalId?: string;
  /** Properties of the last stable state; undefined if the resource does not exist. */
  properties?: Properties;
}

export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResponseURL: string;
  readonly ResourceProperties: Properties;
  readonly OldResourceProperties?: Properties;
}

export interface ResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: { readonly RotationDate: string; readonly KeyMaterialId: string };
}

export type Outcome = 'SUCCESS' | 'FAILED' | 'TIMEOUT' | 'CANCELLED';

/** An event and its outcome. */
export interface Request {
  readonly resource: Resource;
  readonly event: ResourceEvent;
  /** Rolls back to a state whose event was answered SUCCESS. */
  readonly isRollback: boolean;
  outcome?: Outcome;
  /** Only the first response counts. */
  response?: ResourceResponse;
}

/** Waits until all requests have succeeded or one has failed, or for some milliseconds. */
export type Wait = { readonly requests: readonly Request[] } | { readonly pause: number };
/** Steps of CloudFormation, each yielding what it waits for. */
export type Operation<Result = boolean> = Generator<Wait, Result, undefined>;

const SECOND = 1000;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html */
const SERVICE_TIMEOUT = 3600 * SECOND;

/** Sends events, and continues with the first response to each, or without one after an hour. */
export class CloudFormation {
  private readonly requests: Request[] = [];
  private readonly timeouts = new Map<Request, Timer>();
  private waiting: { readonly requests: readonly Request[]; readonly resume: () => void }[] = [];

  public constructor(
    private readonly clock: VirtualClock,
    private readonly deliver: (request: Request) => void,
    /** Overrides the `CompletionTimeout` of every request; seconds. */
    private readonly completionTimeout: number | undefined,
  ) {}

  public run(operation: Operation<unknown>, whenDone?: () => void): void {
    const { value, done } = operation.next();
    const resume = () => {
      this.run(operation, whenDone);
    };
    if (done === true) whenDone?.();
    else if ('pause' in value) this.clock.after(value.pause, resume);
    else {
      this.waiting.push({ requests: value.requests, resume });
      this.resumeWaiting();
    }
  }

  public send(
    resource: Resource,
    RequestType: ResourceEvent['RequestType'],
    ResourceProperties: Properties,
    how: { readonly old?: Properties; readonly isRollback?: boolean; readonly requestId?: string } = {},
  ): Request {
    const number = this.requests.length;
    const { stack, logicalId, physicalId } = resource;
    const request: Request = {
      resource,
      isRollback: how.isRollback ?? false,
      event: {
        RequestType,
        RequestId: how.requestId ?? `request-${number}`,
        StackId: `arn:aws:cloudformation:eu-central-1:111122223333:stack/${stack}/1`,
        LogicalResourceId: logicalId,
        ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
        ResponseURL: `https://responses.invalid/${number}${this.signature()}`,
        ResourceProperties: this.withTimeout(ResourceProperties),
        ...(how.old && { OldResourceProperties: this.withTimeout(how.old) }),
      },
    };
    this.requests.push(request);
    this.deliver(request);
    const timeout = this.clock.after(SERVICE_TIMEOUT, () => {
      this.settle(request, 'TIMEOUT');
    });
    this.timeouts.set(request, timeout);
    return request;
  }

  private withTimeout(properties: Properties): Properties {
    const { completionTimeout } = this;
    return completionTimeout === undefined
      ? properties
      : { ...properties, CompletionTimeout: String(completionTimeout) };
  }

  public get outcomes(): readonly string[] {
    return this.requests.map(({ event, outcome }) => `${event.RequestType} ${outcome ?? ''}`);
  }

  public requestOf(url: URL): Request | undefined {
    return this.requests[Number(url.pathname.slice(1))];
  }

  public responded(request: Request, response: ResourceResponse): void {
    request.response ??= response;
    this.settle(request, response.Status);
  }

  /** The stack rolls back while the request is running. Rollbacks and deletions cannot be cancelled. */
  public cancel(request: Request): void {
    if (!request.isRollback && request.event.RequestType !== 'Delete') this.settle(request, 'CANCELLED');
  }

  private settle(request: Request, outcome: Outcome): void {
    if (request.outcome) return;
    request.outcome = outcome;
    const timeout = this.timeouts.get(request);
    if (timeout) this.clock.cancel(timeout);
    this.resumeWaiting();
  }

  private resumeWaiting(): void {
    const isOver = ({ outcome }: Request) => outcome !== undefined;
    const hasFailed = (request: Request) => isOver(request) && request.outcome !== 'SUCCESS';
    this.waiting = this.waiting.filter(({ requests, resume }) => {
      if (!requests.every(isOver) && !requests.some(hasFailed)) return true;
      this.clock.after(SECOND, resume);
      return false;
    });
  }

  /** URLs are signed when an event is sent. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
  private signature(): string {
    const date = new Date(this.clock.now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    return `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=7200`;
  }
}
