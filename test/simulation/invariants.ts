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
  | 'no refusal taken for a rotation';

export class Violation extends Error {
  public constructor(
    public readonly invariant: Invariant,
    message: string,
  ) {
    super(message);
  }
}

/** What an invocation was shown last of a key. */
export interface Views {
  inProgress: Rotation | undefined;
  listed: readonly Rotation[];
}

/** What the invariants need to know about an invocation that answers. */
export interface Answering {
  readonly request: Request;
  readonly startedAt: number;
  /** A read of the ledger showed that the token is spent. */
  readonly sawSpent: boolean;
  /** Reads of the ledger failed or lagged. */
  readonly ledgerDisturbed: boolean;
  readonly stoodStill: boolean;
}

interface Claim {
  readonly number: string;
  readonly views: Views;
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
  readonly claims: Claim[];
}

interface LedgerEntry {
  readonly state: string;
  readonly token: string;
  readonly keyArn: string;
  readonly ends?: number;
}

const SECOND = 1000;

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
  public rotated(key: string, token: string, rotation: Rotation | undefined): void {
    const history = this.historyOf(key, token);
    history.called = true;
    if (!rotation) return;
    history.rotations.push(rotation);
    if (history.rotations.length > 1) {
      throw new Violation('at most one rotation per token', `Token ${token} has rotated ${key} ${history.rotations.length} times`);
    }
  }

  /** @returns the state that was written. */
  public ledgerWritten(name: string, value: string, views: Views): string {
    const entry = JSON.parse(value) as LedgerEntry;
    const history = this.historyOf(entry.keyArn, entry.token);
    const number = name.slice(name.lastIndexOf('/') + 1);
    switch (entry.state) {
      case 'claimed':
        history.claims.push({ number, views: { ...views }, endAt: Infinity });
        break;
      case 'requested':
        if (!history.called && !this.isExcused(history)) {
          throw new Violation('no refusal taken for a rotation', `Entry ${number} says that KMS has accepted, which it has not`);
        }
        break;
      case 'refused':
        this.ended(entry.keyArn, number);
        break;
      case 'baseline':
        history.baseline = true;
        history.spentAt = Math.min(history.spentAt, this.now());
        break;
      case 'rotated':
        this.checkRotated(history, `Entry ${number} says that ${entry.token} is rotated`);
        history.spentAt = Math.min(history.spentAt, this.now());
        this.ended(entry.keyArn, number);
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
    if (answer.Status === 'SUCCESS') this.checkSuccess(history, by.request);
    else if (isRollback) this.checkFailedRollback(history, by, answer);
  }

  private checkSuccess(history: TokenHistory, { event }: Request): void {
    const { ResourceProperties: next, OldResourceProperties: last } = event;
    const unchanged = last?.KeyArn === next.KeyArn && last.RotationToken === next.RotationToken;
    if (!unchanged) this.checkRotated(history, `SUCCESS for ${history.token}`);
  }

  private checkRotated(history: TokenHistory, claim: string): void {
    if (history.baseline || history.rotations.some(({ inForceAt }) => inForceAt <= this.now()) || this.isExcused(history)) return;
    if (history.rotations.length === 0) throw new Violation('no rotation reported that never was', `${claim}, which has never caused a rotation`);
    throw new Violation('SUCCESS only when in force', `${claim} before its material is in force`);
  }

  /**
   * The ledger can be read if a read reflects the entry within the request's time. Where reads were made to fail or to lag, the
   * handler must have tried for all of that time.
   */
  private checkFailedRollback(history: TokenHistory, by: Answering, answer: ResourceAnswer): void {
    if (!(history.spentAt < by.startedAt)) return;
    const patience = Number(by.request.event.ResourceProperties.CompletionTimeout ?? 600) * SECOND;
    const gaveUpEarly = !by.stoodStill && this.now() < by.startedAt + patience - 30 * SECOND;
    if (by.sawSpent || !by.ledgerDisturbed || gaveUpEarly) {
      throw new Violation('rollback never FAILED', `The rollback to ${history.token} FAILED: ${answer.Reason ?? ''}`);
    }
  }

  private checkPhysicalId({ event, resource }: Request, answer: ResourceAnswer): void {
    const name = `${resource.stack}/${resource.logicalId}`;
    const expected = event.PhysicalResourceId ?? this.physicalIds.get(name) ?? answer.PhysicalResourceId;
    if (event.RequestType !== 'Delete') this.physicalIds.set(name, expected);
    if (answer.PhysicalResourceId !== expected) {
      throw new Violation('constant physical ID', `${name} was ${expected} and is ${answer.PhysicalResourceId} in the answer`);
    }
  }

  /**
   * The one exception: KMS offers nothing to tell a rotation by hand from ours. One that neither start date nor history
   * showed when the key was observed for our claim, and that was accepted before our attempt ended, may be taken for ours,
   * and may have swallowed our call. It never excuses a second rotation.
   *
   * Where that happens, the rotation that the token itself caused, if there is one, comes after its attempt has ended, and belongs to no attempt. For
   * the attempts that follow it is as good as one by hand.
   */
  private isExcused({ key, claims }: TokenHistory): boolean {
    const isExcused = this.strangers(key).some((rotation) =>
      claims.some(({ views, endAt }) => {
        const wasShown = views.inProgress === rotation || views.listed.includes(rotation);
        return !wasShown && rotation.acceptedAt <= endAt;
      }),
    );
    if (isExcused) this.excused++;
    return isExcused;
  }

  /** The rotations of a key that no attempt stands for. */
  private strangers(key: string): readonly Rotation[] {
    const byHand = this.byHand.filter((one) => one.key === key).map(({ rotation }) => rotation);
    if (byHand.length === 0) return [];
    const displaced = [...this.tokens.values()].filter((one) => one.key === key).flatMap(({ rotations, spentAt }) => rotations.filter(({ inForceAt }) => inForceAt > spentAt));
    return [...byHand, ...displaced];
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
    const history = { key, token, rotations: [], called: false, baseline: false, spentAt: Infinity, claims: [] };
    this.tokens.set(name, history);
    return history;
  }
}
