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

/** The outcome is not what a step expects. */
export class Unexpected extends Error {
  public override readonly name = 'Unexpected';
}

/** This account cannot show it, for example because its endpoint lacks an operation. */
export class NotPossible extends Error {
  public override readonly name = 'NotPossible';
}

/** @throws Unexpected unless both are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Unexpected(`${what}: expected ${wanted}, but got ${got}.`);
}

/** @throws Unexpected unless the text contains the words, in whatever white space. */
export function expectWords(what: string, text: string, words: string): void {
  const plain = (each: string): string => each.replaceAll(/\s+/g, ' ');
  if (!plain(text).includes(plain(words)))
    throw new Unexpected(`${what} should say "${words}", but says:\n${text.trim().slice(-3000)}`);
}
