import { conditions } from './conditions';

/** The calls by which the handler touches the world, each of them a scheduling point. */
export type CallName =
  | 'DescribeKey'
  | 'GetKeyRotationStatus'
  | 'ListKeyRotations'
  | 'RotateKeyOnDemand'
  | 'GetParametersByPath'
  | 'PutParameter'
  | 'PUT answer';

/** What happens in the world at some moment, whatever the handler is doing. */
export type Disturbance =
  | 'delivered twice'
  | 'cancelled'
  | 'rotated by hand'
  | 'automatic rotation now'
  | 'automatic rotation soon'
  | 'second stack, same token'
  | 'second stack, other token'
  | 'second stack, to be recorded only'
  | 'second stack fails and goes back'
  | 'ledger full'
  | 'ledger denied for 3 minutes'
  | 'ledger denied'
  | 'key disabled';

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
  | { readonly kind: 'happening'; readonly what: Disturbance }
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

export type Family = Deviation['kind'];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Reads of KMS lag by less than two minutes, unless the conditions say otherwise. */
export const LAG = conditions.lag * SECOND;
export const LEDGER_LAG = conditions.ledgerLag * SECOND;
/** How long after its error a call can still take effect. */
export const LATE = 2 * SECOND;
/** The handler's clients wait so long for an answer. */
export const REQUEST_TIMEOUT = 10 * SECOND;

const STATUS: Readonly<Record<string, number | undefined>> = {
  RequestTimeoutException: 408,
  TooManyRequests: 429,
  ClientClosedRequest: 499,
  ServiceUnavailable: 503,
  /** An answer that is no JSON. */
  SyntaxError: 200,
  DependencyTimeoutException: 500,
  KMSInternalException: 500,
  InternalServerError: 500,
  ECONNRESET: undefined,
  TimeoutError: undefined,
};

/** An error as the SDK throws it: without metadata where no answer came. */
export function awsError(name: string, message = name): Error {
  const status = name in STATUS ? STATUS[name] : 400;
  const error = new Error(message);
  error.name = name;
  return status === undefined ? error : Object.assign(error, { $metadata: { httpStatusCode: status } });
}

const READ_ERRORS = ['ThrottlingException', 'AccessDeniedException', 'ECONNRESET'];
/** Errors that leave open whether the call was carried out. */
const AMBIGUOUS = new Set([
  'RequestTimeoutException',
  'RequestAbortedException',
  'TooManyRequests',
  'ClientClosedRequest',
  'ServiceUnavailable',
  'SyntaxError',
  'DependencyTimeoutException',
  'KMSInternalException',
  'InternalServerError',
  'ECONNRESET',
  'TimeoutError',
  'HTTP 500',
]);

const ERRORS: Readonly<Record<CallName, readonly string[]>> = {
  DescribeKey: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException'],
  GetKeyRotationStatus: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException'],
  ListKeyRotations: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException'],
  RotateKeyOnDemand: [
    ...READ_ERRORS,
    'NotFoundException',
    'KMSInternalException',
    'DependencyTimeoutException',
    'TimeoutError',
    'RequestTimeoutException',
    'RequestAbortedException',
    'TooManyRequests',
    'ClientClosedRequest',
    'ServiceUnavailable',
    'SyntaxError',
    'ConflictException',
    'DisabledException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'UnsupportedOperationException',
    'ValidationException',
  ],
  GetParametersByPath: [...READ_ERRORS, 'InternalServerError', 'TimeoutError', 'RequestTimeoutException'],
  PutParameter: [
    ...READ_ERRORS,
    'InternalServerError',
    'TimeoutError',
    'RequestTimeoutException',
    'TooManyUpdates',
    'ParameterLimitExceeded',
  ],
  'PUT answer': ['ECONNRESET', 'HTTP 500', 'HTTP 403'],
};

export const IS_READ: ReadonlySet<CallName> = new Set<CallName>([
  'DescribeKey',
  'GetKeyRotationStatus',
  'ListKeyRotations',
  'GetParametersByPath',
]);

/** Every way in which a call can deviate, the preemptions aside, of which there are as many as the other invocation has calls. */
export function deviations(call: CallName, happenings: readonly Disturbance[]): Deviation[] {
  return [
    ...crashes(call),
    ...errors(call),
    ...lags(call),
    ...stalls(call),
    ...happenings.map((what) => ({ kind: 'happening' as const, what })),
  ];
}

function crashes(call: CallName): Deviation[] {
  return (IS_READ.has(call) ? [false] : [false, true]).map((after) => ({ kind: 'crash', after }));
}

function stalls(call: CallName): Deviation[] {
  const durations = [20 * SECOND, 70 * SECOND, 200 * SECOND, 14 * MINUTE];
  return [false, true].flatMap((after) =>
    // A read shows what it shows when it is carried out, so before and after differ for reads too.
    durations
      .filter(() => call !== 'PUT answer' || !after)
      .map((duration) => ({ kind: 'stall' as const, after, for: duration })),
  );
}

function errors(call: CallName): Deviation[] {
  return ERRORS[call].flatMap((name) => {
    const error = awsError(name);
    return effectsOf(call, name).flatMap((effect) =>
      [
        { times: 1, for: Infinity },
        { times: 3, for: Infinity },
        { times: Infinity, for: 2 * MINUTE },
        { times: Infinity, for: Infinity },
      ].map((how) => ({ kind: 'error' as const, error, effect, ...how })),
    );
  });
}

function effectsOf(call: CallName, error: string): readonly ('none' | 'before' | 'late')[] {
  if (IS_READ.has(call) || !AMBIGUOUS.has(error)) return ['none'];
  return ['none', 'before', 'late'];
}

function lags(call: CallName): Deviation[] {
  if (!IS_READ.has(call)) return [];
  const isLedger = call === 'GetParametersByPath';
  const isList = isLedger || (call === 'ListKeyRotations' && conditions.order === 'any');
  const items: readonly Items[] = isList ? ['all', 'the newest item', 'the others'] : ['all'];
  const longest = isLedger ? LEDGER_LAG : LAG;
  return items.flatMap((of) =>
    [
      { by: 4 * SECOND, for: 0 },
      { by: longest, for: 0 },
      { by: longest, for: 5 * MINUTE },
      { by: longest, for: Infinity },
    ].map((how) => ({ kind: 'lag' as const, of, ...how })),
  );
}

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
      const effect = { none: 'no effect', before: 'after its effect', late: `${LATE / SECOND} s before its effect` }[
        deviation.effect
      ];
      return `${deviation.error.name} (${effect}) ${extent}`;
    }
    case 'lag':
      return `lag of ${deviation.by / SECOND} s${deviation.of === 'all' ? '' : ` of ${deviation.of}`}${deviation.for > 0 ? ` for ${deviation.for / SECOND} s` : ''}`;
    case 'happening':
      return deviation.what;
    case 'preempted':
      return `preempted ${deviation.after ? 'after' : 'before'} it by ${deviation.by ?? 'another'} until its call ${deviation.until}${deviation.thenAlone ? ', which then stands still' : ''}`;
  }
}
