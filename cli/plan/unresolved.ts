import type { Resource } from './cloud-assembly';

/** A value that is not known before the deployment. */
export class Unresolved {
  /** @param why as the end of a sentence: `the parameter X has no value`. */
  public constructor(public readonly why: string) {}
}

/** What names a key that the deployment makes. */
export class NewKey extends Unresolved {
  public constructor(
    public readonly stack: string,
    public readonly logicalId: string,
    public readonly resource: Resource,
  ) {
    super(`the deployment makes the key ${logicalId}`);
  }
}
