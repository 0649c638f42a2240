import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LocalClock } from '../clock';
import type { IdleReport, TrackedProcess } from '../tracked-process';
import { BOOTSTRAP } from './bootstrap';
import type { EnvironmentOptions, EventForHandler, ExecutionEnvironment } from './execution-environment';
import type { Outcome } from './function';

interface Message {
  /** The handler's code has loaded or failed to load. */
  readonly ready?: true;
  readonly log?: string;
  readonly result?: unknown;
  /** Sent only if the clock waits for the process. */
  readonly idle?: IdleReport;
  readonly timer?: { readonly id: number; readonly delay: number };
  readonly clear?: number;
  readonly error?: { readonly errorType: string; readonly errorMessage: string; readonly trace: readonly string[] };
}

/** An execution environment in a Node.js process on this machine. */
export class NodeProcess implements ExecutionEnvironment {
  private readonly process: ChildProcess;
  private readonly tracked: TrackedProcess | undefined;
  private dead = false;
  private settle: ((outcome: Outcome) => void) | undefined;
  private becomeReady: () => void = () => undefined;
  private readonly ready = new Promise<void>((resolve) => {
    this.becomeReady = resolve;
  });

  public constructor(
    private readonly clock: LocalClock,
    private readonly options: EnvironmentOptions,
  ) {
    const { variables, taskRoot, clockSkew, log } = options;
    this.tracked = clock.follow((message) => {
      this.process.send(message);
    });
    const time = JSON.stringify({ ...clock.settings(this.tracked), skew: clockSkew });
    this.process = spawn(process.execPath, ['-e', BOOTSTRAP, time], {
      cwd: taskRoot,
      // Silences the SDK's warning about this machine's Node.js, which may be older than the function's runtime.
      env: { ...variables, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream) {
        createInterface(stream).on('line', log);
      }
    }
    this.process.on('message', (message: Message) => {
      this.receive(message);
    });
    this.process.on('error', (error) => {
      this.end(error.message);
    });
    this.process.on('exit', (code, signal) => {
      this.end(code === null ? `signal: ${signal ?? 'unknown'}` : `exit status ${code}`);
    });
  }

  public get alive(): boolean {
    return !this.dead;
  }

  public get busy(): boolean {
    return this.settle !== undefined;
  }

  public run(input: EventForHandler, timeout: number): Promise<Outcome> {
    return new Promise((resolve) => {
      let cancelTimeout = (): void => undefined;
      this.settle = (outcome) => {
        cancelTimeout();
        this.settle = undefined;
        resolve(outcome);
      };
      if (this.dead) {
        this.fail('signal: killed');
        return;
      }
      void this.ready.then(() => {
        if (this.settle === undefined) {
          return;
        }
        cancelTimeout = this.clock.schedule(timeout * 1000, () => {
          this.timeOut(input.context.awsRequestId, timeout);
        });
        const message = { ...input, deadline: this.clock.now() + timeout * 1000 + this.options.clockSkew };
        if (this.tracked) this.tracked.wake(message);
        else this.process.send(message);
      });
    });
  }

  public kill(): void {
    this.dead = true;
    this.tracked?.end();
    this.process.kill('SIGKILL');
  }

  private timeOut(requestId: string, timeout: number): void {
    const errorMessage = `Task timed out after ${timeout.toFixed(2)} seconds`;
    this.options.log(`${new Date(this.clock.now()).toISOString()} ${requestId} ${errorMessage}`);
    this.settle?.({
      error: { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` },
    });
    this.kill();
  }

  private receive(message: Message): void {
    if (message.idle) {
      this.tracked?.reportIdle(message.idle);
    } else if (message.timer) {
      this.tracked?.setTimer(message.timer.id, message.timer.delay);
    } else if (message.clear !== undefined) {
      this.tracked?.clearTimer(message.clear);
    } else if (message.ready) {
      this.becomeReady();
    } else if (message.log !== undefined) {
      this.options.log(message.log);
    } else if (message.error) {
      this.settle?.({ error: message.error });
    } else {
      this.settle?.({ result: message.result });
    }
  }

  private end(reason: string): void {
    this.dead = true;
    this.tracked?.end();
    this.options.ended();
    this.fail(reason);
  }

  private fail(reason: string): void {
    this.settle?.({ error: { errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${reason}` } });
  }
}
