import type { IConstruct } from 'constructs';

/** Stops synthesis with a sentence about one construct. Nothing has been deployed then, so nothing is lost. */
export function refuse(construct: IConstruct, sentence: string): never {
  throw new Error(`${construct.node.path}: ${sentence}`);
}
