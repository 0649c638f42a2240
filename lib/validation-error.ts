import type { IConstruct } from 'constructs';
import { type Sentence, render } from './sentence';

/** Why synthesis stops, in a sentence about one construct. */
export class ValidationError extends Error {
  constructor(
    construct: IConstruct,
    /** What is wrong, without the construct's path. */
    public readonly sentence: Sentence,
  ) {
    super(sentenceAbout(construct, sentence));
    this.name = 'ValidationError';
    // In other languages the exception shows this stack, whose frames are only those of jsii and of this package.
    if (process.env.JSII_AGENT !== undefined) this.stack = this.name;
  }
}

/** Stops synthesis, before anything is deployed. */
export function refuse(construct: IConstruct, sentence: Sentence): never {
  throw new ValidationError(construct, sentence);
}

export function sentenceAbout(construct: IConstruct, sentence: Sentence): string {
  return render({ ...sentence, what: `${pathOf(construct)}: ${sentence.what}` });
}

/** The root of the construct tree has no path. */
export function pathOf(construct: IConstruct): string {
  const { path } = construct.node;
  return path === '' ? 'the app' : path;
}
