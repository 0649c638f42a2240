/**
 * All states that something has had, so that a lagging service can return an earlier one. Changes that come with time are computed on
 * read, so there are no timers.
 */
export class StateHistory<State> {
  private readonly versions: { readonly since: number; readonly state: State }[] = [];

  /** `advance` returns what a state has become at a later moment. */
  public constructor(private readonly advance: (state: State, moment: number) => State = (state) => state) {}

  /** Undefined before the first state. */
  public at(moment: number): State | undefined {
    const version = this.versions.findLast(({ since }) => since <= moment);
    return version && this.advance(version.state, moment);
  }

  public record(since: number, state: State): void {
    this.versions.push({ since, state });
  }
}
