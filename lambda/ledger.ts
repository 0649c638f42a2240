import { FUNCTION_TIMEOUT, LEDGER_PATH, type RotationAttributes } from '../lib/protocol';
import type { Parameter } from './services';

/**
 * The ledger of a key: what has been tried with it, record by record, in the order in which it was tried.
 *
 * A record is one parameter, `/on-demand-key-rotation/<key id>/<n>` with n = 1, 2, …, created atomically, and never changed or
 * deleted: a read that lags can only lack records. Whoever creates n + 1 has read 1 … n as they will always be, and whoever has
 * missed the newest record finds his number taken. One numbering per token would not do: KMS swallows a call while another
 * rotation runs, so two tokens must exclude each other too.
 */
export type Ledger = readonly Attempt[];

export interface Attempt {
  readonly number: number;
  readonly entry: Entry;
}

/**
 * - `baseline`: the token was recorded without a rotation; it is spent.
 * - `claimed`: its owner, and nobody else, may call KMS, once.
 * - `rotated`: ends a claim: the new key material is in force; the token is spent.
 * - `refused`: ends a claim, or stands alone: why a request failed; nothing has been rotated by it.
 */
export type State = 'baseline' | 'claimed' | 'rotated' | 'refused';

const STATES: ReadonlySet<string> = new Set<State>(['baseline', 'claimed', 'rotated', 'refused']);

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
  /** Of a claim: their key material, by the beginnings of the IDs. */
  readonly materialsBefore?: readonly string[];
  /** The number of the claim that ends with this record: its rotation or its refusal is recorded here, or nothing has become of it. */
  readonly ends?: number;
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
    const number = /\/([1-9]\d{0,8})$/.exec(name)?.[1];
    const entry = parseEntry(value);
    if (entry && number !== undefined) ledger.push({ number: Number(number), entry });
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
      STATES.has(entry.state) &&
      typeof entry.startedAt === 'string' &&
      !Number.isNaN(Date.parse(entry.startedAt)) &&
      typeof entry.onDemandRotationsBefore === 'number' &&
      (entry.state !== 'claimed' || Array.isArray(entry.materialsBefore));
    return isEntry ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** What is known of a ledger after it was read again: a read that lags takes nothing back. */
export function merge(known: Ledger, read: Ledger): Ledger {
  const byNumber = new Map([...known, ...read].map((attempt) => [attempt.number, attempt]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** The attempt that spent a token, if one did. */
export function spending(ledger: Ledger, token: string): Attempt | undefined {
  return ledger.find(({ entry }) => entry.token === token && (entry.state === 'rotated' || entry.state === 'baseline'));
}

/** The claim that excludes every other on its key, until a record ends it. */
export function openClaim(ledger: Ledger): Attempt | undefined {
  const ended = new Set(ledger.map(({ entry }) => entry.ends));
  return ledger.findLast(({ number, entry }) => entry.state === 'claimed' && !ended.has(number));
}

/** Whether the last record is a refusal: nothing has been tried since somebody made sure that he had missed nothing. */
export function isSealed(ledger: Ledger): boolean {
  return ledger.at(-1)?.entry.state === 'refused';
}

/** The refusals of the latest claims, the last one last, if nothing else has become of a claim since. */
export function refusedClaims(ledger: Ledger): readonly Attempt[] {
  const ends = ledger.filter(({ entry }) => entry.ends !== undefined);
  return ends.slice(ends.findLastIndex(({ entry }) => entry.state !== 'refused') + 1);
}

/** When the owner of a claim is dead at the latest; milliseconds since the epoch. */
export function deathOf({ entry }: Attempt): number {
  return Date.parse(entry.startedAt) + FUNCTION_TIMEOUT * 1000;
}

export function lastNumber(ledger: Ledger): number {
  return ledger.at(-1)?.number ?? 0;
}

/** The first record up to `last` that was not read. All are created in order, so it exists, or somebody has deleted it. */
export function missingNumber(ledger: Ledger, last: number): number | undefined {
  const numbers = new Set(ledger.map(({ number }) => number));
  for (let number = 1; number <= last; number++) if (!numbers.has(number)) return number;
  return undefined;
}

/** How many on-demand rotations the ledger knows of. */
export function knownRotations(ledger: Ledger): number {
  return Math.max(0, ...ledger.map(({ entry }) => entry.onDemandRotationsBefore + (entry.state === 'rotated' ? 1 : 0)));
}

/** Enough of a key material's ID to tell it from the others of its key: two dozen of them lie in a claim. What is missing is like nothing. */
export function beginningOf(keyMaterialId: string | undefined): string | undefined {
  return keyMaterialId === '' ? undefined : keyMaterialId?.slice(0, 16);
}

/** The key material of all on-demand rotations that the ledger knows of, by the beginnings of the IDs. */
export function knownMaterials(ledger: Ledger): readonly string[] {
  return ledger.flatMap(({ entry: { state, materialsBefore = [], keyMaterialAfter } }) => {
    const after = state === 'rotated' ? beginningOf(keyMaterialAfter) : undefined;
    return after === undefined ? materialsBefore : [...materialsBefore, after];
  });
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
