import type { VirtualClock } from './virtual-clock';

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
  /** Of the last stable state; none where the resource does not exist. */
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

export interface ResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: { readonly RotationDate: string; readonly KeyMaterialId: string };
}

/** One event, and what has become of it. */
export interface Request {
  readonly resource: Resource;
  readonly event: ResourceEvent;
  /** Leads back to a state whose event was answered SUCCESS. */
  readonly isRollback: boolean;
  outcome?: Outcome;
  /** The first answer, which is the one that counts. */
  answer?: ResourceAnswer;
  settle?: () => void;
}

export type Outcome = 'SUCCESS' | 'FAILED' | 'TIMEOUT' | 'CANCELLED';

export type Wait = { readonly request: Request } | { readonly pause: number };
/** What CloudFormation does with a resource, step by step. */
export type Deployment = Generator<Wait, boolean, undefined>;

const SECOND = 1000;
const SERVICE_TIMEOUT = 3600 * SECOND;

/** CloudFormation: sends events, and goes on with the first answer to each, or without one after an hour. */
export class CloudFormationModel {
  private readonly requests: Request[] = [];
  private readonly timeouts = new Map<Request, () => void>();

  public constructor(
    private readonly timeline: VirtualClock,
    private readonly deliver: (request: Request) => void,
  ) {}

  public run(deployment: Generator<Wait, unknown, undefined>, whenDone?: () => void): void {
    const { value, done } = deployment.next();
    const goOn = () => {
      this.run(deployment, whenDone);
      return undefined;
    };
    if (done === true) whenDone?.();
    else if ('pause' in value) this.timeline.after(value.pause, goOn);
    else if (value.request.outcome) this.timeline.after(SECOND, goOn);
    else value.request.settle = () => this.timeline.after(SECOND, goOn);
  }

  public send(
    resource: Resource,
    RequestType: ResourceEvent['RequestType'],
    ResourceProperties: Properties,
    how: {
      readonly old?: Properties;
      readonly isRollback?: boolean;
      readonly requestId?: string;
      readonly physicalId?: string;
    } = {},
  ): Request {
    const number = this.requests.length;
    const physicalId = how.physicalId ?? resource.physicalId;
    const request: Request = {
      resource,
      isRollback: how.isRollback ?? false,
      event: {
        RequestType,
        RequestId: how.requestId ?? `request-${number}`,
        StackId: `arn:aws:cloudformation:eu-central-1:111122223333:stack/${resource.stack}/1`,
        LogicalResourceId: resource.logicalId,
        ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
        ResponseURL: `https://answers.invalid/${number}`,
        ResourceProperties,
        ...(how.old && { OldResourceProperties: how.old }),
      },
    };
    this.requests.push(request);
    this.deliver(request);
    const timeout = this.timeline.after(SERVICE_TIMEOUT, () => {
      this.settle(request, 'TIMEOUT');
      return undefined;
    });
    this.timeouts.set(request, () => {
      this.timeline.cancel(timeout);
    });
    return request;
  }

  public requestOf(url: URL): Request | undefined {
    return this.requests[Number(url.pathname.slice(1))];
  }

  public answered(request: Request, answer: ResourceAnswer): void {
    request.answer ??= answer;
    this.settle(request, answer.Status);
  }

  /** The deployment goes back while a request still runs. */
  public cancel(request: Request): void {
    if (!request.isRollback && request.event.RequestType !== 'Delete') this.settle(request, 'CANCELLED');
  }

  private settle(request: Request, outcome: Outcome): void {
    if (request.outcome) return;
    request.outcome = outcome;
    this.timeouts.get(request)?.();
    request.settle?.();
  }
}
