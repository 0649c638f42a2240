import type { Request } from './cloudformation';
import type { Rotation } from './kms-key';

/** One run of the function, which Lambda has started with an event, and what the world knows of it. */
export class Invocation {
  public alive = true;
  /** What it was shown of the key: rotations whose start date it has seen, and those of the last list. */
  public readonly views = { inProgress: new Set<Rotation>(), listed: [] as readonly Rotation[] };
  /** A read of the ledger showed that its token is spent. */
  public sawSpent = false;
  public sawSpentOnPages = false;
  /** Its last read of the ledger, or the last that failed; `disturbed`: it failed or lagged; `damaged`: somebody has tampered with a record. */
  public lastRead: { readonly at: number; readonly disturbed: boolean; readonly damaged: boolean } | undefined;
  /** When it last read the ledger or wrote to it. */
  public knewAt = -Infinity;
  /** KMS has accepted its call, and rotates. */
  public hasRotated = false;
  /** Something outside has kept it from going on. */
  public stoodStill = false;
  /** Not all of its calls went well and at once. */
  public wasDisturbed = false;
  /** CloudFormation's endpoint has told it that it took the response. */
  public responseTaken = false;
  private whenPaused: (() => void) | undefined;

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
      this.whenPaused = resolve;
      start();
    });
  }

  /** The handler has made a call, or has ended. */
  public pause(): void {
    const { whenPaused } = this;
    if (!whenPaused)
      throw new Error('The handler made a call while another one was under way, which the simulation does not know');
    this.whenPaused = undefined;
    whenPaused();
  }
}
