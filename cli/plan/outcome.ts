import { type Failure, keyUnreadable } from '../../lambda/failures';
import { type KeyState, remainingRotations } from '../../lambda/key-state';
import { type Ledger, spending } from '../../lambda/ledger';
import type { Baseline, Rotated } from '../../lambda/ledger-record';
import type { RotationRequest } from '../../lambda/request';
import { ROTATIONS_PER_KEY } from '../../lib/protocol';
import { stackName } from '../display-names';
import { type UsualTime, usuallyInWords } from '../durations';
import { EMPTY_LEDGER, type KeyView } from '../region-reader';
import { type Forecast, dollarsPerMonth, forecast, isPlanned } from './forecast';

export const DOES = ['rotates', 'baseline', 'nothing', 'waits', 'fails', 'unknown'] as const;
export type Does = (typeof DOES)[number];

/** What a deployment would do with one rotation. */
export interface Outcome {
  readonly does: Does;
  /** For people: when, why, by whom. */
  readonly why: string;
  /** The failure's code in docs/errors.md. */
  readonly code?: string;
  readonly verdict?: string;
  /** The sentence with which the deployment would fail. */
  readonly sentence?: string;
  readonly remainingRotations?: number;
  readonly dollarsPerMonth?: number;
  readonly seconds?: number;
}

/** What a plan knows of a key. */
export type PlannedKey = Pick<KeyView, 'key' | 'ledger' | 'isGone' | 'lacks'>;

/** What a deployment would do with a rotation, and the key after it. */
export function outcomeOf<K extends PlannedKey>(
  request: RotationRequest,
  view: K,
  usual: UsualTime,
  now: number,
): readonly [Outcome, after: K] {
  const unknown = (why: string) => [{ does: 'unknown', why } as const, view] as const;
  const { records } = view.ledger;
  const spent = spending(records, request.token);
  if (spent && isPlanned(spent))
    return [{ does: 'nothing', why: 'another rotation of this plan uses the token up' }, view];
  if (request.unchanged) return [nothing(spent, records), view];
  if (view.lacks.has('ledger')) return unknown('its ledger could not be read');
  if (spent) return [nothing(spent, records), view];
  const key = view.isGone ? keyUnreadable('missing', request.keyArn, '', undefined) : view.key;
  if (!key) return unknown('the key could not be read');
  if (view.lacks.size > 0 && !view.isGone) return unknown(`${[...view.lacks].join(' and ')} could not be read`);
  const result = forecast(request, key, view.ledger, now);
  return [outcomeIn(result, usual), 'after' in result ? { ...view, ...result.after } : view];
}

/** A key that the deployment creates. */
export function newPlannedKey(key: KeyState): PlannedKey {
  return { key, ledger: EMPTY_LEDGER, isGone: false, lacks: new Set() };
}

export function failed(failure: Failure): Outcome {
  const { code, verdict, reason, sentence } = failure;
  return { does: 'fails', why: `[${code}] ${verdict}. ${sentence.what}`, code, verdict, sentence: reason };
}

function outcomeIn(result: Forecast, usual: UsualTime): Outcome {
  switch (result.does) {
    case 'rotates': {
      const { key } = result.after;
      const left = remainingRotations(key);
      return {
        does: 'rotates',
        why: `${left} of ${ROTATIONS_PER_KEY} left after it; in force after ${usuallyInWords(usual)}`,
        remainingRotations: left,
        dollarsPerMonth: dollarsPerMonth(key),
        seconds: Math.round(usual.median / 1000),
      };
    }
    case 'baseline':
      return { does: 'baseline', why: 'records the token as the first of this key, without a rotation' };
    case 'nothing':
      return nothing(result.record, result.ledger);
    case 'waits': {
      const { code, sentence } = result.failure;
      return { does: 'waits', code, why: `[${code}] ${sentence.what} ${sentence.then ?? ''}`.trim() };
    }
    case 'fails':
      return failed(result.failure);
  }
}

function nothing(record: Rotated | Baseline | undefined, ledger: Ledger): Outcome {
  return { does: 'nothing', why: record ? spentText(record, ledger) : 'key and token stay as they are' };
}

function spentText(record: Rotated | Baseline, ledger: Ledger): string {
  const claim = record.state === 'rotated' ? ledger.find(({ number }) => number === record.ends) : undefined;
  const when = record.recordedAt.slice(0, 19);
  const how = record.state === 'baseline' ? 'recorded without a rotation' : 'spent';
  return `${how} ${when}Z by ${stackName((claim ?? record).stackId)}`;
}
