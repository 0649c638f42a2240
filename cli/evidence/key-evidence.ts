import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { unfitKind } from '../../lambda/eligibility';
import { isSameMaterial } from '../../lambda/key-state';
import { openClaim, settledAt } from '../../lambda/ledger';
import type { LedgerRecord, Refused, Rotated } from '../../lambda/ledger-record';
import { tokenDigest } from '../../lambda/token-digest';
import { type KeyFacts, factsOf } from '../key-facts';
import { recordOf } from '../key-report';
import type { KeyView } from '../region-reader';
import { type Period, isIn } from './period';
import type { Trail, TrailEvent } from './trail';

/**
 * - `rotated`: KMS lists the rotation, and a record says for which token.
 * - `automatic`: KMS has rotated on its schedule.
 * - `by hand`: KMS lists an on-demand rotation without a record.
 * - `no rotation`: a record of a rotation that KMS does not list.
 * - `refused`: a request failed without a rotation.
 * - `undecided`: a settled claim that no record has ended.
 * - `baseline`: a token was recorded without a rotation.
 * - `never rotated`: an eligible key has not rotated in the period.
 */
export const KINDS = [
  'rotated',
  'automatic',
  'by hand',
  'no rotation',
  'refused',
  'undecided',
  'baseline',
  'never rotated',
] as const;
export type Kind = (typeof KINDS)[number];

/** These need an explanation. */
export const MISMATCHES: readonly Kind[] = ['by hand', 'no rotation', 'refused', 'undecided', 'never rotated'];

/** An event of a key, with the evidence from all sources. */
export interface Entry {
  readonly kind: Kind;
  /** UTC, ISO 8601; `undefined` for `never rotated`. */
  readonly at: string | undefined;
  readonly token?: string;
  readonly tokenDigest?: string;
  /** The requester: a stack and the rotation in it, or the caller of the command line. */
  readonly stackId?: string;
  readonly logicalResourceId?: string;
  readonly requestId?: string;
  readonly materialBefore?: string;
  readonly materialAfter?: string;
  readonly kmsRequestId?: string;
  /** From CloudTrail. */
  readonly caller?: string;
  readonly sourceIp?: string;
  /** `missing`: CloudTrail covers that time, but has no such call. `out of reach`: it does not cover that time. */
  readonly trail?: 'found' | 'missing' | 'out of reach';
  readonly reason?: string;
}

export interface KeyEvidence extends KeyFacts {
  readonly createdAt: string | undefined;
  /** In chronological order. */
  readonly entries: readonly Entry[];
  /** What could not be read. */
  readonly unknown: readonly string[];
}

/** Combines what KMS, the ledger and CloudTrail show of a key in a period. */
export function evidenceOf(view: KeyView, trail: Trail, period: Period, now: number): KeyEvidence {
  const { keyArn, key, lacks } = view;
  const entries = new EntryMaker(view, trail, now).entries();
  const within = entries.filter(({ at }) => at !== undefined && isIn(period, Date.parse(at)));
  const couldRotate = key !== undefined && unfitKind(keyArn, key.metadata) === undefined;
  const isKnown = !lacks.has('ListKeyRotations') && !lacks.has('DescribeKey');
  const hasRotated = within.some(({ kind }) => kind === 'rotated' || kind === 'automatic' || kind === 'by hand');
  const never: Entry[] = couldRotate && isKnown && !hasRotated ? [{ kind: 'never rotated', at: undefined }] : [];
  return {
    ...factsOf(view),
    createdAt: key?.metadata.CreationDate?.toISOString(),
    entries: [...within, ...never],
    unknown: [...lacks],
  };
}

const HOUR = 60 * 60_000;

class EntryMaker {
  private readonly ledger: readonly LedgerRecord[];
  private readonly rotations: readonly RotationsListEntry[];
  private readonly calls: readonly TrailEvent[];
  private readonly matched = new Set<TrailEvent>();

  public constructor(
    private readonly view: KeyView,
    private readonly trail: Trail,
    private readonly now: number,
  ) {
    this.ledger = view.ledger.records;
    this.rotations = view.key?.rotations ?? [];
    this.calls = trail.calls.filter(({ keyArn, errorCode }) => keyArn === view.keyArn && errorCode === undefined);
  }

  public entries(): Entry[] {
    // Match recorded rotations to their calls first; the remaining calls belong to rotations by hand.
    const recorded = this.rotations.map((rotation, index) => this.recorded(rotation, index));
    const listed = recorded.map((entry, index) => entry ?? this.unrecorded(index));
    const others = this.ledger.flatMap((record) => this.ofRecord(record));
    return [...listed, ...others].sort((one, other) => (one.at ?? '').localeCompare(other.at ?? ''));
  }

  private recorded(rotation: RotationsListEntry, index: number): Entry | undefined {
    const record = recordOf(rotation, this.ledger);
    if (!record) return undefined;
    return {
      ...this.signature(record),
      kind: 'rotated',
      at: rotation.RotationDate?.toISOString(),
      materialBefore: this.materialBefore(index, record),
      materialAfter: rotation.KeyMaterialId,
    };
  }

  private unrecorded(index: number): Entry {
    const rotation = this.rotations[index];
    const at = rotation?.RotationDate;
    const isAutomatic = rotation?.RotationType === 'AUTOMATIC';
    // Without the ledger, it may have a token.
    const isUnknown = !isAutomatic && this.view.lacks.has('ledger');
    return {
      kind: isAutomatic ? 'automatic' : isUnknown ? 'rotated' : 'by hand',
      at: at?.toISOString(),
      materialBefore: this.materialBefore(index, undefined),
      materialAfter: rotation?.KeyMaterialId,
      ...(isAutomatic || !at ? {} : this.callBefore(at.getTime())),
    };
  }

  private ofRecord(record: LedgerRecord): Entry[] {
    switch (record.state) {
      case 'rotated':
        return this.isListed(record)
          ? []
          : [
              {
                ...this.signature(record),
                kind: 'no rotation',
                at: record.recordedAt,
                materialAfter: record.keyMaterialAfter,
              },
            ];
      case 'refused':
        return [{ ...this.signature(record), kind: 'refused', at: record.recordedAt, reason: reasonOf(record) }];
      case 'baseline':
        return [{ ...this.signature(record), kind: 'baseline', at: record.recordedAt }];
      case 'claimed': {
        const isOpen = openClaim(this.ledger)?.number === record.number;
        if (!isOpen || this.now < settledAt(record)) return [];
        const reason = 'The request for this rotation recorded no outcome, and KMS lists no rotation';
        return [{ ...this.signature(record), kind: 'undecided', at: record.recordedAt, reason }];
      }
      case 'requested':
        return [];
    }
  }

  /** Counts as listed if KMS's list could not be read. */
  private isListed({ keyMaterialAfter }: Rotated): boolean {
    const { lacks, isGone } = this.view;
    const isUnread = isGone || lacks.has('ListKeyRotations') || lacks.has('DescribeKey');
    return isUnread || this.rotations.some(({ KeyMaterialId }) => isSameMaterial(KeyMaterialId, keyMaterialAfter));
  }

  /** The requester of a record; for a rotation, that of its claim. */
  private signature(record: LedgerRecord): Omit<Entry, 'kind' | 'at'> {
    const claim = record.state === 'rotated' ? this.claimOf(record) : undefined;
    const { token, stackId, logicalResourceId, requestId } = claim ?? record;
    return {
      token,
      tokenDigest: tokenDigest(token),
      stackId,
      logicalResourceId,
      requestId,
      ...(record.state === 'rotated' && { kmsRequestId: record.kmsRequestId, ...this.callOf(record) }),
    };
  }

  /** Matched by KMS's request ID, or if the record has none, by the invocation in the user agent. */
  private callOf(record: Rotated): Pick<Entry, 'caller' | 'sourceIp' | 'trail'> {
    const { invocation } = this.claimOf(record) ?? record;
    const call = this.calls.find(({ requestId, userAgent }) =>
      record.kmsRequestId === undefined
        ? userAgent.includes(`md/invocation#${invocation} `)
        : requestId === record.kmsRequestId,
    );
    const at = Date.parse(record.acceptedAt ?? this.claimOf(record)?.recordedAt ?? record.recordedAt);
    return this.found(call, at);
  }

  /** For a rotation by hand: the last unmatched call in the hour before it. The slowest recorded rotation took eight minutes. */
  private callBefore(at: number): Pick<Entry, 'caller' | 'sourceIp' | 'trail' | 'kmsRequestId'> {
    const call = this.calls.findLast((each) => each.at <= at && each.at >= at - HOUR && !this.matched.has(each));
    return { ...this.found(call, at), ...(call && { kmsRequestId: call.requestId }) };
  }

  private found(call: TrailEvent | undefined, at: number): Pick<Entry, 'caller' | 'sourceIp' | 'trail'> {
    if (!call) return { trail: this.trail.reaches(at) ? 'missing' : 'out of reach' };
    this.matched.add(call);
    return { caller: call.caller, sourceIp: call.sourceIp, trail: 'found' };
  }

  private claimOf({ ends }: Rotated): LedgerRecord | undefined {
    return this.ledger.find(({ number }) => number === ends);
  }

  private materialBefore(index: number, record: Rotated | undefined): string | undefined {
    const claim = record && this.claimOf(record);
    const after = this.rotations[index]?.KeyMaterialId;
    return (
      this.rotations[index - 1]?.KeyMaterialId ??
      (claim?.state === 'claimed' ? claim.keyMaterialBefore : undefined) ??
      this.trail.completions.find(({ currentMaterial }) => isSameMaterial(currentMaterial, after))?.previousMaterial
    );
  }
}

function reasonOf({ code, reason }: Refused): string {
  return `${code === undefined ? '' : `[${code}] `}${reason ?? ''}`;
}
