import { validationError } from './template';

/**
 * Visits nodes in the order of their dependencies, in parallel where they are independent. What depends on a node whose
 * visit failed is not visited; failures are the visitor's to note. Where resources of different templates meet, they may go in a
 * circle; there it begins anywhere.
 */
export async function inDependencyOrder<Node>(
  nodes: readonly Node[],
  dependenciesOf: (node: Node, nodes: readonly Node[]) => readonly Node[],
  visit: (node: Node) => Promise<void>,
): Promise<void> {
  const visits = new Map<Node, Promise<void>>();
  const start = (node: Node, path: readonly Node[]): Promise<void> => {
    const dependencies = dependenciesOf(node, nodes).filter((each) => each !== node && !path.includes(each));
    const started =
      visits.get(node) ?? Promise.all(dependencies.map((each) => start(each, [...path, node]))).then(() => visit(node));
    visits.set(node, started);
    return started;
  };
  await Promise.allSettled(nodes.map((node) => start(node, [])));
}

/** Throws where resources depend on themselves. */
export function refuseCircles(dependencies: ReadonlyMap<string, readonly string[]>): void {
  const done = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    if (path.includes(logicalId)) {
      throw validationError(
        `Circular dependency between resources: [${path.slice(path.indexOf(logicalId)).join(', ')}]`,
      );
    }
    if (!done.has(logicalId)) {
      dependencies.get(logicalId)?.forEach((dependency) => {
        visit(dependency, [...path, logicalId]);
      });
      done.add(logicalId);
    }
  };
  [...dependencies.keys()].forEach((logicalId) => {
    visit(logicalId, []);
  });
}
