import { LEDGER_PATH } from '../lib/protocol';
import type { Parameter } from './services';

/**
 * The format of the ledger. A record is one parameter, `/on-demand-key-rotation/<key id>/<n>` with n = 1, 2, …, created atomically, and
 * never changed or deleted. Its value is JSON, which an auditor can read.
 *
 * Ledgers outlive every stack and every version of this package: this format changes only by addition.
 */
export type LedgerRecord = Baseline | Claimed | Requested | Rotated | Refused;

interface Common {
  /** The n in the parameter's name; not part of its value. */
  readonly number: number;
  readonly token: string;
  readonly keyArn: string;
  /** By the writer's clock; UTC, ISO 8601. */
  readonly recordedAt: string;
  /** Who wrote it: the ARN of the stack, the rotation's logical ID, CloudFormation's request and the invocation of the handler. */
  readonly stackId: string;
  readonly logicalResourceId: string;
  readonly requestId: string;
  readonly invocation: string;
}

/** The token is used up without a rotation: it is the key's first. */
export interface Baseline extends Common {
  readonly state: 'baseline';
  /** The claim that ends here without a rotation. */
  readonly ends?: number;
  readonly keyMaterialAfter?: string;
  readonly remainingRotations?: number;
}

/** Only its owner may call KMS, once. It is open until a record ends it. */
export interface Claimed extends Common {
  readonly state: 'claimed';
  /** The claim that ends here without a rotation. */
  readonly ends?: number;
  readonly keyMaterialBefore?: string;
  /** The beginnings of the key material IDs of all on-demand rotations that KMS listed. */
  readonly materialsBefore: readonly string[];
}

/** KMS has accepted the call under a claim, which stays open. Written if the rotation takes long. */
export interface Requested extends Common {
  readonly state: 'requested';
  readonly claim: number;
  readonly acceptedAt?: string;
  /** KMS's request ID, which CloudTrail records, too. */
  readonly kmsRequestId?: string;
}

/** The claim's new key material is in force: the token is used up. */
export interface Rotated extends Common {
  readonly state: 'rotated';
  readonly ends?: number;
  readonly rotationDate?: string;
  readonly keyMaterialAfter?: string;
  readonly remainingRotations?: number;
  readonly acceptedAt?: string;
  readonly kmsRequestId?: string;
}

/** Why a request failed. Neither it nor the claim that it ends has rotated the key. */
export interface Refused extends Common {
  readonly state: 'refused';
  readonly ends?: number;
  /** The failure's code in docs/errors.md. */
  readonly code?: string;
  readonly reason?: string;
}

/** What is wrong with a parameter below a ledger's path. */
export interface Damage {
  readonly parameter: string;
  /** `stray`: its name is not that of a record. `unreadable`: its value is not a record. `changed`: it was overwritten; records never are. */
  readonly kind: 'stray' | 'unreadable' | 'changed';
}

/** What the parameters below a ledger's path hold. */
export interface Contents {
  /** By number. */
  readonly records: readonly LedgerRecord[];
  readonly damage: readonly Damage[];
  /** The highest number that is taken, even if its record is damaged. */
  readonly last: number;
}

export function pathOf(keyId: string): string {
  return `${LEDGER_PATH}/${keyId}`;
}

export function parameterName(keyId: string, number: number): string {
  return `${pathOf(keyId)}/${number}`;
}

/** A record without its number. */
export type NewRecord = LedgerRecord extends infer R ? (R extends LedgerRecord ? Omit<R, 'number'> : never) : never;

export function serialize(record: NewRecord): string {
  // Parameter Store refuses values that contain a reference in double braces, and a token may look like one.
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  return JSON.stringify(record).replaceAll('{{', '{\\u007b');
}

/** Reads the records below a key's path. Anything else is reported as damage: it may be a corrupted record. */
export function parse(keyId: string, parameters: readonly Parameter[]): Contents {
  const records: LedgerRecord[] = [];
  const damage: Damage[] = [];
  let last = 0;
  for (const { name, value, version } of parameters) {
    const number = numberOf(keyId, name);
    if (number === undefined) {
      damage.push({ parameter: name, kind: 'stray' });
      continue;
    }
    last = Math.max(last, number);
    const record = parseValue(number, value);
    if (version !== 1) damage.push({ parameter: name, kind: 'changed' });
    else if (record) records.push(record);
    else damage.push({ parameter: name, kind: 'unreadable' });
  }
  return { records: records.sort((a, b) => a.number - b.number), damage, last };
}

/** Only canonical numbers: otherwise `/01` would collide with `/1`. */
function numberOf(keyId: string, name: string): number | undefined {
  const path = `${pathOf(keyId)}/`;
  const digits = name.startsWith(path) ? /^[1-9]\d{0,8}$/.exec(name.slice(path.length)) : null;
  return digits ? Number(digits[0]) : undefined;
}

function parseValue(number: number, value: string): LedgerRecord | undefined {
  let record: unknown;
  try {
    record = JSON.parse(value);
  } catch {
    return undefined;
  }
  return isRecord(record) ? { ...record, number } : undefined;
}

/** Checks what decisions depend on; the rest is for people. */
function isRecord(value: unknown): value is LedgerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { state, token, recordedAt, ends, materialsBefore, claim } = value as Readonly<Record<string, unknown>>;
  if (typeof token !== 'string' || typeof recordedAt !== 'string' || Number.isNaN(Date.parse(recordedAt))) return false;
  if (ends !== undefined && typeof ends !== 'number') return false;
  switch (state) {
    case 'claimed':
      return Array.isArray(materialsBefore) && materialsBefore.every((material) => typeof material === 'string');
    case 'requested':
      return typeof claim === 'number';
    case 'baseline':
    case 'rotated':
    case 'refused':
      return true;
    default:
      return false;
  }
}
