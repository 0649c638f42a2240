import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Prefix of all names that a run creates. */
export const PREFIX = 'odkr-acceptance';
export const TAG = { key: 'cdk-on-demand-key-rotation', value: 'acceptance' };

export type StepOutcome = 'held' | 'broken' | 'not reached' | 'not possible';

export interface StepResult {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** What differs from the expectation, or why the step is not possible. */
  readonly reason?: string;
}

export interface PartResult {
  readonly name: string;
  readonly kind: 'story' | 'probe';
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly StepResult[];
}

export interface MadeKey {
  readonly arn: string;
  readonly region: string;
  /** On-demand rotations that it must have in the end. */
  rotations?: number;
  /** When KMS deletes it, once that is scheduled. */
  deletionDate?: string;
}

/** Everything that is needed to resume or clean up a run, whatever happens to it. */
export interface RunState {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly replicaRegion: string;
  readonly version: string;
  /** Whether the account is one of AWS itself. */
  readonly onAws: boolean;
  readonly startedAt: string;
  /** The parts to run, by name. */
  readonly parts: readonly string[];
  finishedAt?: string;
  readonly results: PartResult[];
  /** Samples by the name of what was measured. */
  readonly measurements: Record<string, number[]>;
  /** Remarks of probes, by name. */
  readonly notes: Record<string, string[]>;
  readonly stacks: string[];
  readonly keys: MadeKey[];
  readonly parameters: { readonly name: string; readonly region: string }[];
  readonly roles: string[];
}

export function newState(
  about: Omit<RunState, 'results' | 'measurements' | 'notes' | 'stacks' | 'parameters' | 'roles'>,
): RunState {
  return { ...about, results: [], measurements: {}, notes: {}, stacks: [], parameters: [], roles: [] };
}

/** What the run has left in the account, except keys scheduled for deletion and their ledgers. */
export function leftoversOf({ stacks, keys, parameters, roles }: RunState): string[] {
  return [
    ...stacks,
    ...roles,
    ...parameters.map(({ name }) => name),
    ...keys.filter(({ deletionDate }) => deletionDate === undefined).map(({ arn }) => arn),
  ];
}

/** The state in a file, which is written at every change, so that it always lists what exists. */
export class StateFile {
  public constructor(
    private readonly path: string,
    public readonly state: RunState,
  ) {}

  public static read(path: string): RunState | undefined {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
    return JSON.parse(text) as RunState;
  }

  /** Replaces the file, because a crash could truncate it in place. */
  public save(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(this.state, undefined, 1));
    renameSync(`${this.path}.new`, this.path);
  }

  public change(change: (state: RunState) => void): void {
    change(this.state);
    this.save();
  }
}
