import { awsError } from '../simulation/aws-error';
import type { Configuration } from '../simulation/configuration';
import { type CallName, DISTURBANCES, type Deviation, type Items, READS } from '../simulation/deviations';
import type { Point } from '../simulation/scheduler';

/** The possible deviations at a point, grouped by kind; `since` counts the calls since the previous deviation. */
export type Menu = (point: Point, since: number) => readonly (readonly Deviation[])[];

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const READ_ERRORS = ['ThrottlingException', 'AccessDeniedException', 'ECONNRESET'];

/** Errors that leave open whether the call took effect. */
const AMBIGUOUS = [
  'KMSInternalException',
  'DependencyTimeoutException',
  'InternalServerError',
  'ServiceUnavailable',
  'RequestAbortedException',
  'RequestTimeoutException',
  'TooManyRequests',
  'ClientClosedRequest',
  'SyntaxError',
  'ECONNRESET',
  'TimeoutError',
];

const ERRORS: Readonly<Record<CallName, readonly string[]>> = {
  DescribeKey: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException', 'ExpiredTokenException'],
  GetKeyRotationStatus: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException'],
  ListKeyRotations: [...READ_ERRORS, 'NotFoundException', 'KMSInternalException', 'SyntaxError'],
  RotateKeyOnDemand: [
    'ThrottlingException',
    'AccessDeniedException',
    'NotFoundException',
    'ConflictException',
    'DisabledException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'UnsupportedOperationException',
    'ValidationException',
    'ExpiredTokenException',
    ...AMBIGUOUS,
  ],
  GetParametersByPath: [...READ_ERRORS, 'InternalServerError', 'TimeoutError', 'RequestTimeoutException'],
  PutParameter: [
    ...READ_ERRORS,
    'InternalServerError',
    'TimeoutError',
    'RequestTimeoutException',
    'SyntaxError',
    'TooManyUpdates',
    'ParameterLimitExceeded',
  ],
  'PUT response': ['ECONNRESET', 'TimeoutError', 'HTTP 500', 'HTTP 403'],
};

/** All deviations except preemptions, which are as many as the other invocation has calls. */
export function everything(configuration: Configuration): Menu {
  const disturbances = DISTURBANCES.map((what) => ({ kind: 'disturbance' as const, what }));
  const known = new Map<CallName, readonly (readonly Deviation[])[]>();
  return ({ call }) => {
    const all =
      known.get(call) ??
      [crashes(call), errors(call), lags(call, configuration), stalls(call), disturbances].filter(
        (kind) => kind.length > 0,
      );
    known.set(call, all);
    return all;
  };
}

/** Filters a menu by call and deviation. */
export function only(menu: Menu, isWanted: (deviation: Deviation, call: CallName) => boolean): Menu {
  const known = new Map<CallName, readonly (readonly Deviation[])[]>();
  return (point, since) => {
    const some =
      known.get(point.call) ??
      menu(point, since)
        .map((kind) => kind.filter((deviation) => isWanted(deviation, point.call)))
        .filter((kind) => kind.length > 0);
    known.set(point.call, some);
    return some;
  };
}

/** Limits a menu to the first calls of a run. */
export function early(calls: number, menu: Menu): Menu {
  return (point, since) => (point.index < calls ? menu(point, since) : []);
}

/** Limits a menu to the first calls after the previous deviation. */
export function soon(calls: number, menu: Menu): Menu {
  return (point, since) => (since < calls ? menu(point, since) : []);
}

function crashes(call: CallName): Deviation[] {
  return (READS.has(call) ? [false] : [false, true]).map((after) => ({ kind: 'crash', after }));
}

function stalls(call: CallName): Deviation[] {
  // A read returns the state when it is carried out, so before and after differ for reads too.
  const moments = call === 'PUT response' ? [false] : [false, true];
  return moments.flatMap((after) =>
    [20 * SECOND, 70 * SECOND, 200 * SECOND, 14 * MINUTE].map((duration) => ({
      kind: 'stall' as const,
      after,
      for: duration,
    })),
  );
}

function errors(call: CallName): Deviation[] {
  return ERRORS[call].flatMap((name) =>
    effectsOf(call, name).flatMap((effect) =>
      [
        { times: 1, for: Infinity },
        { times: 3, for: Infinity },
        { times: Infinity, for: 2 * MINUTE },
        { times: Infinity, for: Infinity },
      ].map((extent) => ({ kind: 'error' as const, error: awsError(name), effect, ...extent })),
    ),
  );
}

/** Refusals that pass, because KMS has just shown that the key can be rotated. */
const TRANSIENT_REFUSALS = [
  'ThrottlingException',
  'ConflictException',
  'AccessDeniedException',
  'NotFoundException',
  'KMSInvalidStateException',
];

/** Whether a deviation is a single error after which the call can be repeated. */
export function isTransient({ call, deviation }: { readonly call: CallName; readonly deviation: Deviation }): boolean {
  if (deviation.kind !== 'error' || deviation.times > 1) return false;
  const { name } = deviation.error;
  if (call === 'RotateKeyOnDemand') return TRANSIENT_REFUSALS.includes(name);
  return call !== 'PutParameter' || name !== 'ParameterLimitExceeded';
}

function effectsOf(call: CallName, error: string): readonly ('none' | 'before' | 'late')[] {
  const isAmbiguous = AMBIGUOUS.includes(error) || error === 'HTTP 500';
  return READS.has(call) || !isAmbiguous ? ['none'] : ['none', 'before', 'late'];
}

function lags(call: CallName, { kmsReadLag, ledgerReadLag }: Configuration): Deviation[] {
  if (!READS.has(call)) return [];
  const isList = call === 'GetParametersByPath' || call === 'ListKeyRotations';
  const items: readonly Items[] = isList ? ['all', 'the newest item', 'the others'] : ['all'];
  const longest = SECOND * (call === 'GetParametersByPath' ? ledgerReadLag : kmsReadLag);
  return items.flatMap((of) =>
    [
      { by: 4 * SECOND, for: 0 },
      { by: longest, for: 0 },
      { by: longest, for: 5 * MINUTE },
      { by: longest, for: 5 * MINUTE, alternates: true as const },
      { by: longest, for: Infinity },
    ].map((how) => ({ kind: 'lag' as const, of, ...how })),
  );
}
