import { type CallName, type Deviation, describe } from '../simulation/deviations';
import type { Configuration } from '../simulation/configuration';
import type { RecordedEvent } from '../simulation/record';
import type { Decide, Point } from '../simulation/scheduler';
import { type Handle, Simulation } from '../simulation/simulation';
import { type Invariant, Violation } from '../simulation/witness';
import { afterwards } from './afterwards';
import { isTransient } from './menu';
import type { Script } from './scripts';

// Runs create errors by the thousand, and nobody reads their stacks.
Error.stackTraceLimit = 0;

/** A deviation at a point. */
export interface Choice {
  /** The number of the call in the run, counted from 0. */
  readonly at: number;
  /** If the run makes another call at this point, nothing deviates. */
  readonly call: CallName;
  readonly deviation: Deviation;
}

export interface Finding {
  readonly configuration: string;
  readonly script: string;
  readonly choices: readonly string[];
  readonly invariant: Invariant;
  readonly message: string;
  readonly events: readonly RecordedEvent[];
}

/** Results of one script in one configuration. */
export interface Tally {
  runs: number;
  calls: number;
  /** How often the exception for rotations by hand was needed. */
  excused: number;
  /** Tokens that can no longer succeed, because KMS swallowed their accepted call during another rotation. */
  lost: number;
  /** The most records that a run left in a ledger. */
  records: number;
  readonly traces: Set<number>;
  readonly findings: Finding[];
}

interface Run {
  readonly violation: Violation | undefined;
  readonly points: readonly Point[];
  readonly outcomes: readonly string[];
}

/** More calls than any run that ends. */
const MAX_CALLS = 20_000;

/** Explores one script in one configuration, until it has found `maxFindings` violations. */
export class Exploration {
  public readonly tally: Tally = {
    runs: 0,
    calls: 0,
    excused: 0,
    lost: 0,
    records: 0,
    traces: new Set(),
    findings: [],
  };

  /** The outcomes of the run without deviations. */
  private undisturbed: readonly string[] | undefined;

  public constructor(
    private readonly handle: Handle,
    private readonly configuration: Configuration,
    private readonly script: Script,
    private readonly maxFindings: number,
    private readonly progress: (tally: Tally) => void = () => undefined,
  ) {}

  public get isOver(): boolean {
    return this.tally.findings.length >= this.maxFindings;
  }

  /** Runs the script with these deviations. @returns the points of the run. */
  public async run(choices: readonly Choice[]): Promise<readonly Point[]> {
    if (this.isOver) return [];
    const { violation, points, outcomes } = await this.simulate(this.script, choices);
    if (choices.length === 0) this.undisturbed = outcomes;
    if (violation) await this.report(this.script, await this.simplify(choices, violation.invariant));
    return points;
  }

  /** Runs another script. @returns whether the run kept all promises. */
  public async keepsPromises(script: Script, decide: Decide): Promise<boolean> {
    return (await this.simulate(script, decide)).violation === undefined;
  }

  /** Repeats a run to record its violation, with all that led to it. */
  public async report(script: Script, choices: readonly Choice[] | Decide, title = ''): Promise<void> {
    const events: RecordedEvent[] = [];
    const { violation } = await this.simulate(script, choices, (event) => events.push(event));
    if (!violation)
      throw new Error('A repeated run had another result: the simulation does not control everything in it');
    const { invariant, message } = violation;
    this.tally.findings.push({
      configuration: this.configuration.name,
      script: script.name,
      choices:
        typeof choices === 'function' ? [title] : choices.map(({ at, deviation }) => `#${at} ${describe(deviation)}`),
      invariant,
      message,
      events,
    });
  }

  private async simulate(
    { world, steps, maxRecords = Infinity, isBeyondBounds = false }: Script,
    choices: readonly Choice[] | Decide,
    record?: (event: RecordedEvent) => void,
  ): Promise<Run> {
    const decide = typeof choices === 'function' ? choices : decider(choices);
    const { isPunctual, ...bounds } = this.configuration;
    const configuration = { ...bounds, isPunctual: isPunctual && !isBeyondBounds };
    const simulation = new Simulation(this.handle, { configuration, world, decide, record });
    const { trace, witness, points, store, cfn } = simulation;
    let violation = await simulation.run(steps(simulation), MAX_CALLS);
    const { outcomes } = cfn;
    const { tally } = this;
    tally.runs++;
    tally.records = Math.max(tally.records, store.longest);
    // Swallowed for longer than assumed, a call can be lost, and its token with it.
    const mayLoseTokens = configuration.swallowing !== undefined;
    if (!witness.wasTooLate && !mayLoseTokens) violation ??= this.checkOutcomes(choices, outcomes);
    if (!violation && store.longest > maxRecords)
      violation = new Violation('the ledger stays short', `A ledger has ${store.longest} records`);
    // After the same trace, `afterwards` always has the same result.
    const isNew = !tally.traces.has(trace.value);
    tally.traces.add(trace.value);
    if (!violation && (isNew || record) && !isBeyondBounds && world.usedRotations < 20) {
      const afterAll = afterwards(simulation, () => tally.lost++);
      violation = await simulation.run(afterAll, 2 * MAX_CALLS);
    }
    tally.calls += trace.length;
    tally.excused += witness.excused;
    if (tally.runs % 1000 === 0) this.progress(tally);
    return { violation, points, outcomes };
  }

  private checkOutcomes(choices: readonly Choice[] | Decide, outcomes: readonly string[]): Violation | undefined {
    const { undisturbed } = this;
    if (!undisturbed?.every((outcome) => outcome.endsWith('SUCCESS')) || typeof choices === 'function')
      return undefined;
    const [choice] = choices;
    if (choices.length !== 1 || !choice || !isTransient(choice) || outcomes.join() === undisturbed.join())
      return undefined;
    return new Violation('a fault that passes changes no outcome', `The outcomes were: ${outcomes.join()}`);
  }

  /** Leaves out every deviation that the violation does not need. */
  private async simplify(choices: readonly Choice[], invariant: Invariant): Promise<readonly Choice[]> {
    for (const choice of choices) {
      const fewer = choices.filter((other) => other !== choice);
      const { violation } = await this.simulate(this.script, fewer, () => undefined);
      if (violation?.invariant === invariant) return this.simplify(fewer, invariant);
    }
    return choices;
  }
}

function decider(choices: readonly Choice[]): Decide {
  const byIndex = new Map(choices.map((choice) => [choice.at, choice]));
  return ({ index, call }) => {
    const choice = byIndex.get(index);
    return choice?.call === call ? choice.deviation : undefined;
  };
}
