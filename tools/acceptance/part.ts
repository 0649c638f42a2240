import type { Stage } from './stage';

/** The most that a part creates, from which its cost is computed. */
export interface Needs {
  /** KMS keys, including replicas. */
  readonly keys: number;
  /** On-demand rotations of all keys together. */
  readonly rotations: number;
  readonly stacks?: number;
  /** How many minutes it takes on AWS. */
  readonly minutes: number;
  /** Roughly how many calls it makes itself. */
  readonly calls?: number;
  /** Concurrent executions of Lambda that it reserves. */
  readonly reservedConcurrency?: number;
}

export interface Step {
  readonly name: string;
  /** What is tried, as in the checklist. */
  readonly item: string;
  /** The required outcome. */
  readonly expected: string;
}

/** Proves something by deployments with the CDK CLI. */
export interface Story {
  readonly kind: 'story';
  readonly name: string;
  readonly chapter: Chapter;
  readonly needs: Needs;
  readonly steps: readonly Step[];
  run(stage: Stage): Promise<void>;
}

/** Measures something by calling the services directly. */
export interface Probe {
  readonly kind: 'probe';
  readonly name: string;
  readonly chapter: Chapter;
  readonly needs: Needs;
  readonly steps: readonly Step[];
  /** Set if it uses up a quota, so that nothing else can be measured meanwhile. */
  readonly isAlone?: true;
  run(stage: Stage): Promise<void>;
}

export type Part = Story | Probe;
export type Chapter = 'The promise' | 'KMS as it is' | 'Around it' | 'What everything rests on';
