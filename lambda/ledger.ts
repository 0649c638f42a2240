import { LEDGER_PATH, type RotationAttributes } from '../lib/protocol';
import type { Parameter } from './services';

/**
 * The ledger of a key: what has been tried with it, attempt by attempt, in the order in which it was tried.
 *
 * An attempt is one parameter, `/on-demand-key-rotation/<key id>/<n>` with n = 1, 2, …, created atomically and overwritten
 * by its owner alone. Attempt n + 1 is created only by somebody who has seen how attempt n ended (or that its owner is dead and
 * KMS silent), so the numbers order all attempts on a key, whatever their tokens, even where reads lag behind: whoever has
 * missed the newest attempt finds his number taken. One numbering per token would not do: KMS swallows a call while another
 * rotation runs, so two tokens must exclude each other too, and a list of open attempts that lags cannot promise that.
 */
export type Ledger = readonly Attempt[];

export interface Attempt {
  readonly number: number;
  readonly entry: Entry;
}

/**
 * - `baseline`: the token was recorded without a rotation; it is spent.
 * - `claimed`: its owner, and nobody else, may call KMS.
 * - `requested`: KMS has accepted; nobody calls again.
 * - `refused`: KMS has refused, or was never called; nothing has been rotated.
 * - `rotated`: the new key material is in force; the token is spent.
 */
export type State = 'baseline' | 'claimed' | 'requested' | 'refused' | 'rotated';

/** How far an attempt has come: knowledge of it never goes back, though a read that lags may. */
const PROGRESS: Readonly<Record<State, number>> = { claimed: 0, requested: 1, refused: 2, baseline: 3, rotated: 3 };

/** The value of a parameter. People read it too, an auditor for one. */
export interface Entry {
  readonly state: State;
  readonly token: string;
  readonly keyArn: string;
  /** When the attempt was created; ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly stackId: string;
  readonly logicalResourceId: string;
  readonly requestId: string;
  /** The invocation of the handler that owns the attempt. */
  readonly invocation: string;
  readonly keyMaterialBefore: string;
  /** How many on-demand rotations KMS's history listed before this one. */
  readonly onDemandRotationsBefore: number;
  /** The number of the attempt that ends with this one: its rotation or its refusal is recorded here, or its owner is dead. */
  readonly ends?: number;
  /** When the first of the attempts began that this one goes on with, in place of a dead owner: a rotation since then may be its own. */
  readonly since?: string;
  /** The rotation was found in progress or done, rather than answered to a call of this attempt. */
  readonly adopted?: true;
  readonly rotationDate?: string;
  readonly keyMaterialAfter?: string;
  readonly remainingRotations?: number;
  /** Why the attempt was refused. */
  readonly reason?: string;
}

export function pathOf(keyId: string): string {
  return `${LEDGER_PATH}/${keyId}`;
}

export function nameOf(keyId: string, number: number): string {
  return `${pathOf(keyId)}/${number}`;
}

export function serialize(entry: Entry): string {
  // Parameter Store refuses values that hold a reference in double braces, which a token may look like.
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  return JSON.stringify(entry).replaceAll('{{', '{\\u007b');
}

/** Reads the parameters below a key's path. What is no attempt is not skipped: it may have been one. */
export function parse(parameters: readonly Parameter[]): { ledger: Ledger; unreadable: readonly string[] } {
  const ledger: Attempt[] = [];
  const unreadable: string[] = [];
  for (const { name, value } of parameters) {
    const number = Number(name.slice(name.lastIndexOf('/') + 1));
    const entry = parseEntry(value);
    if (entry && Number.isSafeInteger(number) && number > 0) ledger.push({ number, entry });
    else unreadable.push(name);
  }
  return { ledger: ledger.sort((a, b) => a.number - b.number), unreadable };
}

function parseEntry(value: string): Entry | undefined {
  try {
    const entry = JSON.parse(value) as Partial<Entry> | null;
    const isEntry =
      typeof entry === 'object' &&
      entry !== null &&
      typeof entry.token === 'string' &&
      typeof entry.state === 'string' &&
      Object.hasOwn(PROGRESS, entry.state) &&
      typeof entry.startedAt === 'string' &&
      !Number.isNaN(Date.parse(entry.startedAt)) &&
      typeof entry.onDemandRotationsBefore === 'number';
    return isEntry ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** What is known of a ledger after it was read again: a read that lags takes nothing back. */
export function merge(known: Ledger, read: Ledger): Ledger {
  const furthest = new Map(known.map((attempt) => [attempt.number, attempt]));
  for (const attempt of read) {
    const other = furthest.get(attempt.number);
    if (!other || PROGRESS[attempt.entry.state] >= PROGRESS[other.entry.state]) furthest.set(attempt.number, attempt);
  }
  return [...furthest.values()].sort((a, b) => a.number - b.number);
}

export function equal(one: Ledger, other: Ledger): boolean {
  return (
    one.length === other.length &&
    one.every(({ number, entry }, i) => number === other[i]?.number && entry.state === other[i].entry.state)
  );
}

/** The attempt that spent a token, if one did. */
export function spending(ledger: Ledger, token: string): Attempt | undefined {
  return ledger.find(({ entry }) => entry.token === token && (entry.state === 'rotated' || entry.state === 'baseline'));
}

/** The attempt that excludes every other on its key. Baselines never call KMS, so they end no attempt. */
export function openAttempt(ledger: Ledger): Attempt | undefined {
  const last = ledger.findLast(({ entry }) => entry.state !== 'baseline');
  return last && isOpen(last) ? last : undefined;
}

function isOpen({ entry }: Attempt): boolean {
  return entry.state === 'claimed' || entry.state === 'requested';
}

/**
 * The attempts that look open although another one came after them, which it cannot have while they were: a read lags that
 * shows them so. They have ended, and one that was requested has rotated.
 */
export function outdated(ledger: Ledger): readonly Attempt[] {
  const last = openAttempt(ledger);
  const ended = new Set(ledger.map(({ entry }) => entry.ends));
  return ledger.filter((attempt) => isOpen(attempt) && attempt !== last && !ended.has(attempt.number));
}

export function lastNumber(ledger: Ledger): number {
  return ledger.at(-1)?.number ?? 0;
}

/** The first attempt up to `last` that was not read. All are created in order, so it exists, or somebody has deleted it. */
export function missingNumber(ledger: Ledger, last: number): number | undefined {
  const numbers = new Set(ledger.map(({ number }) => number));
  for (let number = 1; number <= last; number++) if (!numbers.has(number)) return number;
  return undefined;
}

/** How many on-demand rotations the ledger knows of; KMS's history lists at least as many once it has caught up. */
export function knownRotations(ledger: Ledger): number {
  const outdatedOnes = outdated(ledger);
  const hasRotated = (attempt: Attempt) =>
    attempt.entry.state === 'rotated' || (attempt.entry.state === 'requested' && outdatedOnes.includes(attempt));
  return Math.max(0, ...ledger.map((attempt) => attempt.entry.onDemandRotationsBefore + (hasRotated(attempt) ? 1 : 0)));
}

/** The attributes of the custom resource, from the attempt that spent its token. */
export function attributesOf(keyArn: string, attempt: Attempt | undefined): RotationAttributes {
  return {
    KeyArn: keyArn,
    RotationDate: attempt?.entry.rotationDate ?? '',
    KeyMaterialId: attempt?.entry.keyMaterialAfter ?? '',
    RemainingRotations: attempt?.entry.remainingRotations ?? 0,
  };
}
