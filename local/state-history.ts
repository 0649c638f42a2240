/**
 * All the states that something has had, so that any moment can be asked about: a service that lags behind answers with
 * an earlier one. What happens by itself as time passes is worked out when asked for, so there are no timers.
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
