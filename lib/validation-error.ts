import type { IConstruct } from 'constructs';

/** Why synthesis stops, in a sentence about one construct. */
export class ValidationError extends Error {
  constructor(
    construct: IConstruct,
    /** Names the refusal in docs/errors.md. */
    public readonly code: string,
    sentence: string,
  ) {
    super(`${construct.node.path}: ${sentence}`);
    this.name = 'ValidationError';
    // The libraries of other languages put the stack into their exception or above it, and its frames are jsii's and ours.
    if (process.env.JSII_AGENT !== undefined) this.stack = this.name;
  }
}

/** Stops synthesis with a sentence about one construct. Nothing has been deployed then, so nothing is lost. */
export function refuse(construct: IConstruct, code: string, sentence: string): never {
  throw new ValidationError(construct, code, sentence);
}
