import type { Request } from './cloudformation-model';
import type { Rotation } from './kms-model';

/** One run of the function, which Lambda has started with an event. */
export class Invocation {
  public alive = true;
  public readonly views = { inProgress: new Map<Rotation, readonly Rotation[]>(), listed: [] as readonly Rotation[] };
  /** A read of the ledger showed that its token is spent. */
  public sawSpent = false;
  public sawSpentOnPages = false;
  /** Its last read of the ledger, or the last that failed; `disturbed`: it failed or lagged. */
  public lastRead: { readonly at: number; readonly disturbed: boolean } | undefined;
  /** When it was last told about the ledger, or wrote to it. */
  public knewAt = -Infinity;
  /** KMS has accepted its call, and rotates. */
  public hasRotated = false;
  /** Something outside has kept it from going on. */
  public stoodStill = false;
  /** CloudFormation's endpoint has told it that it took the answer. */
  public answerTaken = false;
  private whenArrived: (() => void) | undefined;

  public constructor(
    public readonly number: number,
    public readonly request: Request,
    /** The first delivery of the event, the second or the third. */
    public readonly delivery: number,
    public readonly startedAt: number,
  ) {}

  public get token(): string {
    return this.request.event.ResourceProperties.RotationToken;
  }

  /** Lets the handler's code run until it makes its next call or ends, which it does without any timer: in microtasks. */
  public run(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.whenArrived = resolve;
      start();
    });
  }

  /** The handler has made a call, or has ended. */
  public arrive(): void {
    const { whenArrived } = this;
    if (!whenArrived)
      throw new Error('The handler made a call while another one was under way, which the simulation does not know');
    this.whenArrived = undefined;
    whenArrived();
  }
}
