import { conditions } from './conditions';
import type { Request, ResourceAnswer } from './cloudformation-model';
import type { Rotation } from './kms-model';

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
  | 'NOT ROTATED only when not rotated'
  | 'a later token succeeds';

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
  /** Rotations whose start date it has seen, with those that were listed then. */
  readonly inProgress: ReadonlyMap<Rotation, readonly Rotation[]>;
  /** Those of the last list. */
  readonly listed: readonly Rotation[];
}

/** What the invariants need to know about an invocation that answers. */
export interface Answering {
  readonly request: Request;
  readonly startedAt: number;
  /** A read of the ledger showed that the token is spent. */
  readonly sawSpent: boolean;
  /** Its last read of the ledger; `disturbed`: it failed or lagged. */
  readonly lastRead: { readonly at: number; readonly disturbed: boolean } | undefined;
  readonly stoodStill: boolean;
  /** When it last read the ledger or wrote to it. */
  readonly knewAt: number;
}

/** What the invariants need to know about an invocation that writes to the ledger. */
export interface Writing {
  readonly views: Views;
  readonly hasRotated: boolean;
}

interface Claim {
  readonly number: string;
  readonly views: Views;
  /** From when on a rotation may be its own. */
  readonly since: number;
  endAt: number;
}

interface TokenHistory {
  readonly key: string;
  readonly token: string;
  readonly rotations: Rotation[];
  /** KMS has answered a call without an error, be it swallowed. */
  called: boolean;
  baseline: boolean;
  spentAt: number;
  /** The key material that the ledger says this token has brought into force; of a baseline the one that it found. */
  readonly recorded: Set<string>;
  readonly claims: Claim[];
}

interface LedgerEntry {
  readonly state: string;
  readonly token: string;
  readonly keyArn: string;
  readonly startedAt: string;
  readonly ends?: number;
  readonly keyMaterialAfter?: string;
}

const SECOND = 1000;
/** A rotation that was over before an attempt began is never taken for the attempt's; clocks may be so far apart. */
const CLOCK_DIFFERENCE = 10 * SECOND;

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

  public constructor(private readonly now: () => number) {}

  public rotatedByHand(key: string, rotation: Rotation | undefined): void {
    if (rotation) this.byHand.push({ key, rotation });
  }

  /** KMS has accepted a call, or swallowed it. */
  public rotated(key: string, token: string, rotation: Rotation | undefined, by?: { hasRotated: boolean }): void {
    const history = this.historyOf(key, token);
    history.called = true;
    if (!rotation) return;
    if (by) by.hasRotated = true;
    history.rotations.push(rotation);
    if (history.rotations.length > 1) {
      throw new Violation(
        'at most one rotation per token',
        `Token ${token} has rotated ${key} ${history.rotations.length} times`,
      );
    }
  }

  /** @returns the state that was written. */
  public ledgerWritten(name: string, value: string, { views, hasRotated }: Writing): string {
    const entry = JSON.parse(value) as LedgerEntry;
    const history = this.historyOf(entry.keyArn, entry.token);
    const number = name.slice(name.lastIndexOf('/') + 1);
    switch (entry.state) {
      case 'claimed':
        history.claims.push({
          number,
          views: { inProgress: new Map(views.inProgress), listed: views.listed },
          since: Date.parse(entry.startedAt),
          endAt: Infinity,
        });
        break;
      case 'requested':
        if (!history.called)
          throw new Violation(
            'no refusal taken for a rotation',
            `Entry ${number} says that KMS has accepted, which it has not`,
          );
        break;
      case 'refused':
        if (hasRotated)
          throw new Violation(
            'no rotation taken for a refusal',
            `Entry ${number} says that nothing was rotated by its request, which it was`,
          );
        break;
      case 'baseline':
        if (history.rotations.length > 0)
          throw new Violation(
            'no rotation taken for a refusal',
            `Entry ${number} says that ${entry.token} is spent without a rotation, which it has caused`,
          );
        history.baseline = true;
        history.recorded.add(entry.keyMaterialAfter ?? '');
        history.spentAt = Math.min(history.spentAt, this.now());
        break;
      case 'rotated':
        this.checkRotated(history, entry.keyMaterialAfter ?? '', number, entry.ends);
        history.spentAt = Math.min(history.spentAt, this.now());
        history.recorded.add(entry.keyMaterialAfter ?? '');
        break;
    }
    if (entry.ends !== undefined) this.ended(entry.keyArn, String(entry.ends));
    return entry.state;
  }

  /** An answer has reached CloudFormation, whether the handler knows or not. */
  public answered(by: Answering, answer: ResourceAnswer): void {
    this.checkPhysicalId(by.request, answer);
    const { event, isRollback } = by.request;
    if (event.RequestType === 'Delete') return;
    const history = this.historyOf(event.ResourceProperties.KeyArn, event.ResourceProperties.RotationToken);
    if (answer.Status === 'SUCCESS') this.checkSuccess(history, by.request, answer);
    else this.checkVerdict(history, by, answer);
    if (answer.Status === 'FAILED' && isRollback) this.checkFailedRollback(history, by, answer);
  }

  /** Whoever says that nothing was rotated must be right, as far as he could know. */
  private checkVerdict(
    { token, rotations }: TokenHistory,
    { knewAt }: Answering,
    { Reason = '' }: ResourceAnswer,
  ): void {
    if (
      !/(Nothing|not) (has been|been) rotated/.test(Reason) ||
      !rotations.some(({ acceptedAt }) => acceptedAt <= knewAt)
    )
      return;
    throw new Violation(
      'NOT ROTATED only when not rotated',
      `The answer for ${token}, which has rotated, is: ${Reason}`,
    );
  }

  /** The tokens that were asked for of a key. */
  public tokensOf(key: string): readonly string[] {
    return [...this.tokens.values()].filter((history) => history.key === key).map(({ token }) => token);
  }

  public isSpent(key: string, token: string): boolean {
    return this.historyOf(key, token).spentAt < Infinity;
  }

  /** What the ledger says has been checked when it was written. */
  private checkSuccess({ token, recorded }: TokenHistory, { event }: Request, { Data }: ResourceAnswer): void {
    const { ResourceProperties: next, OldResourceProperties: last } = event;
    const unchanged = last?.KeyArn === next.KeyArn && last.RotationToken === next.RotationToken;
    if (!unchanged && recorded.size === 0)
      throw new Violation('SUCCESS only when in force', `SUCCESS for ${token}, which the ledger does not record`);
    const material = Data?.KeyMaterialId ?? '';
    if (material !== '' && !recorded.has(material))
      throw new Violation('no rotation reported that never was', `SUCCESS for ${token} tells of ${material}`);
  }

  /** An entry says that a token has brought this material into force: by the attempt that it began as, or else by the one that it ends. */
  private checkRotated(history: TokenHistory, material: string, number: string, ends: number | undefined): void {
    const attempt = String(ends);
    const own = history.rotations.find((rotation) => rotation.material === material);
    const rotation = own ?? this.takenFor(history, attempt).find((stranger) => stranger.material === material);
    const says = `Entry ${number} says that ${history.token} has brought ${material} into force`;
    if (!rotation) throw new Violation('no rotation reported that never was', `${says}, which it has not`);
    if (rotation.inForceAt > this.now()) throw new Violation('SUCCESS only when in force', `${says}, which is not`);
    if (!own) this.excused++;
  }

  /**
   * The ledger can be read if a read reflects the entry within the request's time. Where reads were made to fail or to lag, the
   * handler must have tried for all of that time, and to the end without success.
   */
  private checkFailedRollback(history: TokenHistory, by: Answering, answer: ResourceAnswer): void {
    if (!(history.spentAt < by.startedAt)) return;
    const patience = Number(by.request.event.ResourceProperties.CompletionTimeout ?? 600) * SECOND;
    const { at, disturbed } = by.lastRead ?? { at: by.startedAt, disturbed: false };
    const gaveUpEarly = !by.stoodStill && at < by.startedAt + patience - 30 * SECOND;
    if (by.sawSpent || !disturbed || gaveUpEarly) {
      throw new Violation('rollback never FAILED', `The rollback to ${history.token} FAILED: ${answer.Reason ?? ''}`);
    }
  }

  private checkPhysicalId({ event, resource }: Request, answer: ResourceAnswer): void {
    const name = `${resource.stack}/${resource.logicalId}`;
    const expected = event.PhysicalResourceId ?? this.physicalIds.get(name) ?? answer.PhysicalResourceId;
    if (event.RequestType !== 'Delete') this.physicalIds.set(name, expected);
    if (answer.PhysicalResourceId !== expected) {
      throw new Violation(
        'constant physical ID',
        `${name} was ${expected} and is ${answer.PhysicalResourceId} in the answer`,
      );
    }
  }

  /**
   * The one exception: KMS offers nothing to tell a rotation by hand from ours. One that was not shown to the invocation that claimed,
   * that was over after the attempt began and accepted before it ended, may be taken for the attempt's, and may have swallowed
   * its call. It never excuses a second rotation, nor an answer before that one is in force.
   */
  private takenFor(history: TokenHistory, attempt: string): readonly Rotation[] {
    const claim = history.claims.find(({ number }) => number === attempt);
    if (!claim) return [];
    const { views, since, endAt } = claim;
    return this.strangers(history).filter(
      (rotation) =>
        !wasShown(rotation, views) && rotation.listedAt >= since - CLOCK_DIFFERENCE && rotation.acceptedAt <= endAt,
    );
  }

  /**
   * The rotations of a token's key that belong to no token: those by hand, and those of a token that is recorded to have been
   * rotated by another one. So the exception can pass from attempt to attempt, but begins with a rotation by hand.
   */
  private strangers({ key, token }: TokenHistory): readonly Rotation[] {
    const byHand = this.byHand.filter((one) => one.key === key).map(({ rotation }) => rotation);
    const others = [...this.tokens.values()].filter(
      (other) => other.key === key && other.token !== token && (conditions.mayBeSwapped || other.recorded.size > 0),
    );
    return [
      ...byHand,
      ...others.flatMap(({ rotations, recorded }) => rotations.filter(({ material }) => !recorded.has(material))),
    ];
  }

  private ended(key: string, number: string): void {
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
      called: false,
      baseline: false,
      spentAt: Infinity,
      recorded: new Set<string>(),
      claims: [],
    };
    this.tokens.set(name, history);
    return history;
  }
}

/**
 * By the last list; or by a start date, unless a rotation came to be listed since that was over since: which of them that is, if
 * there are several, cannot be told.
 */
function wasShown(rotation: Rotation, { inProgress, listed }: Views): boolean {
  if (listed.includes(rotation)) return true;
  const listedThen = inProgress.get(rotation);
  return (
    listedThen !== undefined &&
    !listed.some((other) => !listedThen.includes(other) && other.listedAt >= rotation.acceptedAt - SECOND)
  );
}
