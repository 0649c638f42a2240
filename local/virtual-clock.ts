import { AsyncLocalStorage } from 'node:async_hooks';
import type { LocalClock } from './clock';
import { TrackedProcess } from './tracked-process';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/**
 * How many turns of the event loop have to pass without work before time moves on: code of this process that is between two
 * steps gets them, and a request that is on its way over the loopback interface.
 */
const QUIET_TURNS = 8;

/**
 * A clock that stands still while anything works, and jumps to what is due next when nothing does. So nothing ever takes too long
 * because the machine is slow, and nobody waits for time to pass.
 */
export class VirtualClock implements LocalClock {
  /** By due time, and by age where that is equal. */
  private readonly timers: Timer[] = [];
  private working = 0;
  /** Requests that whoever works waits for, and that wait for time to pass themselves. */
  private delayed = 0;
  private checking = false;
  private stopped = false;
  private readonly worker = new AsyncLocalStorage<true>();
  private readonly processes = new Map<string, TrackedProcess>();

  public constructor(private time = Date.now()) {}

  public now(): number {
    return this.time;
  }

  /** When the next timer fires; infinity where there is none. */
  public get nextDue(): number {
    return this.timers[0]?.due ?? Infinity;
  }

  public skip(milliseconds: number): void {
    const until = this.time + Math.max(0, Math.ceil(milliseconds));
    while (this.nextDue <= until) this.fire();
    this.time = until;
  }

  /** Within `work`, its time goes on. */
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

  /** Runs something during which time stands still, but for what it sleeps. It does one thing at a time. */
  public async work<T>(run: () => Promise<T>): Promise<T> {
    const done = this.hold();
    try {
      return await this.worker.run(true, run);
    } finally {
      done();
    }
  }

  /** Waits for something that takes time to happen. */
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

  /** Stops time until the returned function is called. */
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

  public follow(tell: (message: object) => void): TrackedProcess {
    const process = new TrackedProcess(String(this.processes.size + 1), this, tell);
    this.processes.set(process.id, process);
    return process;
  }

  public process(id: string | undefined): TrackedProcess | undefined {
    return id === undefined ? undefined : this.processes.get(id);
  }

  public settings(process: TrackedProcess | undefined): object {
    return { scale: 1, started: this.time, virtual: process?.id };
  }

  /** Nothing that is still due happens any more. */
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
