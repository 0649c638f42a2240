import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What every name begins with that a run makes. */
export const PREFIX = 'odkr-acceptance';
export const TAG = { key: 'cdk-on-demand-key-rotation', value: 'acceptance' };

export type StepOutcome = 'held' | 'broken' | 'not reached' | 'not possible';

export interface StepResult {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** What came otherwise than expected, or why it is not possible. */
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
  /** Rotations on demand that it has to have in the end. */
  rotations?: number;
  /** When KMS deletes it, once that is scheduled. */
  deletionDate?: string;
}

/** All that a run has to remember, so that it can be cleaned up and gone on with after whatever happens. */
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

/** What of the run is left in the account, keys that are scheduled for deletion and their ledgers aside. */
export function leftoversOf({ stacks, keys, parameters, roles }: RunState): string[] {
  return [
    ...stacks,
    ...roles,
    ...parameters.map(({ name }) => name),
    ...keys.filter(({ deletionDate }) => deletionDate === undefined).map(({ arn }) => arn),
  ];
}

/** The state in a file, written at every change: whatever was made is known before the next thing is. */
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

  /** By a new file in its place: one that is cut off by a crash would be worth nothing. */
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
