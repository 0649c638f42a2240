import { Dependable, type IConstruct } from 'constructs';

/** Makes dependents of the construct wait for the roots only, not for everything in it. `roots` is called at synthesis. */
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
