import { NONE } from '../../lib/protocol';
import type { Properties, Request, ResourceResponse } from './cloudformation';
import type { Configuration } from './configuration';
import { ROTATIONS_PER_KEY, type Rotation } from './kms-key';

/** The promises, by the names under which violations are reported. */
export type Invariant =
  | 'at most one rotation per token'
  | 'SUCCESS only when in force'
  | 'no rotation reported that never was'
  | 'answered, or delivered again'
  | 'rollback never FAILED'
  | 'constant physical ID'
  | 'no refusal taken for a rotation'
  | 'no rotation taken for a refusal'
  | 'every verdict is true'
  | 'SUCCESS when in force in time'
  | 'the reserve is kept'
  | 'a fault that passes changes no outcome'
  | 'the ledger stays short'
  | 'no key is stuck';

export class Violation extends Error {
  public constructor(
    public readonly invariant: Invariant,
    message: string,
  ) {
    super(message);
  }
}

/** What an invocation has seen of a key. */
export interface Views {
  /** Rotations whose start date it saw. */
  readonly inProgress: ReadonlySet<Rotation>;
  /** Those of the last list. */
  readonly listed: readonly Rotation[];
}

/** What the invariants need to know about an invocation that responds. */
export interface RespondingInvocation {
  readonly request: Request;
  readonly startedAt: number;
  /** A complete read of the ledger showed that the token is used up. */
  readonly sawSpent: boolean;
  /** Its last read of the ledger; `disturbed`: the read failed or lagged; `damaged`: it showed a damaged record. */
  readonly lastRead: { readonly at: number; readonly disturbed: boolean; readonly damaged: boolean } | undefined;
  readonly wasDelayed: boolean;
  /** One of its calls deviated, failed or showed a damaged record. */
  readonly wasDisturbed: boolean;
  /** When it last read the ledger or wrote to it. */
  readonly ledgerAccessedAt: number;
}

/** What the invariants need to know about an invocation that writes to the ledger. */
export interface WritingInvocation {
  readonly views: Views;
  readonly hasCalled: boolean;
  readonly hasRotated: boolean;
}

interface Claim {
  readonly number: number;
  readonly owner: WritingInvocation;
  /** It ends a claim of its token by another invocation, whose call may have been accepted. */
  readonly takesOver: boolean;
  /** What its owner had seen when it called KMS; if it did not, or took over an earlier claim, when it claimed. */
  views: Views;
  /** When its owner called KMS. */
  calledAt: number;
  /** By its owner's clock. */
  readonly recordedAt: number;
  endAt: number;
}

interface TokenHistory {
  readonly key: string;
  readonly token: string;
  readonly rotations: Rotation[];
  /** Request IDs of the calls that KMS accepted, including swallowed ones. */
  readonly accepted: Set<string>;
  isBaseline: boolean;
  usedUpAt: number;
  /** Key material that the ledger attributes to this token; for a baseline, the material that it found. */
  readonly recorded: Set<string>;
  readonly claims: Claim[];
}

interface WrittenRecord {
  readonly state: string;
  readonly token: string;
  readonly keyArn: string;
  readonly recordedAt: string;
  readonly ends?: number;
  readonly keyMaterialAfter?: string;
  readonly kmsRequestId?: string;
}

const SECOND = 1000;
/** More than the longest script needs, whatever happens. */
const MOST_RECORDS = 100;
/** How far clocks may be apart before a rotation that preceded a claim can be attributed to it. */
const CLOCK_DIFFERENCE = 10 * SECOND;
/** A claim's owner can call KMS for 15 minutes, and its rotation is over within the hour after that. */
const SETTLEMENT = (15 + 60) * 60 * SECOND;
/** The function's fifteen minutes without the reserve for the response. */
const TIME_TO_TRY = 13 * 60 * SECOND;
/** How long after the call a rotation that preceded the claim can be attributed to it after all, since dates can be wrong. */
const OVERDUE = 5 * 60 * SECOND;

/**
 * Watches a run, and throws a `Violation` as soon as a promise is broken. Only the effect of a call can break one, so checking
 * every effect is as good as checking every state.
 */
export class Witness {
  private readonly tokens = new Map<string, TokenHistory>();
  private readonly physicalIds = new Map<string, string>();
  private readonly byHand: { readonly key: string; readonly rotation: Rotation }[] = [];
  /** How often the exception for rotations by hand was needed. */
  public excused = 0;

  /** The request timed out before its rotation finished, or too soon after it to retry a failed read. */
  public wasTooLate = false;

  /** How far a rotation by hand may be dated outside of a claim's time and still be attributed to it. */
  private readonly margin: number;

  public constructor(
    private readonly now: () => number,
    private readonly configuration: Configuration,
  ) {
    this.margin = Math.max(CLOCK_DIFFERENCE, ...configuration.clockSkews.map((skew) => skew * SECOND));
  }

  public rotatedByHand(key: string, rotation: Rotation | undefined): void {
    if (rotation) this.byHand.push({ key, rotation });
  }

  /** The owner of a token's latest claim calls KMS. */
  public called(key: string, token: string, { inProgress, listed }: Views): void {
    const claim = this.historyOf(key, token).claims.at(-1);
    if (!claim) return;
    claim.calledAt = Math.min(claim.calledAt, this.now());
    if (!claim.takesOver) claim.views = { inProgress: new Set(inProgress), listed };
  }

  /** KMS has accepted a call, or swallowed it if there is no `rotation`. */
  public rotated(key: string, token: string, rotation: Rotation | undefined, kmsRequestId: string): void {
    const history = this.historyOf(key, token);
    history.accepted.add(kmsRequestId);
    if (!rotation) return;
    history.rotations.push(rotation);
    if (history.rotations.length > 1) {
      throw new Violation(
        'at most one rotation per token',
        `Token ${token} has rotated ${key} ${history.rotations.length} times`,
      );
    }
  }

  /** @returns the state that was written. */
  public recorded(name: string, value: string, writer: WritingInvocation): string {
    const record = JSON.parse(value) as WrittenRecord;
    const history = this.historyOf(record.keyArn, record.token);
    const number = Number(name.slice(name.lastIndexOf('/') + 1));
    if (number > MOST_RECORDS) throw new Violation('the ledger stays short', `A ledger has ${number} records`);
    switch (record.state) {
      case 'claimed': {
        const ended = history.claims.find((claim) => claim.number === record.ends);
        history.claims.push({
          number,
          owner: writer,
          takesOver: ended !== undefined && (ended.owner !== writer || ended.takesOver),
          views: { inProgress: new Set(writer.views.inProgress), listed: writer.views.listed },
          calledAt: Infinity,
          recordedAt: Date.parse(record.recordedAt),
          endAt: Infinity,
        });
        break;
      }
      case 'requested':
        if (!history.accepted.has(record.kmsRequestId ?? ''))
          throw new Violation(
            'no refusal taken for a rotation',
            `Record ${number} says that KMS accepted a call, but it did not`,
          );
        break;
      case 'refused':
        if (writer.hasRotated)
          throw new Violation(
            'no rotation taken for a refusal',
            `Record ${number} says that its request rotated nothing, but it did`,
          );
        break;
      case 'baseline':
        if (history.rotations.length > 0)
          throw new Violation(
            'no rotation taken for a refusal',
            `Record ${number} says that ${record.token} is used up without a rotation, but it has caused one`,
          );
        history.isBaseline = true;
        break;
      case 'rotated':
        this.checkRotated(history, record, number, writer);
        break;
    }
    if (record.state === 'rotated' || record.state === 'baseline') {
      history.usedUpAt = Math.min(history.usedUpAt, this.now());
      history.recorded.add(record.keyMaterialAfter ?? '');
    }
    if (record.ends !== undefined) this.ended(record.keyArn, record.ends);
    return record.state;
  }

  /** A response has reached CloudFormation, whether or not the handler knows. */
  public responded(invocation: RespondingInvocation, response: ResourceResponse): void {
    this.checkPhysicalId(invocation.request, response);
    const { event, isRollback } = invocation.request;
    if (event.RequestType === 'Delete') return;
    const history = this.historyOf(event.ResourceProperties.KeyArn, event.ResourceProperties.RotationToken);
    if (response.Status === 'SUCCESS') this.checkSuccess(history, invocation.request, response);
    else {
      this.checkVerdict(history, invocation, response);
      this.checkInTime(history, invocation, response);
    }
    if (response.Status === 'FAILED' && isRollback) this.checkFailedRollback(history, invocation, response);
  }

  /** The tokens requested for a key. */
  public tokensOf(key: string): readonly string[] {
    return [...this.tokens.values()].filter((history) => history.key === key).map(({ token }) => token);
  }

  public isUsedUp(key: string, token: string): boolean {
    return this.historyOf(key, token).usedUpAt < Infinity;
  }

  /** Whether KMS accepted or swallowed a call for this token. */
  public wasAccepted(key: string, token: string): boolean {
    return this.historyOf(key, token).accepted.size > 0;
  }

  /**
   * A verdict must be true as of the invocation's last access to the ledger. What others do while the response is in flight, the
   * invocation cannot know.
   */
  private checkVerdict(
    history: TokenHistory,
    { ledgerAccessedAt }: RespondingInvocation,
    { Reason = '' }: ResourceResponse,
  ): void {
    const { token, rotations, usedUpAt, isBaseline, accepted } = history;
    const verdict = /^\[\w+\] ([A-Z ]+)\. /.exec(Reason)?.[1];
    const hasRotated =
      rotations.some(({ acceptedAt }) => acceptedAt <= ledgerAccessedAt) ||
      (usedUpAt <= ledgerAccessedAt && !isBaseline);
    const mayBeAttributed = history.claims.some((claim) => this.attributableTo(history, claim).length > 0);
    const isTrue = {
      'NOT ROTATED': !hasRotated,
      'ROTATED BEFORE': hasRotated || isBaseline || mayBeAttributed,
      'ROTATION IN PROGRESS': accepted.size > 0 || mayBeAttributed,
      UNKNOWN: true,
    }[verdict ?? ''];
    if (isTrue !== true)
      throw new Violation(
        'every verdict is true',
        `The response for ${token}, which has ${hasRotated ? '' : 'not '}rotated, is: ${Reason}`,
      );
  }

  /**
   * A rotation that is over a second before the timeout must not end in FAILED, unless the invocation was disturbed, or had to wait for a
   * rotation by hand: as long as that is in progress, no other is certain to be in force.
   */
  private checkInTime(
    { key, token, rotations }: TokenHistory,
    invocation: RespondingInvocation,
    { Reason }: ResourceResponse,
  ): void {
    const lastPoll = invocation.startedAt + timeoutOf(invocation.request) - SECOND;
    const isOver = (then: number) =>
      rotations.some(({ startDateGoneAt, inForceAt, listedAt }) =>
        [startDateGoneAt, inForceAt, listedAt].every((at) => at <= then),
      );
    this.wasTooLate ||= rotations.length > 0 && !isOver(lastPoll - 5 * SECOND);
    const hadToWait = this.byHand.some(({ key: other, rotation }) => other === key && rotation.listedAt > lastPoll);
    if (isOver(lastPoll) && !hadToWait && !invocation.wasDisturbed && this.configuration.isPunctual)
      throw new Violation(
        'SUCCESS when in force in time',
        `FAILED for ${token}, whose rotation was in time: ${Reason ?? ''}`,
      );
  }

  /** The reserve is kept, unless somebody has rotated by hand, which the ledger does not know. */
  public checkReserve(key: string, used: number, { RotationToken, ReservedRotations }: Properties): void {
    const left = ROTATIONS_PER_KEY - used;
    if (left < Number(ReservedRotations ?? 0) && !this.byHand.some((one) => one.key === key))
      throw new Violation(
        'the reserve is kept',
        `Token ${RotationToken} has left ${key} ${left} rotations, but reserves ${ReservedRotations ?? ''}`,
      );
  }

  /** Relies on the ledger, whose records were checked when they were written. */
  private checkSuccess({ token, recorded }: TokenHistory, { event }: Request, { Data }: ResourceResponse): void {
    const { ResourceProperties: next, OldResourceProperties: last } = event;
    const unchanged = last?.KeyArn === next.KeyArn && last.RotationToken === next.RotationToken;
    if (!unchanged && recorded.size === 0)
      throw new Violation('SUCCESS only when in force', `SUCCESS for ${token}, which the ledger does not record`);
    const material = Data?.KeyMaterialId ?? NONE;
    if (material !== NONE && !recorded.has(material))
      throw new Violation('no rotation reported that never was', `SUCCESS for ${token} reports ${material}`);
  }

  /** The claim that a `rotated` record ends must have brought the recorded material into force. */
  private checkRotated(history: TokenHistory, record: WrittenRecord, number: number, writer: WritingInvocation): void {
    const { keyMaterialAfter: material = '', ends, kmsRequestId } = record;
    const claim = history.claims.find((one) => one.number === ends);
    const own = history.rotations.find((rotation) => rotation.material === material);
    const rotation =
      own ?? (claim && this.attributableTo(history, claim).find((candidate) => candidate.material === material));
    const says = `Record ${number} says that ${history.token} has brought ${material} into force`;
    if (!rotation) throw new Violation('no rotation reported that never was', `${says}, but it has not`);
    if (claim?.owner === writer && !writer.hasCalled && !claim.takesOver)
      throw new Violation('no rotation reported that never was', `${says}, but KMS was not called`);
    if (rotation.inForceAt > this.now()) throw new Violation('SUCCESS only when in force', `${says}, but too early`);
    if (kmsRequestId !== undefined && !history.accepted.has(kmsRequestId))
      throw new Violation('no rotation reported that never was', `${says}, by a request that KMS has not accepted`);
    if (own) return;
    // If the clocks agree, no rotation of the token itself may be listed with an earlier date.
    const first = history.rotations.find((mine) => writer.views.listed.includes(mine) && isDatedBefore(mine, rotation));
    const clocksAgree = this.configuration.clockSkews.every((skew) => Math.abs(skew) * SECOND <= CLOCK_DIFFERENCE);
    if (first && clocksAgree)
      throw new Violation('no rotation reported that never was', `${says}, but ${first.material} came first`);
    this.excused++;
  }

  /**
   * If the token was used up before, a rollback may fail only because of a damaged ledger, or because reads of the ledger failed or
   * lagged until the end of the time that the function has.
   */
  private checkFailedRollback(
    history: TokenHistory,
    invocation: RespondingInvocation,
    response: ResourceResponse,
  ): void {
    if (!(history.usedUpAt < invocation.startedAt)) return;
    const { at, disturbed, damaged } = invocation.lastRead ?? {
      at: invocation.startedAt,
      disturbed: false,
      damaged: false,
    };
    if (damaged) return;
    const gaveUpEarly = !invocation.wasDelayed && at < invocation.startedAt + TIME_TO_TRY - 30 * SECOND;
    if (invocation.sawSpent || !disturbed || gaveUpEarly) {
      throw new Violation('rollback never FAILED', `The rollback to ${history.token} FAILED: ${response.Reason ?? ''}`);
    }
  }

  private checkPhysicalId({ event, resource }: Request, response: ResourceResponse): void {
    const name = `${resource.stack}/${resource.logicalId}`;
    const expected = event.PhysicalResourceId ?? this.physicalIds.get(name) ?? response.PhysicalResourceId;
    if (event.RequestType !== 'Delete') this.physicalIds.set(name, expected);
    if (response.PhysicalResourceId !== expected) {
      throw new Violation(
        'constant physical ID',
        `${name} was ${expected} and is ${response.PhysicalResourceId} in the response`,
      );
    }
  }

  /**
   * The one exception: KMS does not distinguish rotations by hand from ours. A rotation that the claim's owner had not seen before its
   * call, and that was over between the claim and the end of the hour, may be attributed to the claim, and may have swallowed its call.
   * This excuses neither a second rotation nor a SUCCESS before that rotation is in force.
   */
  private attributableTo(history: TokenHistory, { views, recordedAt, calledAt, endAt }: Claim): readonly Rotation[] {
    const isOverdue = this.now() >= Math.min(calledAt + OVERDUE, recordedAt + SETTLEMENT - this.margin);
    const from = isOverdue ? -Infinity : recordedAt - this.margin;
    const to = recordedAt + SETTLEMENT + this.margin;
    return this.unattributed(history).filter(
      (rotation) =>
        !views.listed.includes(rotation) &&
        (isOverdue || !wasInProgress(rotation, views)) &&
        rotation.listedAt >= from &&
        rotation.listedAt <= to &&
        rotation.acceptedAt <= endAt,
    );
  }

  /**
   * Rotations of the token's key that belong to no token: those by hand, and those of other tokens that are recorded with a
   * different rotation. So the exception can pass from claim to claim, but starts with a rotation by hand.
   */
  private unattributed({ key, token }: TokenHistory): readonly Rotation[] {
    const byHand = this.byHand.filter((one) => one.key === key).map(({ rotation }) => rotation);
    const others = [...this.tokens.values()].filter(
      (other) => other.key === key && other.token !== token && other.recorded.size > 0,
    );
    return [
      ...byHand,
      ...others.flatMap(({ rotations, recorded }) => rotations.filter(({ material }) => !recorded.has(material))),
    ];
  }

  private ended(key: string, number: number): void {
    for (const history of this.tokens.values()) {
      if (history.key !== key) continue;
      for (const claim of history.claims) if (claim.number === number) claim.endAt = Math.min(claim.endAt, this.now());
    }
  }

  private historyOf(key: string, token: string): TokenHistory {
    const name = `${key} ${token}`;
    const known = this.tokens.get(name);
    if (known) return known;
    const history = {
      key,
      token,
      rotations: [],
      accepted: new Set<string>(),
      isBaseline: false,
      usedUpAt: Infinity,
      recorded: new Set<string>(),
      claims: [],
    };
    this.tokens.set(name, history);
    return history;
  }
}

/** Unless a rotation listed since could be the one that was in progress. */
function wasInProgress(rotation: Rotation, { inProgress, listed }: Views): boolean {
  return inProgress.has(rotation) && !listed.some(({ listedAt }) => listedAt >= rotation.acceptedAt - SECOND);
}

/** Compares to the second, like KMS's dates. */
function isDatedBefore(one: Rotation, other: Rotation): boolean {
  return Math.floor(one.listedAt / SECOND) < Math.floor(other.listedAt / SECOND);
}

function timeoutOf({ event }: Request): number {
  return Number(event.ResourceProperties.CompletionTimeout ?? 600) * SECOND;
}
