import { AsyncLocalStorage } from 'node:async_hooks';
import type { LocalClock } from './clock';
import { TrackedProcess } from './tracked-process';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/** Idle turns of the event loop before time moves on: enough for code between two steps and for a request on its way over loopback. */
const QUIET_TURNS = 8;

/**
 * A clock that stands still while anything works, and otherwise jumps to the next due timer. So a slow machine never causes a timeout,
 * and nobody waits for time to pass.
 */
export class VirtualClock implements LocalClock {
  /** By due time, then by age. */
  private readonly timers: Timer[] = [];
  private working = 0;
  /** Requests that running work waits for, and that themselves wait for time to pass. */
  private delayed = 0;
  private checking = false;
  private stopped = false;
  private readonly worker = new AsyncLocalStorage<true>();
  private readonly processes = new Map<string, TrackedProcess>();

  public constructor(private time = Date.now()) {}

  public now(): number {
    return this.time;
  }

  /** When the next timer fires, or `Infinity`. */
  public get nextDue(): number {
    return this.timers[0]?.due ?? Infinity;
  }

  public skip(milliseconds: number): void {
    const until = this.time + Math.max(0, Math.ceil(milliseconds));
    while (this.nextDue <= until) this.fire();
    this.time = until;
  }

  /** Time passes even within `work`. */
  public sleep(milliseconds: number): Promise<void> {
    return this.pause(new Promise((resolve) => this.schedule(milliseconds, resolve)));
  }

  public schedule(milliseconds: number, action: () => void): () => void {
    const timer = { due: this.time + Math.max(0, milliseconds), action };
    const later = this.timers.findIndex(({ due }) => due > timer.due);
    this.timers.splice(later < 0 ? this.timers.length : later, 0, timer);
    this.check();
    return () => {
      const index = this.timers.indexOf(timer);
      if (index >= 0) this.timers.splice(index, 1);
    };
  }

  /** Time stands still while `run` runs, except during its pauses, which must not overlap. */
  public async work<T>(run: () => Promise<T>): Promise<T> {
    const done = this.hold();
    try {
      return await this.worker.run(true, run);
    } finally {
      done();
    }
  }

  public async pause<T>(until: Promise<T>): Promise<T> {
    if (!this.worker.getStore()) return until;
    this.working -= 1;
    this.check();
    try {
      return await until;
    } finally {
      this.working += 1;
    }
  }

  public async delay<T>(until: Promise<T>): Promise<T> {
    this.delayed += 1;
    this.check();
    try {
      return await until;
    } finally {
      this.delayed -= 1;
    }
  }

  public hold(): () => void {
    this.working += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.working -= 1;
      this.check();
    };
  }

  public follow(send: (message: object) => void): TrackedProcess {
    const process = new TrackedProcess(String(this.processes.size + 1), this, send);
    this.processes.set(process.id, process);
    return process;
  }

  public process(id: string | undefined): TrackedProcess | undefined {
    return id === undefined ? undefined : this.processes.get(id);
  }

  public settings(process: TrackedProcess | undefined): object {
    return { scale: 1, started: this.time, virtual: process?.id };
  }

  /** Cancels all timers. */
  public stop(): void {
    this.stopped = true;
    this.timers.length = 0;
  }

  private check(): void {
    if (this.checking || this.stopped) return;
    this.checking = true;
    this.afterTurns(QUIET_TURNS);
  }

  private afterTurns(left: number): void {
    setImmediate(() => {
      if (this.working > this.delayed) this.checking = false;
      else if (left > 0) this.afterTurns(left - 1);
      else this.fireNext();
    });
  }

  private fireNext(): void {
    this.checking = false;
    if (this.timers.length === 0) return;
    this.fire();
    this.check();
  }

  private fire(): void {
    const next = this.timers.shift();
    if (!next) return;
    this.time = Math.max(this.time, next.due);
    next.action();
  }
}
