/**
 * How stages divide the construct tree: each is synthesized, and deployed, apart from what it is in, and before it.
 */
import { Reference, Stack, Stage, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { pathOf } from './validation-error';

/** All constructs of a scope but those of the stages in it. */
export function* constructsOf(scope: IConstruct): Generator<IConstruct> {
  yield scope;
  for (const child of scope.node.children) if (!Stage.isStage(child)) yield* constructsOf(child);
}

/** The stages in a scope, and those in them. */
export function stagesIn(scope: IConstruct): Stage[] {
  return scope.node
    .findAll()
    .filter((construct): construct is Stage => construct !== scope && Stage.isStage(construct));
}

/** The stack that a scope is in. No further up than to the nearest stage, which may itself be in a stack. */
export function enclosingStack(scope: IConstruct): Stack | undefined {
  const nearest = [...scope.node.scopes]
    .reverse()
    .find((construct) => Stack.isStack(construct) || Stage.isStage(construct));
  return Stack.isStack(nearest) ? nearest : undefined;
}

/** The path of the stage that a construct is in; undefined if it is in the same as another, to which it can refer. */
export function otherStage(construct: IConstruct, from: IConstruct): string | undefined {
  const stage = Stage.of(construct);
  if (stage === Stage.of(from)) return undefined;
  return stage === undefined ? 'no stage' : pathOf(stage);
}

/** What a text refers to in another stage. */
export function referenceToOtherStage(text: string, from: IConstruct): IConstruct | undefined {
  return Tokenization.reverseString(text)
    .tokens.filter((token) => Reference.isReference(token))
    .map(({ target }) => target)
    .find((target) => otherStage(target, from) !== undefined);
}
