import type { Request } from './cloudformation';
import type { Rotation } from './kms-key';

/** An invocation of the function, and what the simulation knows about it. */
export class Invocation {
  public alive = true;
  /** Rotations whose start date it has seen, and those of the last list. */
  public readonly views = { inProgress: new Set<Rotation>(), listed: [] as readonly Rotation[] };
  /** A complete read of the ledger showed that its token is used up. */
  public sawSpent = false;
  public sawSpentOnPages = false;
  /** Its last read of the ledger; `disturbed`: the read failed or lagged; `damaged`: it showed a damaged record. */
  public lastRead: { readonly at: number; readonly disturbed: boolean; readonly damaged: boolean } | undefined;
  /** When it last read the ledger or wrote to it. */
  public ledgerAccessedAt = -Infinity;
  /** It has called RotateKeyOnDemand, with whatever outcome. */
  public hasCalled = false;
  /** Its call has caused a rotation. */
  public hasRotated = false;
  /** A deviation has delayed it. */
  public wasDelayed = false;
  /** One of its calls deviated, failed or showed a damaged record. */
  public wasDisturbed = false;
  /** It has seen that CloudFormation accepted its response. */
  public responseAccepted = false;
  private whenPaused: (() => void) | undefined;

  public constructor(
    public readonly number: number,
    public readonly request: Request,
    /** How often Lambda has delivered the event: 1 to 3. */
    public readonly delivery: number,
    public readonly startedAt: number,
  ) {}

  public get token(): string {
    return this.request.event.ResourceProperties.RotationToken;
  }

  /** Runs the handler's code until its next call or its end. It gets there in microtasks, without any timer. */
  public run(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.whenPaused = resolve;
      start();
    });
  }

  /** The handler has made a call, or has ended. */
  public pause(): void {
    const { whenPaused } = this;
    if (!whenPaused) throw new Error('The handler made concurrent calls, which the simulation does not support');
    this.whenPaused = undefined;
    whenPaused();
  }
}
