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

/** What an invocation was shown of a key. */
export interface Views {
  /** Rotations whose start date it has seen. */
  readonly inProgress: ReadonlySet<Rotation>;
  /** Those of the last list. */
  readonly listed: readonly Rotation[];
}

/** What the invariants need to know about an invocation that responds. */
export interface Responding {
  readonly request: Request;
  readonly startedAt: number;
  /** A read of the ledger showed that the token is used up. */
  readonly sawSpent: boolean;
  /** Its last read of the ledger; `disturbed`: it failed or lagged; `damaged`: somebody has tampered with a record. */
  readonly lastRead: { readonly at: number; readonly disturbed: boolean; readonly damaged: boolean } | undefined;
  readonly stoodStill: boolean;
  /** Not all of its calls went well and at once. */
  readonly wasDisturbed: boolean;
  /** When it last read the ledger or wrote to it. */
  readonly knewAt: number;
}

/** What the invariants need to know about an invocation that writes to the ledger. */
export interface Writing {
  readonly views: Views;
  readonly hasRotated: boolean;
}

interface Claim {
  readonly number: number;
  readonly views: Views;
  /** From when on a rotation may be its own. */
  readonly since: number;
  endAt: number;
}

interface TokenHistory {
  readonly key: string;
  readonly token: string;
  readonly rotations: Rotation[];
  /** KMS's request IDs of the calls that it has answered without an error, be they swallowed. */
  readonly accepted: Set<string>;
  isBaseline: boolean;
  usedUpAt: number;
  /** The key material that the ledger says this token has brought into force; of a baseline the one that it found. */
  readonly recorded: Set<string>;
  readonly claims: Claim[];
}

interface WrittenRecord {
  readonly state: string;
  readonly token: string;
  readonly keyArn: string;
  readonly ends?: number;
  readonly keyMaterialAfter?: string;
  readonly kmsRequestId?: string;
}

const SECOND = 1000;
/** A rotation that was over before a claim began is never taken for the claim's; clocks may be so far apart. */
const CLOCK_DIFFERENCE = 10 * SECOND;
/** The last moment at which a claim can have been called, and the hour after it: what is over later is not the claim's. */
const SETTLEMENT = (15 + 60) * 60 * SECOND;
/** Of the function's fifteen minutes, without the reserve for the response. */
const TIME_TO_TRY = 13 * 60 * SECOND;
/** Where reads lag by more than that, one is taken for it after all that was over before, and shows after the claim began. */
const LONG_LAG = 300 * SECOND;

/**
 * Watches a run, and throws a `Violation` as soon as a promise is broken. All that can break one is an effect of some call,
 * so every effect is looked at, which is as much as looking at every state.
 */
export class Witness {
  private readonly tokens = new Map<string, TokenHistory>();
  private readonly physicalIds = new Map<string, string>();
  private readonly byHand: { readonly key: string; readonly rotation: Rotation }[] = [];
  /** How often the exception for rotations by hand was needed. */
  public excused = 0;

  /** The time of a request was up before its rotation was over, or too soon after it to repeat a look that failed. */
  public wasTooLate = false;

  /** How long before a claim began a rotation by hand may have been over that is taken for the claim's. */
  private readonly reach: number;

  public constructor(
    private readonly now: () => number,
    private readonly configuration: Configuration,
  ) {
    const { kmsReadLag, clockSkews } = configuration;
    const lag = kmsReadLag * SECOND;
    this.reach = Math.max(CLOCK_DIFFERENCE, ...clockSkews.map((skew) => skew * SECOND)) + (lag > LONG_LAG ? lag : 0);
  }

  public rotatedByHand(key: string, rotation: Rotation | undefined): void {
    if (rotation) this.byHand.push({ key, rotation });
  }

  /** KMS has accepted a call, or swallowed it. */
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
  public recorded(name: string, value: string, { views, hasRotated }: Writing): string {
    const record = JSON.parse(value) as WrittenRecord;
    const history = this.historyOf(record.keyArn, record.token);
    const number = Number(name.slice(name.lastIndexOf('/') + 1));
    switch (record.state) {
      case 'claimed':
        history.claims.push({
          number,
          views: { inProgress: new Set(views.inProgress), listed: views.listed },
          since: this.now(),
          endAt: Infinity,
        });
        break;
      case 'requested':
        if (!history.accepted.has(record.kmsRequestId ?? ''))
          throw new Violation(
            'no refusal taken for a rotation',
            `Record ${number} says that KMS has accepted, which it has not`,
          );
        break;
      case 'refused':
        if (hasRotated)
          throw new Violation(
            'no rotation taken for a refusal',
            `Record ${number} says that nothing was rotated by its request, which it was`,
          );
        break;
      case 'baseline':
        if (history.rotations.length > 0)
          throw new Violation(
            'no rotation taken for a refusal',
            `Record ${number} says that ${record.token} is used up without a rotation, which it has caused`,
          );
        history.isBaseline = true;
        break;
      case 'rotated':
        this.checkRotated(history, record, number, views.listed);
        break;
    }
    if (record.state === 'rotated' || record.state === 'baseline') {
      history.usedUpAt = Math.min(history.usedUpAt, this.now());
      history.recorded.add(record.keyMaterialAfter ?? '');
    }
    if (record.ends !== undefined) this.ended(record.keyArn, record.ends);
    return record.state;
  }

  /** A response has reached CloudFormation, whether the handler knows or not. */
  public responded(by: Responding, response: ResourceResponse): void {
    this.checkPhysicalId(by.request, response);
    const { event, isRollback } = by.request;
    if (event.RequestType === 'Delete') return;
    const history = this.historyOf(event.ResourceProperties.KeyArn, event.ResourceProperties.RotationToken);
    if (response.Status === 'SUCCESS') this.checkSuccess(history, by.request, response);
    else {
      this.checkVerdict(history, by, response);
      this.checkInTime(history, by, response);
    }
    if (response.Status === 'FAILED' && isRollback) this.checkFailedRollback(history, by, response);
  }

  /** The tokens that were asked for of a key. */
  public tokensOf(key: string): readonly string[] {
    return [...this.tokens.values()].filter((history) => history.key === key).map(({ token }) => token);
  }

  public isUsedUp(key: string, token: string): boolean {
    return this.historyOf(key, token).usedUpAt < Infinity;
  }

  /** KMS has answered a call for this token without an error. */
  public wasAccepted(key: string, token: string): boolean {
    return this.historyOf(key, token).accepted.size > 0;
  }

  /**
   * A verdict is true at the latest moment at which its invocation could know better: when it last read the ledger or wrote to it. What
   * other invocations do while the response is under way, it cannot know.
   */
  private checkVerdict(history: TokenHistory, { knewAt }: Responding, { Reason = '' }: ResourceResponse): void {
    const { token, rotations, usedUpAt, isBaseline, accepted } = history;
    const verdict = /^\[\w+\] ([A-Z ]+)\. /.exec(Reason)?.[1];
    const hasRotated = rotations.some(({ acceptedAt }) => acceptedAt <= knewAt) || (usedUpAt <= knewAt && !isBaseline);
    const mayBeTaken = history.claims.some((claim) => this.takenFor(history, claim).length > 0);
    const isTrue = {
      'NOT ROTATED': !hasRotated,
      'ROTATED BEFORE': hasRotated || isBaseline || mayBeTaken,
      'ROTATION IN PROGRESS': accepted.size > 0 || mayBeTaken,
      UNKNOWN: true,
    }[verdict ?? ''];
    if (isTrue !== true)
      throw new Violation(
        'every verdict is true',
        `The response for ${token}, which has ${hasRotated ? '' : 'not '}rotated, is: ${Reason}`,
      );
  }

  /** Whose rotation is over a second before the time is up is not told that it failed, unless something was in the way. */
  private checkInTime({ token, rotations }: TokenHistory, by: Responding, { Reason }: ResourceResponse): void {
    const lastLook = by.startedAt + timeoutOf(by.request) - SECOND;
    const isOver = (then: number) =>
      rotations.some(({ startDateGoneAt, inForceAt, listedAt }) =>
        [startDateGoneAt, inForceAt, listedAt].every((at) => at <= then),
      );
    this.wasTooLate ||= rotations.length > 0 && !isOver(lastLook - 5 * SECOND);
    if (isOver(lastLook) && !by.wasDisturbed && this.configuration.isPunctual)
      throw new Violation('SUCCESS when in force in time', `FAILED for ${token}, which was in time: ${Reason ?? ''}`);
  }

  /** The rotations in reserve stay there, unless somebody has rotated by hand, of whom the ledger knows nothing. */
  public checkReserve(key: string, used: number, { RotationToken, ReservedRotations }: Properties): void {
    const left = ROTATIONS_PER_KEY - used;
    if (left < Number(ReservedRotations ?? 0) && !this.byHand.some((one) => one.key === key))
      throw new Violation(
        'the reserve is kept',
        `Token ${RotationToken} has left ${left} rotations to ${key}, and reserves ${ReservedRotations ?? ''}`,
      );
  }

  /** What the ledger says has been checked when it was written. */
  private checkSuccess({ token, recorded }: TokenHistory, { event }: Request, { Data }: ResourceResponse): void {
    const { ResourceProperties: next, OldResourceProperties: last } = event;
    const unchanged = last?.KeyArn === next.KeyArn && last.RotationToken === next.RotationToken;
    if (!unchanged && recorded.size === 0)
      throw new Violation('SUCCESS only when in force', `SUCCESS for ${token}, which the ledger does not record`);
    const material = Data?.KeyMaterialId ?? NONE;
    if (material !== NONE && !recorded.has(material))
      throw new Violation('no rotation reported that never was', `SUCCESS for ${token} tells of ${material}`);
  }

  /** A record says that a token has brought this material into force, by the claim that it ends. */
  private checkRotated(history: TokenHistory, record: WrittenRecord, number: number, shown: readonly Rotation[]): void {
    const { keyMaterialAfter: material = '', ends, kmsRequestId } = record;
    const claim = history.claims.find((one) => one.number === ends);
    const own = history.rotations.find((rotation) => rotation.material === material);
    const rotation = own ?? (claim && this.takenFor(history, claim).find((taken) => taken.material === material));
    const says = `Record ${number} says that ${history.token} has brought ${material} into force`;
    if (!rotation) throw new Violation('no rotation reported that never was', `${says}, which it has not`);
    if (rotation.inForceAt > this.now()) throw new Violation('SUCCESS only when in force', `${says}, which is not`);
    if (kmsRequestId !== undefined && !history.accepted.has(kmsRequestId))
      throw new Violation('no rotation reported that never was', `${says}, by a request that KMS has not accepted`);
    if (own) return;
    // Its own one is the first of those that show, if the clocks agree.
    const first = history.rotations.find((mine) => shown.includes(mine) && isDatedBefore(mine, rotation));
    const clocksAgree = this.configuration.clockSkews.every((skew) => Math.abs(skew) * SECOND <= CLOCK_DIFFERENCE);
    if (first && clocksAgree)
      throw new Violation('no rotation reported that never was', `${says}, but ${first.material} before`);
    this.excused++;
  }

  /**
   * Where reads of the ledger were made to fail or to lag, the handler must have tried for all of the time that the function has, and
   * to the end without success.
   */
  private checkFailedRollback(history: TokenHistory, by: Responding, response: ResourceResponse): void {
    if (!(history.usedUpAt < by.startedAt)) return;
    const { at, disturbed, damaged } = by.lastRead ?? { at: by.startedAt, disturbed: false, damaged: false };
    if (damaged) return;
    const gaveUpEarly = !by.stoodStill && at < by.startedAt + TIME_TO_TRY - 30 * SECOND;
    if (by.sawSpent || !disturbed || gaveUpEarly) {
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
   * The one exception: KMS offers nothing to tell a rotation by hand from ours. One that was not shown to the invocation that claimed,
   * that was over after the claim began and before the hour was, may be taken for the claim's, and may have swallowed its call. It never excuses a second rotation, nor a response before that one is in force.
   */
  private takenFor(history: TokenHistory, { views, since, endAt }: Claim): readonly Rotation[] {
    const from = since - this.reach;
    const to = since + SETTLEMENT + this.reach;
    return this.strangers(history).filter(
      (rotation) =>
        !wasShown(rotation, views) &&
        rotation.listedAt >= from &&
        rotation.listedAt <= to &&
        rotation.acceptedAt <= endAt,
    );
  }

  /**
   * The rotations of a token's key that belong to no token: those by hand, and those of a token that is recorded to have been
   * rotated by another one. So the exception can pass from claim to claim, but begins with a rotation by hand.
   */
  private strangers({ key, token }: TokenHistory): readonly Rotation[] {
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

/** By the last list; or by a start date, unless one is listed that was over since, to the second: that may be the one that was seen. */
function wasShown(rotation: Rotation, { inProgress, listed }: Views): boolean {
  if (listed.includes(rotation)) return true;
  return inProgress.has(rotation) && !listed.some(({ listedAt }) => listedAt >= rotation.acceptedAt - SECOND);
}

/** To the second, as KMS's dates are. */
function isDatedBefore(one: Rotation, other: Rotation): boolean {
  return Math.floor(one.listedAt / SECOND) < Math.floor(other.listedAt / SECOND);
}

function timeoutOf({ event }: Request): number {
  return Number(event.ResourceProperties.CompletionTimeout ?? 600) * SECOND;
}
