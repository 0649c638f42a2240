import type { Stage } from './stage';

/** What a part makes at the most, from which its cost is worked out. */
export interface Needs {
  /** Of KMS, replicas among them. */
  readonly keys: number;
  /** On demand, all keys together. */
  readonly rotations: number;
  readonly stacks?: number;
  /** How many minutes it takes on AWS. */
  readonly minutes: number;
  /** Calls that it makes itself, roughly. */
  readonly calls?: number;
  /** Concurrent executions of Lambda that it reserves. */
  readonly reservedConcurrency?: number;
}

export interface Step {
  readonly name: string;
  /** What is done, as the checklist says it. */
  readonly item: string;
  /** What has to come of it. */
  readonly expected: string;
}

/** Something that is proved by deployments with the CDK's own command line. */
export interface Story {
  readonly kind: 'story';
  readonly name: string;
  readonly chapter: Chapter;
  readonly needs: Needs;
  readonly steps: readonly Step[];
  run(stage: Stage): Promise<void>;
}

/** Something that is measured by calls of the services themselves. */
export interface Probe {
  readonly kind: 'probe';
  readonly name: string;
  readonly chapter: Chapter;
  readonly needs: Needs;
  readonly steps: readonly Step[];
  /** It uses up a quota, so that nothing else can be measured meanwhile. */
  readonly isAlone?: true;
  run(stage: Stage): Promise<void>;
}

export type Part = Story | Probe;
export type Chapter = 'The promise' | 'KMS as it is' | 'Around it' | 'What everything rests on';

/** Something came otherwise than a step expects. */
export class Unexpected extends Error {
  public override readonly name = 'Unexpected';
}

/** This account cannot show it: its endpoint lacks an operation, say. */
export class NotPossible extends Error {
  public override readonly name = 'NotPossible';
}

/** @throws Unexpected unless both are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Unexpected(`${what}: expected ${wanted}, but got ${got}.`);
}

/** @throws Unexpected unless the text holds the words; white space of all kinds is the same. */
export function expectWords(what: string, text: string, words: string): void {
  const plain = (each: string): string => each.replaceAll(/\s+/g, ' ');
  if (!plain(text).includes(plain(words)))
    throw new Unexpected(`${what} should say "${words}", but says:\n${text.trim().slice(-3000)}`);
}
