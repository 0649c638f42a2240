import { type Failure, keyUnreadable } from '../../lambda/failures';
import type { KeyState } from '../../lambda/key-state';
import { spending } from '../../lambda/ledger';
import type { Baseline, Rotated } from '../../lambda/ledger-record';
import type { RotationRequest } from '../../lambda/request';
import { ROTATIONS_PER_KEY } from '../../lib/protocol';
import { type UsualTime, usuallyInWords } from '../durations';
import { EMPTY_LEDGER, type KeyView } from '../region-reader';
import { stackName } from '../watch';
import { type Forecast, dollarsPerMonth, forecast, remainingAfter } from './forecast';

export const DOES = ['rotates', 'baseline', 'nothing', 'waits', 'fails', 'unknown'] as const;
export type Does = (typeof DOES)[number];

/** What a deployment would do with one rotation. */
export interface Outcome {
  readonly does: Does;
  /** For people: when, why, by whom. */
  readonly why: string;
  /** Of the failure, as in docs/errors.md. */
  readonly code?: string;
  readonly verdict?: string;
  /** The sentence by which the deployment would fail. */
  readonly sentence?: string;
  readonly remainingRotations?: number;
  readonly dollarsPerMonth?: number;
  readonly seconds?: number;
}

/** What the same plan has in mind for a key, by the rotations before. */
export class Intentions {
  private readonly tokens = new Map<string, string[]>();

  public rotates(keyArn: string, token: string): void {
    this.tokens.set(keyArn, [...(this.tokens.get(keyArn) ?? []), token]);
  }

  public of(keyArn: string): readonly string[] {
    return this.tokens.get(keyArn) ?? [];
  }
}

export function outcomeOf(
  request: RotationRequest,
  view: KeyView,
  usual: UsualTime,
  intentions: Intentions,
  now: number,
): Outcome {
  const { keyArn, token } = request;
  if (request.unchanged) return { does: 'nothing', why: spentText(spending(view.ledger.records, token), view) };
  if (view.lacks.has('ledger')) return { does: 'unknown', why: 'its ledger could not be read' };
  const spent = spending(view.ledger.records, token);
  if (spent) return { does: 'nothing', why: spentText(spent, view) };
  if (intentions.of(keyArn).includes(token))
    return { does: 'nothing', why: 'another rotation of this plan uses the token up' };
  if (view.isGone) {
    const failure = keyUnreadable('missing', keyArn, '', undefined);
    return describe(forecast(request, failure, view.ledger, now), view, undefined, usual, 0);
  }
  if (!view.key) return { does: 'unknown', why: 'the key could not be read' };
  if (view.lacks.size > 0) return { does: 'unknown', why: `${[...view.lacks].join(' and ')} could not be read` };
  return describe(forecast(request, view.key, view.ledger, now), view, view.key, usual, intentions.of(keyArn).length);
}

/** For a key that the deployment makes. */
export function outcomeOfNew(request: RotationRequest, key: KeyState, usual: UsualTime, now: number): Outcome {
  const view = { ledger: EMPTY_LEDGER };
  return describe(forecast(request, key, EMPTY_LEDGER, now), view, key, usual, 0);
}

export function failed(failure: Failure): Outcome {
  const { code, verdict, reason, sentence } = failure;
  return { does: 'fails', why: `[${code}] ${verdict}. ${sentence.what}`, code, verdict, sentence: reason };
}

function describe(
  result: Forecast,
  view: Pick<KeyView, 'ledger'>,
  key: KeyState | undefined,
  usual: UsualTime,
  planned: number,
): Outcome {
  switch (result.does) {
    case 'rotates': {
      const left = key ? remainingAfter(key, planned) : 0;
      return {
        does: 'rotates',
        why: `${left} of ${ROTATIONS_PER_KEY} left after it; in force after ${usuallyInWords(usual)}`,
        remainingRotations: left,
        dollarsPerMonth: key ? dollarsPerMonth(key, planned) : 0,
        seconds: Math.round(usual.median / 1000),
      };
    }
    case 'baseline':
      return { does: 'baseline', why: 'records the token as the first of this key, without a rotation' };
    case 'nothing':
      return { does: 'nothing', why: spentText(result.record, view) };
    case 'waits': {
      const { code, sentence } = result.failure;
      return { does: 'waits', code, why: `[${code}] ${sentence.what} ${sentence.then ?? ''}`.trim() };
    }
    case 'fails':
      return failed(result.failure);
  }
}

function spentText(record: Rotated | Baseline | undefined, { ledger }: Pick<KeyView, 'ledger'>): string {
  if (!record) return 'key and token stay as they are';
  const claim = record.state === 'rotated' ? ledger.records.find(({ number }) => number === record.ends) : undefined;
  const when = record.recordedAt.slice(0, 19);
  const how = record.state === 'baseline' ? 'recorded without a rotation' : 'spent';
  return `${how} ${when}Z by ${stackName((claim ?? record).stackId)}`;
}
