/** The calls by which the handler touches the world, each of them a point at which a run can deviate. */
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

/** What happens in the world at some moment, whatever the handler is doing. */
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

/** Which of the items that are read lag behind: each item may, by itself. */
export type Items = 'all' | 'the newest item' | 'the others';

/** One way in which a call can go, other than well and at once. */
export type Deviation =
  | { readonly kind: 'crash'; readonly after: boolean }
  | { readonly kind: 'stall'; readonly after: boolean; readonly for: number }
  | {
      readonly kind: 'error';
      readonly error: Error;
      /** Whether the call takes effect nevertheless; `late`: only after the error was given. */
      readonly effect: 'none' | 'before' | 'late';
      /** How many calls, or for how long. */
      readonly times: number;
      readonly for: number;
    }
  | { readonly kind: 'lag'; readonly by: number; readonly of: Items; readonly for: number }
  | { readonly kind: 'disturbance'; readonly what: Disturbance }
  | {
      readonly kind: 'preempted';
      /** What brings the other invocation, if it is not there yet. */
      readonly by: Disturbance | undefined;
      /** Its call before which it is this invocation's turn again. */
      readonly until: number;
      /** Whether the other invocation then stands still until this one has ended. */
      readonly thenAlone: boolean;
      readonly after: boolean;
    };

const SECOND = 1000;
/** How long after its error a call can still take effect. */
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
      return `lag of ${deviation.by / SECOND} s${deviation.of === 'all' ? '' : ` of ${deviation.of}`}${deviation.for > 0 ? ` for ${deviation.for / SECOND} s` : ''}`;
    case 'disturbance':
      return deviation.what;
    case 'preempted':
      return `preempted ${deviation.after ? 'after' : 'before'} it by ${deviation.by ?? 'another'} until its call ${deviation.until}${deviation.thenAlone ? ', which then stands still' : ''}`;
  }
}
