import type { Call, Caller } from './service';

/** Thrown by an interception: the socket is destroyed, and no answer is sent. */
export class ConnectionLost extends Error {
  public constructor() {
    super('The connection is lost.');
  }
}

/** A call that was made, as tests and the demo look at it. */
export interface LoggedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** On the local AWS's clock, in milliseconds. */
  readonly startedAt: number;
  /** Present once the answer is an error; `ConnectionLost` where there was none. */
  readonly errorCode?: string;
}

/** Which calls are intercepted, and how many of them (all, unless told). */
export interface InterceptionMatch {
  readonly service: string;
  readonly operation: string;
  readonly times?: number;
}

/** Before a call's effect, or after it while its answer is not yet sent. */
export type Phase = 'before' | 'after';

export type InterceptionAction = (call: Call) => Promise<void> | void;

interface Interception extends InterceptionMatch {
  readonly phase: Phase;
  readonly action: InterceptionAction;
  left: number;
}

/** What tests do to calls on their way. */
export class Interceptions {
  private readonly active = new Set<Interception>();

  /** Gives the function that ends it. */
  public add(match: InterceptionMatch, phase: Phase, action: InterceptionAction): () => void {
    const interception = { ...match, phase, action, left: match.times ?? Infinity };
    this.active.add(interception);
    return () => this.active.delete(interception);
  }

  public async run(phase: Phase, call: Call): Promise<void> {
    const matching = [...this.active].filter(
      (each) => each.phase === phase && each.service === call.service && each.operation === call.operation,
    );
    for (const interception of matching) {
      interception.left -= 1;
      if (interception.left <= 0) {
        this.active.delete(interception);
      }
      await interception.action(call);
    }
  }
}
