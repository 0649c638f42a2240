/** The handler's calls to the outside world. A run can deviate at each of them. */
export type CallName =
  | 'DescribeKey'
  | 'GetKeyRotationStatus'
  | 'ListKeyRotations'
  | 'RotateKeyOnDemand'
  | 'GetParametersByPath'
  | 'PutParameter'
  | 'PUT response';

export const READS: ReadonlySet<CallName> = new Set<CallName>([
  'DescribeKey',
  'GetKeyRotationStatus',
  'ListKeyRotations',
  'GetParametersByPath',
]);

/** Events that occur whatever the handler is doing. */
export const DISTURBANCES = [
  'delivered twice',
  'cancelled',
  'second stack, same token',
  'second stack, other token',
  'second stack, to be recorded only',
  'second stack fails and goes back',
  'rotated by hand',
  'automatic rotation now',
  'automatic rotation soon',
  'ledger full',
  'ledger denied for 3 minutes',
  'ledger denied',
  'a record is changed',
  'a record is made unreadable',
  'a stray parameter',
  'key disabled',
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

/** Which items of a read lag; they lag independently. */
export type Items = 'all' | 'the newest item' | 'the others';

/** How a call deviates from succeeding at once. */
export type Deviation =
  | { readonly kind: 'crash'; readonly after: boolean }
  | { readonly kind: 'stall'; readonly after: boolean; readonly for: number }
  | {
      readonly kind: 'error';
      readonly error: Error;
      /** Whether the call takes effect all the same; `late`: after the error. */
      readonly effect: 'none' | 'before' | 'late';
      /** How many calls fail, and for how long at most. */
      readonly times: number;
      readonly for: number;
    }
  | {
      readonly kind: 'lag';
      readonly by: number;
      readonly of: Items;
      readonly for: number;
      /** Only every other read lags, as if two replicas answered by turns. */
      readonly alternates?: true;
    }
  | { readonly kind: 'disturbance'; readonly what: Disturbance }
  | {
      readonly kind: 'preempted';
      /** Starts the other invocation, if none is running. */
      readonly by: Disturbance | undefined;
      /** The number of the other invocation's call before which this one continues. */
      readonly until: number;
      /** Whether the other invocation is then held until this one has ended. */
      readonly thenHoldOther: boolean;
      readonly after: boolean;
    };

const SECOND = 1000;
/** How long after its error a call with a `late` effect takes effect. */
export const LATE = 2 * SECOND;

/** The deviation in words, for reports. */
export function describe(deviation: Deviation): string {
  switch (deviation.kind) {
    case 'crash':
      return `crash ${deviation.after ? 'after' : 'before'} it`;
    case 'stall':
      return `stall of ${deviation.for / SECOND} s ${deviation.after ? 'after' : 'before'} it`;
    case 'error': {
      const extent =
        deviation.times < Infinity
          ? `${deviation.times} x`
          : deviation.for < Infinity
            ? `for ${deviation.for / SECOND} s`
            : 'for ever';
      const effect = { none: 'no effect', before: 'after its effect', late: `${LATE / SECOND} s before its effect` };
      return `${deviation.error.name} (${effect[deviation.effect]}) ${extent}`;
    }
    case 'lag':
      return `lag of ${deviation.by / SECOND} s${deviation.of === 'all' ? '' : ` of ${deviation.of}`}${deviation.for > 0 ? ` for ${deviation.for / SECOND} s` : ''}${deviation.alternates ? ', every other time' : ''}`;
    case 'disturbance':
      return deviation.what;
    case 'preempted':
      return `preempted ${deviation.after ? 'after' : 'before'} it by ${deviation.by ?? 'another'} until its call ${deviation.until}${deviation.thenHoldOther ? ', which then stands still' : ''}`;
  }
}
