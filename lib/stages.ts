/**
 * Stages divide the construct tree: each is synthesized separately, before the app around it, and deployed separately.
 */
import { Reference, Stack, Stage, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { pathOf } from './validation-error';

/** All constructs of a scope, except those in its stages. */
export function* constructsOf(scope: IConstruct): Generator<IConstruct> {
  yield scope;
  for (const child of scope.node.children) if (!Stage.isStage(child)) yield* constructsOf(child);
}

/** The stages in a scope, including nested ones. */
export function stagesIn(scope: IConstruct): Stage[] {
  return scope.node
    .findAll()
    .filter((construct): construct is Stage => construct !== scope && Stage.isStage(construct));
}

/** The stack that a scope is in. Stops at the nearest stage, which may itself be in a stack. */
export function enclosingStack(scope: IConstruct): Stack | undefined {
  const nearest = [...scope.node.scopes]
    .reverse()
    .find((construct) => Stack.isStack(construct) || Stage.isStage(construct));
  return Stack.isStack(nearest) ? nearest : undefined;
}

/**
 * The stack whose messages the CDK CLI prints: the given one, unless it is an asset of the stack around it. The CDK drops the messages
 * of such a stack, at least up to version 2.200.
 */
export function stackWithVisibleMessages(stack: Stack): Stack {
  const asset = assetAround(stack);
  const outer = asset?.node.scope && enclosingStack(asset.node.scope);
  return outer ? stackWithVisibleMessages(outer) : stack;
}

/** The CDK exports neither. https://docs.aws.amazon.com/servicecatalog/latest/adminguide/introduction.html */
const SYNTHESIZERS_OF_ASSETS = ['ProductStackSynthesizer', 'StackSetStackSynthesizer'];

/** The stack around a construct that is an asset of another stack and deployed by somebody else, such as a `ProductStack`. */
function assetAround(construct: IConstruct): Stack | undefined {
  const stack = enclosingStack(construct);
  if (stack?.nestedStackParent) return assetAround(stack.nestedStackParent);
  return stack && SYNTHESIZERS_OF_ASSETS.includes(stack.synthesizer.constructor.name) ? stack : undefined;
}

/** The path of the stage or product that `construct` is in; undefined if `from` is in the same one and can refer to it. */
export function otherStage(construct: IConstruct, from: IConstruct): string | undefined {
  const unit = assetAround(construct) ?? Stage.of(construct);
  if (unit === (assetAround(from) ?? Stage.of(from))) return undefined;
  return unit === undefined ? 'no stage' : pathOf(unit);
}

/** The first construct of another stage or product to which a text refers. */
export function referenceToOtherStage(text: string, from: IConstruct): IConstruct | undefined {
  return Tokenization.reverseString(text)
    .tokens.filter((token) => Reference.isReference(token))
    .map(({ target }) => target)
    .find((target) => otherStage(target, from) !== undefined);
}
