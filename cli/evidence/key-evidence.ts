import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { unfitKind } from '../../lambda/eligibility';
import { isSame } from '../../lambda/key-state';
import { openClaim, settledAt } from '../../lambda/ledger';
import type { LedgerRecord, Refused, Rotated } from '../../lambda/ledger-record';
import { tokenDigest } from '../../lambda/request';
import { type KeyFacts, factsOf } from '../key-facts';
import { recordOf } from '../key-report';
import type { KeyView } from '../region-reader';
import { type Period, isIn } from './period';
import type { Trail, TrailEvent } from './trail';

/**
 * - `rotated`: KMS lists the rotation, and a record says for which token.
 * - `automatic`: KMS has rotated by its schedule.
 * - `by hand`: KMS lists an on-demand rotation behind which no record stands.
 * - `no rotation`: a record says that KMS has rotated, and KMS does not list it.
 * - `refused`: a request failed, and rotated nothing.
 * - `undecided`: a claim that nobody has ended.
 * - `baseline`: a token was recorded without a rotation.
 * - `never rotated`: of a key that could be.
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

/** Of these somebody has to say why. */
export const MISMATCHES: readonly Kind[] = ['by hand', 'no rotation', 'refused', 'undecided', 'never rotated'];

/** One thing that has happened to a key, from all that tell of it. */
export interface Entry {
  readonly kind: Kind;
  /** UTC, ISO 8601; `undefined` of what has never happened. */
  readonly at: string | undefined;
  readonly token?: string;
  readonly tokenDigest?: string;
  /** Who asked: a stack and the rotation in it, or whoever ran the command line. */
  readonly stackId?: string;
  readonly logicalResourceId?: string;
  readonly requestId?: string;
  readonly materialBefore?: string;
  readonly materialAfter?: string;
  readonly kmsRequestId?: string;
  /** From CloudTrail. */
  readonly caller?: string;
  readonly sourceIp?: string;
  /** `missing`: CloudTrail reaches there, and knows of no such call. `out of reach`: of that moment it does not tell. */
  readonly trail?: 'found' | 'missing' | 'out of reach';
  readonly reason?: string;
}

export interface KeyEvidence extends KeyFacts {
  readonly createdAt: string | undefined;
  /** In their order. */
  readonly entries: readonly Entry[];
  /** What could not be read. */
  readonly unknown: readonly string[];
}

/** Everything that KMS, the ledger and CloudTrail tell of a key in a period, put together. */
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
    // First what is known by its request ID: what is left over is by hand.
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
    // Without its ledger nobody knows whose it is.
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
        const reason = 'Whoever asked for this rotation never said how it ended, and KMS lists none';
        return [{ ...this.signature(record), kind: 'undecided', at: record.recordedAt, reason }];
      }
      case 'requested':
        return [];
    }
  }

  /** KMS lists no material of a key that it does not list at all. */
  private isListed({ keyMaterialAfter }: Rotated): boolean {
    const { lacks, isGone } = this.view;
    const isUnread = isGone || lacks.has('ListKeyRotations') || lacks.has('DescribeKey');
    return isUnread || this.rotations.some(({ KeyMaterialId }) => isSame(KeyMaterialId, keyMaterialAfter));
  }

  /** Who stands behind a record; where another one has completed a rotation, who began it. */
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

  /** By KMS's request ID; where the record has none, by the invocation that the user agent names. */
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

  /** Of a rotation by hand: the last call in the hour before it that is no record's. The slowest recorded rotation took eight minutes. */
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
      this.trail.completions.find(({ currentMaterial }) => isSame(currentMaterial, after))?.previousMaterial
    );
  }
}

function reasonOf({ code, reason }: Refused): string {
  return `${code === undefined ? '' : `[${code}] `}${reason ?? ''}`;
}
