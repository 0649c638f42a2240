/**
 * How stages divide the construct tree: each is synthesized, and deployed, apart from what it is in, and before it.
 */
import { DefaultStackSynthesizer, LegacyStackSynthesizer, Reference, Stack, Stage, Tokenization } from 'aws-cdk-lib';
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

/**
 * The stack whose messages the CDK CLI prints: the given one, unless that is but an asset of the stack around it, as a `ProductStack` is.
 * The CDK drops what is said in such a stack up to version 2.200 at least.
 */
export function stackThatIsHeard(stack: Stack): Stack {
  const { scope } = stack.node;
  const outer = scope && enclosingStack(scope);
  if (!outer) return stack;
  const heard = stackThatIsHeard(outer);
  return heard === outer && (stack.nestedStackParent || isDeployable(stack)) ? stack : heard;
}

/** By the CDK's own synthesizers: those of stacks that are assets are not exported. */
function isDeployable({ synthesizer }: Stack): boolean {
  return synthesizer instanceof DefaultStackSynthesizer || synthesizer instanceof LegacyStackSynthesizer;
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
