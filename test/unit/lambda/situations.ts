import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import type { KeyState } from '../../../lambda/key-state';
import type { LedgerView } from '../../../lambda/ledger';
import type { LedgerRecord, NewRecord } from '../../../lambda/ledger-record';
import type { RotationRequest } from '../../../lambda/request';
import type { Situation } from '../../../lambda/situation';

export const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
export const KEY_ARN = `arn:aws:kms:eu-central-1:123456789012:key/${KEY_ID}`;
export const NOW = Date.UTC(2026, 10, 22, 12);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Milliseconds since the epoch. */
export const ago = (milliseconds: number): number => NOW - milliseconds;
export const OURS = 'our-invocation';
export const THEIRS = 'their-invocation';

/** 64 digits, the first of which distinguish the materials. */
export const material = (n: number): string => String(n).padStart(4, '0').repeat(16);

export function request(more: Partial<RotationRequest> = {}): RotationRequest {
  return {
    type: 'Create',
    keyArn: KEY_ARN,
    keyId: KEY_ID,
    region: 'eu-central-1',
    token: 'A',
    tokenDigest: 'digest',
    unchanged: false,
    baselineOnly: false,
    completionTimeout: 10 * MINUTE,
    reservedRotations: 5,
    expectedKeyMaterialId: undefined,
    problem: undefined,
    requestedAt: NOW,
    requestId: 'request',
    stackId: 'stack',
    logicalResourceId: 'Rotation',
    ...more,
  };
}

/** A record of another invocation, half an hour ago. */
export function record(
  number: number,
  state: NewRecord['state'],
  more: Partial<Record<string, unknown>> = {},
): LedgerRecord {
  return {
    number,
    state,
    token: 'A',
    keyArn: KEY_ARN,
    recordedAt: new Date(ago(30 * MINUTE)).toISOString(),
    stackId: 'their-stack',
    logicalResourceId: 'Theirs',
    requestId: 'their-request',
    invocation: THEIRS,
    ...(state === 'claimed' && { keyMaterialBefore: material(0), materialsBefore: [] }),
    ...(state === 'requested' && { claim: number - 1 }),
    ...more,
  } as LedgerRecord;
}

export const at = (milliseconds: number) => ({ recordedAt: new Date(milliseconds).toISOString() });

/** A ledger that was read just now. */
export function ledger(records: readonly LedgerRecord[] = [], more: Partial<LedgerView> = {}): LedgerView {
  return {
    records,
    readAt: NOW,
    isStale: false,
    isUnreadable: false,
    damage: [],
    last: records.at(-1)?.number ?? 0,
    writeFailedAt: undefined,
    created: undefined,
    overwritten: undefined,
    ...more,
  };
}

export function rotation(n: number, date: number, more: Partial<RotationsListEntry> = {}): RotationsListEntry {
  return { KeyMaterialId: material(n), RotationDate: new Date(date), RotationType: 'ON_DEMAND', ...more };
}

/** An eligible key at rest whose newest rotation is in force. */
export function key(
  rotations: readonly RotationsListEntry[] = [],
  { metadata, ...more }: Partial<Omit<KeyState, 'metadata'>> & { readonly metadata?: Partial<KeyMetadata> } = {},
): KeyState {
  return {
    metadata: {
      KeyId: KEY_ID,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      MultiRegion: false,
      CurrentKeyMaterialId: rotations.at(-1)?.KeyMaterialId ?? material(0),
      ...metadata,
    },
    seenAt: NOW,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations,
    pendingMaterial: undefined,
    ...more,
  };
}

/** A Create of token A for a key without a ledger, read just now, with ten minutes left. */
export function situation(more: Partial<Situation> = {}): Situation {
  return {
    request: request(),
    invocation: OURS,
    now: NOW,
    deadline: NOW + 10 * MINUTE,
    end: NOW + 13 * MINUTE,
    ledger: ledger(),
    key: key(),
    inProgress: undefined,
    calls: {},
    failure: undefined,
    ...more,
  };
}
