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

/**
 * The stack whose messages the CDK CLI prints: the given one, unless that is but an asset of the stack around it.
 * The CDK drops what is said in such a stack, up to version 2.200 at least.
 */
export function stackThatIsHeard(stack: Stack): Stack {
  const asset = assetAround(stack);
  const outer = asset?.node.scope && enclosingStack(asset.node.scope);
  return outer ? stackThatIsHeard(outer) : stack;
}

/** The CDK exports neither. https://docs.aws.amazon.com/servicecatalog/latest/adminguide/introduction.html */
const SYNTHESIZERS_OF_ASSETS = ['ProductStackSynthesizer', 'StackSetStackSynthesizer'];

/** The stack around a construct that is but an asset of another stack, and is deployed by somebody else: a `ProductStack`. */
function assetAround(construct: IConstruct): Stack | undefined {
  const stack = enclosingStack(construct);
  if (stack?.nestedStackParent) return assetAround(stack.nestedStackParent);
  return stack && SYNTHESIZERS_OF_ASSETS.includes(stack.synthesizer.constructor.name) ? stack : undefined;
}

/** The path of the stage or product that a construct is in; undefined if it is in the same as another, to which it can refer. */
export function otherStage(construct: IConstruct, from: IConstruct): string | undefined {
  const whole = assetAround(construct) ?? Stage.of(construct);
  if (whole === (assetAround(from) ?? Stage.of(from))) return undefined;
  return whole === undefined ? 'no stage' : pathOf(whole);
}

/** What a text refers to in another stage or product. */
export function referenceToOtherStage(text: string, from: IConstruct): IConstruct | undefined {
  return Tokenization.reverseString(text)
    .tokens.filter((token) => Reference.isReference(token))
    .map(({ target }) => target)
    .find((target) => otherStage(target, from) !== undefined);
}
