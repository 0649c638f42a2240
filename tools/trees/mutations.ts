import type { Defect } from './libraries';

/** What must not be done to the library, each with apps by which the exploration notices. */
export interface Mutation extends Defect {
  /** Names of cases. */
  readonly cases: readonly string[];
}

export const MUTATIONS: readonly Mutation[] = [];
