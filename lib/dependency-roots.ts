import { Dependable, type IConstruct } from 'constructs';

/** Whoever depends on the construct waits for these constructs, and not for all that is in it. They are asked for at synthesis. */
export function implementDependencyRoots(construct: IConstruct, roots: () => IConstruct[]): void {
  Dependable.implement(construct, new DependencyRoots(roots));
}

class DependencyRoots extends Dependable {
  constructor(private readonly roots: () => IConstruct[]) {
    super();
  }

  public get dependencyRoots(): IConstruct[] {
    return this.roots();
  }
}
