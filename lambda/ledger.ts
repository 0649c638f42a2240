import { FUNCTION_TIMEOUT } from '../lib/protocol';
import type { Baseline, Claimed, Damage, LedgerRecord, Refused, Requested, Rotated } from './ledger-record';

/**
 * The records of one key, in the order in which they were created. Records are only ever added, so a read that lags can lack
 * records, and never shows one as it was earlier; whoever creates n + 1 has read 1 … n as they will always be, and whoever has missed
 * the newest record finds that number taken. One numbering per token would not do: KMS swallows a call while another rotation
 * runs, so two tokens must exclude each other too.
 */
export type Ledger = readonly LedgerRecord[];

/** All that an invocation knows of a key's ledger. */
export interface LedgerView {
  readonly records: Ledger;
  /** When the last read that was answered began, in milliseconds since the epoch; `undefined` before the first. */
  readonly readAt: number | undefined;
  /** It has to be read again before anything is decided by it. */
  readonly isStale: boolean;
  readonly damage: readonly Damage[];
  /** The highest number that is known to be taken, even where its record could not be read yet. */
  readonly last: number;
  /** The last read was not answered. */
  readonly isUnreadable: boolean;
  /** When the last record could not be created, and not because its number was taken; milliseconds since the epoch. */
  readonly closedAt: number | undefined;
  /** The record that we have overwritten: creation is not atomic, and what is known is worth nothing. */
  readonly overwritten: string | undefined;
}

const MINUTE = 60_000;

/**
 * How long after the last moment at which its owner can have called KMS a claim of which nothing shows has come to nothing, in
 * milliseconds. The slowest recorded rotation took eight minutes, and AWS speaks of "several minutes" until all reads show it:
 * https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency.
 * This is the only bound on time that the promise rests on.
 */
export const SETTLEMENT = 60 * MINUTE;

/**
 * So many records in a row may say that nothing has come of a token's requests before the next one has to wait. A new token does not
 * wait: somebody has mended the cause, and is in a hurry.
 */
const FREE_REFUSALS = 5;
/** How long the next one waits then; twice as long for each more, so that a pipeline that fails for a year adds two dozen. */
const FIRST_PAUSE = 10 * MINUTE;

/** The record that used a token up, if one did. */
export function spending(ledger: Ledger, token: string): Rotated | Baseline | undefined {
  return ledger.filter((record) => isSpending(record)).find((record) => record.token === token);
}

export function isSpending(record: LedgerRecord): record is Rotated | Baseline {
  return record.state === 'rotated' || record.state === 'baseline';
}

/** The claim that excludes every other on its key, until a record ends it. */
export function openClaim(ledger: Ledger): Claimed | undefined {
  const ended = new Set(ledger.map(endOf));
  return ledger.findLast((record): record is Claimed => record.state === 'claimed' && !ended.has(record.number));
}

export function endOf(record: LedgerRecord): number | undefined {
  return record.state === 'requested' ? undefined : record.ends;
}

/** The record of KMS's acceptance of a claim, if there is one. */
export function requestUnder(ledger: Ledger, claim: Claimed): Requested | undefined {
  return ledger.find((record): record is Requested => record.state === 'requested' && record.claim === claim.number);
}

/** A call for this token that KMS has accepted, by a claim that ended without a rotation, or has not ended. */
export function acceptedInVain(ledger: Ledger, token: string): Requested | undefined {
  if (spending(ledger, token)) return undefined;
  return ledger.find((record): record is Requested => record.state === 'requested' && record.token === token);
}

/** When the owner of a claim is dead at the latest; milliseconds since the epoch. */
export function deathOf({ recordedAt }: Claimed): number {
  return Date.parse(recordedAt) + FUNCTION_TIMEOUT * 1000;
}

/** When all that a claim can have caused shows; milliseconds since the epoch. */
export function settledAt(claim: Claimed): number {
  return deathOf(claim) + SETTLEMENT;
}

/**
 * Whether an invocation has taken the ledger's next number when it failed, so that it has missed nothing. A record that it created for
 * another token proves no such thing: more can have followed since.
 */
export function isSealedBy(ledger: Ledger, invocation: string): boolean {
  return ledger.some((record) => record.state === 'refused' && record.invocation === invocation);
}

/** The token's latest refusals, if nothing else has come of its requests since; claims that they end do not count. */
export function latestRefusals(ledger: Ledger, token: string): readonly Refused[] {
  const ended = new Set(ledger.map(endOf));
  return refusalsAtEnd(ledger.filter((record) => record.token === token && !ended.has(record.number)));
}

/** The token's latest refusals that ended a claim, if none of its claims has ended otherwise since. */
export function latestRefusedClaims(ledger: Ledger, token: string): readonly Refused[] {
  return refusalsAtEnd(ledger.filter((record) => record.token === token && endOf(record) !== undefined));
}

function refusalsAtEnd(records: Ledger): readonly Refused[] {
  const last = records.findLastIndex(({ state }) => state !== 'refused');
  return records.slice(last + 1).filter((record): record is Refused => record.state === 'refused');
}

/** Until when no more is to be recorded after so many refusals; milliseconds since the epoch. */
export function pauseAfter(refusals: readonly Refused[]): number {
  const last = refusals.at(-1);
  const beyond = refusals.length - FREE_REFUSALS;
  return last === undefined || beyond < 0 ? -Infinity : Date.parse(last.recordedAt) + FIRST_PAUSE * 2 ** beyond;
}

/** The first record that is taken and was not read: it is late to show, or somebody has deleted it. */
export function missingNumber({ records, damage, last }: LedgerView): number | undefined {
  const numbers = new Set(records.map(({ number }) => number));
  for (const { kind, parameter } of damage) {
    if (kind !== 'stray') numbers.add(Number(parameter.slice(parameter.lastIndexOf('/') + 1)));
  }
  for (let number = 1; number <= last; number++) if (!numbers.has(number)) return number;
  return undefined;
}

/** What is known of a ledger after it was read again: a read that lags takes nothing back. */
export function merge(known: Ledger, read: Ledger): Ledger {
  const byNumber = new Map([...read, ...known].map((record) => [record.number, record]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/**
 * The beginning of a key material's ID: enough to tell it from the others of its key, and short enough for all of them to fit a
 * record. What is missing has none, and equals nothing.
 */
export function beginningOf(keyMaterialId: string | undefined): string | undefined {
  return keyMaterialId === '' ? undefined : keyMaterialId?.slice(0, 16);
}

/** The key material of all on-demand rotations that the ledger knows of, by the beginnings of the IDs. */
export function knownMaterials(ledger: Ledger): ReadonlySet<string> {
  return new Set(
    ledger.flatMap((record) => {
      if (record.state === 'claimed') return record.materialsBefore;
      const after = record.state === 'rotated' ? beginningOf(record.keyMaterialAfter) : undefined;
      return after === undefined ? [] : [after];
    }),
  );
}
