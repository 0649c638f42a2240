/** A value that is not known before the deployment. */
export class Unresolved {
  /** @param why as the end of a sentence: `the parameter X has no value`. */
  public constructor(public readonly why: string) {}
}
