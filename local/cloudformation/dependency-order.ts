import { validationError } from './template';

/**
 * Visits nodes in dependency order, independent ones concurrently. Skips the dependents of a node whose visit failed; the visitor
 * records failures. Resources from different templates may form a cycle, which is broken at any node.
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

/** Throws if dependencies form a cycle. */
export function refuseCycles(dependencies: ReadonlyMap<string, readonly string[]>): void {
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
