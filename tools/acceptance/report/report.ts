import { type BoundResult, boundResults } from '../bounds';
import { type Distribution, distributionOf } from '../distribution';
import type { Chapter, Part } from '../part';
import { masked, type Recording } from '../recording';
import { type Difference, replay, replayable } from '../replay';
import { leftoversOf, type PartResult, type RunState, type StepOutcome } from '../run-state';

/** Everything that a run has found, without account numbers. */
export interface Report {
  readonly about: {
    readonly id: string;
    readonly onAws: boolean;
    readonly account: string;
    readonly region: string;
    readonly replicaRegion: string;
    readonly version: string;
    readonly startedAt: string;
    readonly finishedAt: string | undefined;
    /** What the local AWS did wrong on purpose. */
    readonly broken: readonly string[];
    readonly interruption: string | undefined;
  };
  readonly parts: readonly ReportedPart[];
  readonly bounds: readonly BoundResult[];
  readonly measurements: readonly (Distribution & { readonly name: string })[];
  readonly notes: Readonly<Record<string, readonly string[]>>;
  readonly replayed: { readonly calls: number; readonly differences: readonly Difference[] };
  /** Keys that KMS has not deleted yet; their ledgers remain, too. */
  readonly keys: readonly { readonly arn: string; readonly deletionDate: string | undefined }[];
  /** Names of stacks, roles, paths of parameters and ARNs of keys that could not be removed. */
  readonly left: readonly string[];
}

export interface ReportedPart extends Pick<PartResult, 'name' | 'seconds' | 'startedAt'> {
  readonly chapter: Chapter;
  readonly steps: readonly {
    readonly name: string;
    readonly item: string;
    readonly expected: string;
    readonly outcome: StepOutcome;
    readonly reason: string | undefined;
  }[];
}

/** Checks all keys again when all parts have ended. */
export const FINAL_LOOK: Pick<Part, 'name' | 'chapter' | 'steps'> = {
  name: 'final-look',
  chapter: 'The promise',
  steps: [
    {
      name: 'one-rotation-each',
      item: 'the history of every key once more, at the end of the run',
      expected: 'as many on-demand rotations as the tokens should cause; none has come later',
    },
  ],
};

export interface ReportInput {
  readonly state: RunState;
  readonly parts: readonly Part[];
  readonly recordings: readonly Recording[];
  readonly broken: readonly string[];
  readonly interruption?: string;
}

export async function reportOf({ state, parts, recordings, broken, interruption }: ReportInput): Promise<Report> {
  const asked = replayable(recordings);
  const { id, onAws, region, replicaRegion, version, startedAt, finishedAt } = state;
  const report: Report = {
    about: {
      id,
      onAws,
      account: state.account,
      region,
      replicaRegion,
      version,
      startedAt,
      finishedAt,
      broken,
      interruption,
    },
    parts: [...parts, FINAL_LOOK].flatMap((part) => reported(part, state)),
    bounds: boundResults(state.measurements),
    measurements: Object.entries(state.measurements).flatMap(([name, samples]) => {
      const distribution = distributionOf(samples);
      return distribution ? [{ name, ...distribution }] : [];
    }),
    notes: state.notes,
    replayed: { calls: asked.length, differences: asked.length > 0 ? await replay(asked) : [] },
    keys: state.keys.map(({ arn, deletionDate }) => ({ arn, deletionDate })),
    left: leftoversOf(state),
  };
  return masked(report, [state.account]);
}

function reported({ name, chapter, steps }: Pick<Part, 'name' | 'chapter' | 'steps'>, state: RunState): ReportedPart[] {
  const result = state.results.find((each) => each.name === name);
  const outcomeOf = (step: string) => result?.steps.find((each) => each.name === step);
  return [
    {
      name,
      chapter,
      startedAt: result?.startedAt ?? '',
      seconds: result?.seconds ?? 0,
      steps: steps.map((step) => {
        const outcome = outcomeOf(step.name);
        return { ...step, outcome: outcome?.outcome ?? 'not reached', reason: outcome?.reason };
      }),
    },
  ];
}

/** Whether the run is complete, and nothing is broken. */
export function isGood({ parts, bounds, about }: Report): boolean {
  return (
    about.interruption === undefined &&
    bounds.every(({ outcome }) => outcome !== 'broken') &&
    parts.every(({ steps }) => steps.every(({ outcome }) => outcome === 'held' || outcome === 'not possible'))
  );
}
