/**
 * A resource as the template will declare it: with overrides, escape hatches and conditions, for any class and any copy of aws-cdk-lib.
 */
import {
  type CfnResource,
  DefaultTokenResolver,
  type IFragmentConcatenator,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Tokenization,
  type TokenizedStringFragments,
} from 'aws-cdk-lib';

export interface RenderedResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The logical ID of the condition under which the resource exists. */
  readonly condition?: string;
}

/**
 * Renders the type, the condition and the given properties of a resource.
 *
 * Other properties are not resolved: a lazy value is produced once, so producing it too early would freeze it.
 *
 * @param properties as the template spells them.
 * @returns undefined if the resource is not in the template.
 */
export function renderedResource(resource: CfnResource, properties: readonly string[]): RenderedResource | undefined {
  const [entry] = Object.values((resource as unknown as Synthesizable)._toCloudFormation().Resources ?? {});
  if (entry === undefined) return undefined;
  const { Type: type, Properties: all = {}, Condition: condition } = resolved(resource, entry, properties);
  return { type, properties: all, condition: typeof condition === 'string' ? condition : undefined };
}

interface Entry {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: unknown;
}

function resolved(resource: CfnResource, entry: IResolvable, properties: readonly string[]): Entry {
  const paths = ['Type', 'Condition', ...properties.map((name) => `Properties/${name}`)];
  const resolver = new SelectiveResolver(paths);
  try {
    return Tokenization.resolve(entry, { scope: resource, resolver, preparing: false }) as Entry;
  } catch {
    // The properties are invalid, which synthesis will report.
    return { Type: resource.cfnResourceType };
  }
}

/** The method by which synthesis renders an element. */
interface Synthesizable {
  _toCloudFormation(): { Resources?: Record<string, IResolvable> };
}

/** Resolves the tokens on some paths of a document, and replaces all others with an unknown value. */
class SelectiveResolver extends DefaultTokenResolver {
  private readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(new KnownStrings());
    this.paths = paths.map((path) => path.toLowerCase());
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return this.isRequested(context) ? super.resolveToken(token, context, postProcessor) : unknown();
  }

  public override resolveString(fragments: TokenizedStringFragments, context: IResolveContext): unknown {
    return this.isRequested(context) ? super.resolveString(fragments, context) : unknown();
  }

  public override resolveList(list: string[], context: IResolveContext): unknown {
    return this.isRequested(context) ? super.resolveList(list, context) : unknown();
  }

  /** Ignores case: L1s have `keySpec` for the template's `KeySpec`. */
  private isRequested({ documentPath }: IResolveContext): boolean {
    const path = documentPath.join('/').toLowerCase();
    return this.paths.some(
      (requested) => `${requested}/`.startsWith(path === '' ? '' : `${path}/`) || path.startsWith(`${requested}/`),
    );
  }
}

class KnownStrings implements IFragmentConcatenator {
  public join(left: unknown, right: unknown): unknown {
    if (left === undefined || right === undefined) return left ?? right;
    return typeof left === 'string' && typeof right === 'string' ? left + right : unknown();
  }
}

/** Looks like a reference, so that the L1s' validation accepts it for any property. */
function unknown(): unknown {
  return { Ref: 'AWS::NoValue' };
}
