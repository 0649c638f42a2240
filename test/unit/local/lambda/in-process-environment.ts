import type { Clock } from '../../../../local/clock';
import type {
  EnvironmentOptions,
  EventForHandler,
  ExecutionEnvironment,
} from '../../../../local/lambda/execution-environment';
import type { Outcome } from '../../../../local/lambda/function';

/** What the handler is to do with an event. */
export interface Orders {
  readonly seconds?: number;
  /** Throws an error with this message. */
  readonly fail?: string;
  readonly result?: unknown;
}

/** An execution environment without a process, whose handler follows the orders in its events. */
export class InProcessEnvironment implements ExecutionEnvironment {
  public static running = 0;
  public static mostRunning = 0;
  public alive = true;
  public busy = false;

  public constructor(
    private readonly clock: Clock,
    private readonly options: EnvironmentOptions,
  ) {}

  public async run({ event }: EventForHandler): Promise<Outcome> {
    const { seconds = 0, fail, result = null } = event as Orders;
    InProcessEnvironment.running += 1;
    InProcessEnvironment.mostRunning = Math.max(InProcessEnvironment.mostRunning, InProcessEnvironment.running);
    this.busy = true;
    if (seconds > 0) {
      await this.clock.sleep(seconds * 1000);
    }
    this.busy = false;
    InProcessEnvironment.running -= 1;
    return fail === undefined ? { result } : { error: { errorType: 'Error', errorMessage: fail } };
  }

  public kill(): void {
    this.alive = false;
    this.options.ended();
  }
}
