import type { Call, Caller } from './service';

/** What an interception does to a call beside refusing it with a `ServiceError`. */
export abstract class WireFault extends Error {}

/** Thrown by an interception: the socket is destroyed, and no answer is sent. */
export class ConnectionLost extends WireFault {
  public constructor() {
    super('The connection is lost.');
  }
}

export interface AnswerFault {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The headers and the body are sent, but neither the rest that the headers announce nor an end of the connection. */
  readonly stalls?: boolean;
}

/** Thrown by an interception: this is sent as it stands, whatever the service's protocol. */
export class FaultyAnswer extends WireFault {
  public constructor(public readonly answer: AnswerFault) {
    super(`The answer is faulty: ${JSON.stringify(answer)}`);
  }
}

/** Returned by an interception after a call's effect: the output that is sent instead of the service's own. */
export class OtherOutput {
  public constructor(public readonly output: object) {}
}

/** A call that was made, as tests and the demo look at it. */
export interface LoggedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly requestId: string;
  readonly userAgent: string;
  /** On the local AWS's clock, in milliseconds. */
  readonly startedAt: number;
  /** What the caller had to have permission for. */
  readonly resourceArn?: string;
  /** Present once the call has succeeded. */
  readonly output?: object;
  /** Present once the answer is an error; the name of the fault where there was none of the service. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** Which calls are intercepted, and how many of them (all by default). */
export interface InterceptionMatch {
  readonly service: string;
  readonly operation: string;
  readonly times?: number;
}

/** Before a call's effect, or after it while its answer is not yet sent. */
export type Phase = 'before' | 'after';

/** `output` is what the operation has returned, after its effect. */
export type InterceptionAction = (call: Call, output: object) => unknown;

interface Interception extends InterceptionMatch {
  readonly phase: Phase;
  readonly action: InterceptionAction;
  left: number;
}

/** What tests do to calls on their way. */
export class Interceptions {
  private readonly active = new Set<Interception>();

  /** Returns the function that ends it. */
  public add(match: InterceptionMatch, phase: Phase, action: InterceptionAction): () => void {
    const interception = { ...match, phase, action, left: match.times ?? Infinity };
    this.active.add(interception);
    return () => this.active.delete(interception);
  }

  /** Returns the output to send. */
  public async run(phase: Phase, call: Call, output: object = {}): Promise<object> {
    const matching = [...this.active].filter(
      (each) => each.phase === phase && each.service === call.service && each.operation === call.operation,
    );
    let current = output;
    for (const interception of matching) {
      interception.left -= 1;
      if (interception.left <= 0) {
        this.active.delete(interception);
      }
      const result = await interception.action(call, current);
      current = result instanceof OtherOutput ? result.output : current;
    }
    return current;
  }
}
