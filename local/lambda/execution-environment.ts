import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type LocalClock, ScaledClock } from '../clock';
import type { Quiet, TrackedProcess } from '../tracked-process';
import { VirtualClock } from '../virtual-clock';
import { BOOTSTRAP } from './bootstrap';
import type { Outcome } from './function';

/** What the function's process is told of one event. */
export interface EventForHandler {
  readonly event: unknown;
  readonly context: Readonly<Record<string, string | boolean>> & { readonly awsRequestId: string };
}

interface Message {
  /** The handler's code has been loaded, or has failed to. */
  readonly ready?: true;
  readonly log?: string;
  readonly result?: unknown;
  /** On a virtual clock. */
  readonly quiet?: Quiet;
  readonly timer?: { readonly id: number; readonly delay: number };
  readonly clear?: number;
  readonly error?: { readonly errorType: string; readonly errorMessage: string; readonly trace: readonly string[] };
}

/**
 * A process that runs a function's handler, for one event at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class ExecutionEnvironment {
  private readonly process: ChildProcess;
  /** On a virtual clock. */
  private readonly tracked: TrackedProcess | undefined;
  private dead = false;
  private settle: ((outcome: Outcome) => void) | undefined;
  private becomeReady: () => void = () => undefined;
  private readonly ready = new Promise<void>((resolve) => {
    this.becomeReady = resolve;
  });

  public constructor(
    private readonly clock: LocalClock,
    variables: Readonly<Record<string, string>>,
    taskRoot: string,
    private readonly log: (line: string) => void,
    private readonly ended: () => void,
  ) {
    this.tracked =
      clock instanceof VirtualClock
        ? clock.track((message) => {
            this.process.send(message);
          })
        : undefined;
    this.process = spawn(process.execPath, ['-e', BOOTSTRAP, JSON.stringify(this.timeOfProcess())], {
      cwd: taskRoot,
      env: { ...variables },
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

  /** Runs the handler, and ends the process where that takes longer than `timeout` seconds, the loading of its code aside. */
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
        this.send({ ...input, deadline: this.clock.now() + timeout * 1000 });
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
    this.log(`${new Date(this.clock.now()).toISOString()} ${requestId} ${errorMessage}`);
    this.settle?.({
      error: { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` },
    });
    this.kill();
  }

  private timeOfProcess(): object {
    if (this.tracked) {
      return { virtual: this.tracked.id, started: this.clock.now() };
    }
    return this.clock instanceof ScaledClock ? { scale: this.clock.scale, started: this.clock.started } : {};
  }

  private send(message: object): void {
    if (this.tracked) {
      this.tracked.wake(message);
    } else {
      this.process.send(message);
    }
  }

  private receive(message: Message): void {
    if (message.quiet) {
      this.tracked?.says(message.quiet);
    } else if (message.timer) {
      this.tracked?.setTimer(message.timer.id, message.timer.delay);
    } else if (message.clear !== undefined) {
      this.tracked?.clearTimer(message.clear);
    } else if (message.ready) {
      this.becomeReady();
    } else if (message.log !== undefined) {
      this.log(message.log);
    } else if (message.error) {
      this.settle?.({ error: message.error });
    } else {
      this.settle?.({ result: message.result });
    }
  }

  private end(how: string): void {
    this.dead = true;
    this.tracked?.end();
    this.ended();
    this.fail(how);
  }

  private fail(how: string): void {
    this.settle?.({ error: { errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${how}` } });
  }
}
