/**
 * What the template will say of a resource: overrides, escape hatches and conditions included, whichever class declares it and
 * whichever copy of aws-cdk-lib that class comes from.
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
 * Renders the type and the condition of a resource, and those of its properties that are asked for.
 *
 * All others are left alone: a lazy value is produced once, and one that is asked for too early would stay as it is now.
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
    // Its properties are wrong: synthesis will say so.
    return { Type: resource.cfnResourceType };
  }
}

/** What synthesis itself asks of an element. */
interface Synthesizable {
  _toCloudFormation(): { Resources?: Record<string, IResolvable> };
}

/** Resolves the tokens on some paths of a document, and replaces all others by something that only a deployment can tell. */
class SelectiveResolver extends DefaultTokenResolver {
  private readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(new KnownStrings());
    this.paths = paths.map((path) => path.toLowerCase());
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return this.isAskedFor(context) ? super.resolveToken(token, context, postProcessor) : unknown();
  }

  public override resolveString(fragments: TokenizedStringFragments, context: IResolveContext): unknown {
    return this.isAskedFor(context) ? super.resolveString(fragments, context) : unknown();
  }

  public override resolveList(list: string[], context: IResolveContext): unknown {
    return this.isAskedFor(context) ? super.resolveList(list, context) : unknown();
  }

  /** L1s spell `keySpec` what the template spells `KeySpec`. */
  private isAskedFor({ documentPath }: IResolveContext): boolean {
    const path = documentPath.join('/').toLowerCase();
    return this.paths.some(
      (asked) => `${asked}/`.startsWith(path === '' ? '' : `${path}/`) || path.startsWith(`${asked}/`),
    );
  }
}

class KnownStrings implements IFragmentConcatenator {
  public join(left: unknown, right: unknown): unknown {
    if (left === undefined || right === undefined) return left ?? right;
    return typeof left === 'string' && typeof right === 'string' ? left + right : unknown();
  }
}

/** Looks like a reference, so that the L1s' own checks take it for any value. */
function unknown(): unknown {
  return { Ref: 'AWS::NoValue' };
}
