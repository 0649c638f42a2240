import type { Call, Caller } from './service';

/** A fault of the connection or the response, unlike a `ServiceError`. */
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
  /** Sends the headers and the body, but not the rest that the headers announce, and leaves the connection open. */
  readonly stalls?: boolean;
}

/** Thrown by an interception: the answer is sent as is, whatever the service's protocol. */
export class FaultyAnswer extends WireFault {
  public constructor(public readonly answer: AnswerFault) {
    super(`The answer is faulty: ${JSON.stringify(answer)}`);
  }
}

/** Returned by an interception after a call's effect: replaces the service's output. */
export class OtherOutput {
  public constructor(public readonly output: object) {}
}

/** A logged call. */
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
  /** The first resource that the caller needed permission for. */
  readonly resourceArn?: string;
  /** Present once the call has succeeded. */
  readonly output?: object;
  /** Present once the call has failed: the service's error code, or the name of the fault. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** Which calls are intercepted, and how many of them (all by default). */
export interface InterceptionMatch {
  readonly service: string;
  readonly operation: string;
  readonly times?: number;
}

/** Before a call's effect, or between its effect and its response. */
export type Phase = 'before' | 'after';

/** `output` is the operation's output, empty before the effect. */
export type InterceptionAction = (call: Call, output: object) => unknown;

interface Interception extends InterceptionMatch {
  readonly phase: Phase;
  readonly action: InterceptionAction;
  remaining: number;
}

/** Lets tests intercept calls. */
export class Interceptions {
  private readonly active = new Set<Interception>();

  /** Returns a function that ends the interception. */
  public add(match: InterceptionMatch, phase: Phase, action: InterceptionAction): () => void {
    const interception = { ...match, phase, action, remaining: match.times ?? Infinity };
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
      interception.remaining -= 1;
      if (interception.remaining <= 0) {
        this.active.delete(interception);
      }
      const result = await interception.action(call, current);
      current = result instanceof OtherOutput ? result.output : current;
    }
    return current;
  }
}
