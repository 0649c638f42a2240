import { FUNCTION_TIMEOUT } from '../lib/protocol';
import type { Baseline, Claimed, Damage, LedgerRecord, Refused, Requested, Rotated } from './ledger-record';

/**
 * The records of one key, in the order of their creation. Records are added and never changed, so a lagging read may lack records, but
 * never shows an outdated one. The creator of n + 1 has read 1 … n in their final form; an invocation that has missed the newest record
 * finds its number taken. All tokens of a key share one numbering: KMS swallows a call while another rotation runs, so they must exclude
 * each other.
 */
export type Ledger = readonly LedgerRecord[];

/** All that an invocation knows of a key's ledger. */
export interface LedgerView {
  readonly records: Ledger;
  /** When the last successful read began, in milliseconds since the epoch; `undefined` before the first. */
  readonly readAt: number | undefined;
  /** It has to be read again before the next decision. */
  readonly isStale: boolean;
  readonly damage: readonly Damage[];
  /** The highest number that is known to be taken, even if its record could not be read yet. */
  readonly last: number;
  /** The last read failed. */
  readonly isUnreadable: boolean;
  /** When the last write failed for another reason than a taken number; milliseconds since the epoch. */
  readonly writeFailedAt: number | undefined;
  /** The number of the record that we created last, if Parameter Store has said so. */
  readonly created: number | undefined;
  /** The record that we have overwritten: creation is not atomic, so nothing known of the ledger is reliable. */
  readonly overwritten: string | undefined;
}

const MINUTE = 60_000;

/**
 * How long after its owner's end KMS must show any rotation that a claim has caused, in milliseconds. The slowest recorded rotation took
 * eight minutes, and AWS speaks of "several minutes" until all reads show a change:
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency.
 * This is the only time limit that exactly-once depends on.
 */
export const SETTLEMENT = 60 * MINUTE;

/** Refusals of a token in a row before a pause. A new token does not wait: somebody has fixed the cause, and is in a hurry. */
const FREE_REFUSALS = 5;
/** The first pause; each further refusal doubles it, so a pipeline that fails for a year adds two dozen records. */
const FIRST_PAUSE = 10 * MINUTE;

/** The record that used the token up, if any. */
export function spending(ledger: Ledger, token: string): Rotated | Baseline | undefined {
  return ledger.filter((record) => isSpending(record)).find((record) => record.token === token);
}

export function isSpending(record: LedgerRecord): record is Rotated | Baseline {
  return record.state === 'rotated' || record.state === 'baseline';
}

/** The claim that excludes every other claim on its key, until a record ends it. */
export function openClaim(ledger: Ledger): Claimed | undefined {
  const ended = new Set(ledger.map(endOf));
  return ledger.findLast((record): record is Claimed => record.state === 'claimed' && !ended.has(record.number));
}

export function endOf(record: LedgerRecord): number | undefined {
  return record.state === 'requested' ? undefined : record.ends;
}

/** Whether a claim ends one by which another invocation may have called KMS for the same token, whose rotation may be late. */
export function takesOver(ledger: Ledger, { ends, token, invocation }: Claimed): boolean {
  const ended = ledger.find(({ number }) => number === ends);
  if (ended?.state !== 'claimed' || ended.token !== token) return false;
  return ended.invocation !== invocation || takesOver(ledger, ended);
}

/** The record of KMS's acceptance of a claim, if there is one. */
export function requestUnder(ledger: Ledger, claim: Claimed): Requested | undefined {
  return ledger.find((record): record is Requested => record.state === 'requested' && record.claim === claim.number);
}

/** The record of an accepted call for a token that is not used up: its claim is open, or ended without a rotation. */
export function acceptedInVain(ledger: Ledger, token: string): Requested | undefined {
  if (spending(ledger, token)) return undefined;
  return ledger.find((record): record is Requested => record.state === 'requested' && record.token === token);
}

/** The latest time at which the claim's invocation can still run; milliseconds since the epoch. */
export function ownerEndsBy({ recordedAt }: Claimed): number {
  return Date.parse(recordedAt) + FUNCTION_TIMEOUT * 1000;
}

/** When KMS must show any rotation that the claim caused; milliseconds since the epoch. */
export function settledAt(claim: Claimed): number {
  return ownerEndsBy(claim) + SETTLEMENT;
}

/**
 * Whether the ledger ends with our own refusal, so that we have missed nothing. Its creation must have been answered: a refusal that was
 * only read back can be old, and more can have followed since.
 */
export function isSealed({ records, created, last }: LedgerView): boolean {
  return records.some(({ number, state }) => state === 'refused' && number === created && number === last);
}

/** The token's refusals after its last other record; ended claims do not count. */
export function latestRefusals(ledger: Ledger, token: string): readonly Refused[] {
  const ended = new Set(ledger.map(endOf));
  return refusalsAtEnd(ledger.filter((record) => record.token === token && !ended.has(record.number)));
}

/** The token's refusals that ended a claim, since one of its claims last ended otherwise. */
export function latestRefusedClaims(ledger: Ledger, token: string): readonly Refused[] {
  return refusalsAtEnd(ledger.filter((record) => record.token === token && endOf(record) !== undefined));
}

function refusalsAtEnd(records: Ledger): readonly Refused[] {
  const last = records.findLastIndex(({ state }) => state !== 'refused');
  return records.slice(last + 1).filter((record): record is Refused => record.state === 'refused');
}

/** When the pause after these refusals ends; milliseconds since the epoch. */
export function pauseAfter(refusals: readonly Refused[]): number {
  const last = refusals.at(-1);
  const beyond = refusals.length - FREE_REFUSALS;
  return last === undefined || beyond < 0 ? -Infinity : Date.parse(last.recordedAt) + FIRST_PAUSE * 2 ** beyond;
}

/** The first number that is taken and whose record was not read: it is not visible yet, or was deleted. */
export function missingNumber({ records, damage, last }: LedgerView): number | undefined {
  const numbers = new Set(records.map(({ number }) => number));
  for (const { kind, parameter } of damage) {
    if (kind !== 'stray') numbers.add(Number(parameter.slice(parameter.lastIndexOf('/') + 1)));
  }
  for (let number = 1; number <= last; number++) if (!numbers.has(number)) return number;
  return undefined;
}

/** Adds the records of a read to the known ones. A lagging read removes none. */
export function merge(known: Ledger, read: Ledger): Ledger {
  const byNumber = new Map([...read, ...known].map((record) => [record.number, record]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/**
 * The beginning of a key material ID: unique within the key, and so short that one record can hold all of them. `undefined` for a missing
 * ID.
 */
export function beginningOf(keyMaterialId: string | undefined): string | undefined {
  return keyMaterialId === '' ? undefined : keyMaterialId?.slice(0, 16);
}

/** The beginnings of the key material IDs of all on-demand rotations in the ledger. */
export function knownMaterials(ledger: Ledger): ReadonlySet<string> {
  return new Set(
    ledger.flatMap((record) => {
      if (record.state === 'claimed') return record.materialsBefore;
      const after = record.state === 'rotated' ? beginningOf(record.keyMaterialAfter) : undefined;
      return after === undefined ? [] : [after];
    }),
  );
}
