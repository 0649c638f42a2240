import type { RotationAttributes } from '../lib/protocol';
import { faultOf, nameOf } from './aws-error';
import { type Step, nextStep, reasonOf } from './decision';
import * as failures from './failures';
import { Failure } from './failures';
import { type KeyState, lookAt, onDemandRotations, remainingRotations } from './key-state';
import { type Attempt, type Entry, attributesOf, equal, openAttempt, spending } from './ledger';
import { KeyLedger } from './key-ledger';
import { type LedgerRetryPolicies, ledgerRetryPolicies } from './ledger-retry-policies';
import type { RotationRequest } from './request';
import { IAM_PROPAGATION, type RetryPolicy, repeat } from './retry';
import { RotationCall } from './rotation-call';
import type { Services } from './services';
import { type InProgressRotations, observe } from './in-progress-rotations';

const SECOND = 1000;
/** How long reads of the ledger may lag. */
const SETTLING = 120 * SECOND;

export interface Invocation {
  /** A name that no other invocation bears. */
  readonly id: string;
  readonly roleArn: string;
  /** When the answer is due; milliseconds since the epoch. */
  readonly deadline: number;
}

type Do<Name extends Step['do']> = Extract<Step, { do: Name }>;

/** Carries out, step by step, what is decided for one request. */
export class RotationExecutor {
  private readonly startedAt: number;
  private readonly ledger: KeyLedger;
  private readonly call: RotationCall;
  private readonly patience: LedgerRetryPolicies;
  private key: KeyState | undefined;
  private sighting: InProgressRotations | undefined;
  private failure: Failure | undefined;
  private waitingFor: string | undefined;
  private waitingSince: number | undefined;

  public constructor(
    private readonly request: RotationRequest,
    private readonly invocation: Invocation,
    private readonly services: Services,
  ) {
    const { keyArn, keyId, region } = request;
    this.startedAt = services.now();
    this.ledger = new KeyLedger(keyId, region, invocation.roleArn, services);
    this.call = new RotationCall(keyArn, region, invocation.roleArn, services);
    this.patience = ledgerRetryPolicies(request.type, invocation.deadline);
  }

  /**
   * Sees to it that the token's rotation has happened and is in force.
   *
   * @throws Failure if that could not be achieved in time.
   */
  public async run(): Promise<RotationAttributes> {
    for (;;) {
      const step = this.decide();
      this.note(step);
      if (step.do === 'succeed') return attributesOf(this.request.keyArn, step.attempt);
      try {
        await this.carryOut(step);
      } catch (error) {
        if (!(error instanceof Failure) || step.do === 'fail') throw error;
        this.failure = error;
      }
    }
  }

  /**
   * The attributes that the ledger records for the token. Nothing but outputs depends on them, so they are left empty rather than fail
   * a deployment that asks for no rotation.
   */
  public async attributes(): Promise<RotationAttributes> {
    try {
      await this.ledger.read(this.patience.brief);
    } catch (error) {
      this.services.log({ message: 'The ledger could not be read', error: nameOf(error) });
    }
    return attributesOf(this.request.keyArn, spending(this.ledger.known, this.request.token));
  }

  private decide(): Step {
    return nextStep({
      request: this.request,
      invocation: this.invocation.id,
      now: this.services.now(),
      deadline: this.invocation.deadline,
      settledAt: this.startedAt + SETTLING,
      ledger: this.ledger.known,
      ledgerIsStale: this.ledger.isStale,
      ledgerReadAt: this.ledger.readAt,
      unreadable: this.ledger.unreadable,
      taken: this.ledger.taken,
      key: this.key,
      calls: this.call.outcome,
      sighting: this.sighting,
      failure: this.failure,
    });
  }

  private async carryOut(step: Exclude<Step, Do<'succeed'>>): Promise<void> {
    switch (step.do) {
      case 'read the ledger':
        await this.ledger.read(this.patience.whole);
        break;
      case 'look at the key':
        await this.look();
        break;
      case 'wait':
        await this.wait(step);
        break;
      case 'record the baseline':
        await this.ledger.append(this.baseline(step.key), this.patience.whole);
        break;
      case 'claim':
        await this.claim(step);
        break;
      case 'call KMS':
        await this.callKms();
        break;
      case 'record the request':
        await this.recordRequest(step);
        break;
      case 'record the rotation':
        await this.recordRotation(step);
        break;
      case 'fail':
        await this.fail(step.failure);
        break;
    }
  }

  /** Logs what is decided and why; a wait only when it begins. */
  private note(step: Step): void {
    if (step.do === 'read the ledger' || step.do === 'look at the key') return;
    const why = reasonOf(step);
    if (step.do === 'wait' && why === this.waitingFor) return;
    this.waitingFor = step.do === 'wait' ? why : undefined;
    this.waitingSince = undefined;
    const { requestId, keyArn, tokenDigest } = this.request;
    this.services.log({ message: 'Decision', decision: step.do, why, requestId, keyArn, tokenDigest });
  }

  private async look(): Promise<void> {
    const { keyArn, region } = this.request;
    const patience: RetryPolicy = (fault, since) => {
      if (fault === 'refused') return since;
      const isFresh = fault === 'denied' || fault === 'missing';
      return isFresh ? Math.min(since + IAM_PROPAGATION, this.invocation.deadline) : this.invocation.deadline;
    };
    try {
      const materialBefore = this.acceptedAttempt()?.entry.keyMaterialBefore;
      this.key = await repeat(this.services, patience, () =>
        lookAt(this.services.kms(region), keyArn, () => this.services.now(), materialBefore),
      );
    } catch (error) {
      throw failures.keyUnreadable(faultOf(error), keyArn, this.invocation.roleArn, error);
    }
    this.sighting = observe(this.sighting, this.key);
  }

  /** Waits for a fifth of what it has waited already: soon back where it goes fast, few calls where it does not. */
  private async wait({ until }: Do<'wait'>): Promise<void> {
    const now = this.services.now();
    this.waitingSince ??= now;
    const polling =
      Math.min(Math.max((now - this.waitingSince) / 5, SECOND / 2), 5 * SECOND) * (0.75 + this.services.random() / 4);
    await this.services.sleep(Math.min(until === undefined ? polling : until - now, this.timeLeft()));
    this.key = undefined;
    // Of an attempt of ours that KMS has accepted the ledger tells nothing new.
    this.ledger.isStale = !this.acceptedAttempt();
    if (this.failure && this.timeLeft() > 0) await this.bestEffort(this.ledger.read(this.patience.brief));
  }

  private async claim({ key, ends }: Do<'claim'>): Promise<void> {
    this.key = undefined;
    await this.ledger.append({ ...this.entry('claimed', key), ...this.takenOver(ends) }, this.patience.whole);
  }

  private async callKms(): Promise<void> {
    const nextAutomaticRotation = this.key?.nextAutomaticRotation;
    this.key = undefined;
    this.ledger.isStale = true;
    await this.call.send(nextAutomaticRotation);
    this.ledger.isStale = !this.acceptedAttempt();
  }

  private async recordRequest({ attempt, adopted }: Do<'record the request'>): Promise<void> {
    const entry = this.changed(attempt, { state: 'requested', ...(adopted && { adopted: true }) });
    // KMS has accepted, whether it can be written down or not; whoever finds the claim sees it by KMS's history.
    this.ledger.learn({ ...attempt, entry });
    await this.bestEffort(this.ledger.overwrite(attempt, entry, this.patience.brief));
  }

  private async recordRotation({ attempt, rotation, key }: Do<'record the rotation'>): Promise<void> {
    const entry = this.changed(attempt, {
      state: 'rotated',
      rotationDate: rotation.RotationDate?.toISOString() ?? '',
      keyMaterialAfter: rotation.KeyMaterialId ?? '',
      remainingRotations: remainingRotations(key),
    });
    if (attempt.entry.invocation === this.invocation.id && this.ledger.isSettled(attempt)) {
      await this.ledger.overwrite(attempt, entry, this.patience.whole);
    } else {
      // Somebody else's attempt is not overwritten: its owner may be about to do that, as we may be with one of ours.
      await this.ledger.append({ ...entry, invocation: this.invocation.id, ends: attempt.number }, this.patience.whole);
    }
  }

  /** Fails, unless the ledger has moved on meanwhile. */
  private async fail(failure: Failure): Promise<void> {
    const before = this.ledger.known;
    await this.bestEffort(this.ledger.read(this.patience.brief));
    if (equal(before, this.ledger.known)) {
      await this.giveUp(failure);
      throw failure;
    }
    this.failure = undefined;
    this.key = undefined;
  }

  /**
   * Writes down what is known of a claim: that KMS has accepted, or that nothing can have been rotated under it, so that the next
   * try need not wait for its owner's death. The latter is appended, since a read that lags would miss that the claim was overwritten.
   */
  private async giveUp(failure: Failure): Promise<void> {
    const attempt = this.ownOpenAttempt();
    if (attempt?.entry.state !== 'claimed') return;
    const { acceptedAt, unknownAt } = this.call.outcome;
    if (acceptedAt !== undefined) await this.recordRequest({ do: 'record the request', attempt, adopted: false });
    if (acceptedAt !== undefined || unknownAt !== undefined) return;
    const entry = this.changed(attempt, {
      state: 'refused',
      reason: failure.message.slice(0, 500),
      ends: attempt.number,
    });
    await this.bestEffort(this.ledger.append(entry, this.patience.brief));
  }

  private async bestEffort(act: Promise<void>): Promise<void> {
    try {
      await act;
    } catch (error) {
      this.services.log({ message: 'The ledger could not be read or written', error: nameOf(error) });
    }
  }

  private entry(state: Entry['state'], key: KeyState): Entry {
    const { token, keyArn, stackId, logicalResourceId, requestId } = this.request;
    const now = this.timestamp();
    return {
      state,
      token,
      keyArn,
      startedAt: now,
      updatedAt: now,
      stackId,
      logicalResourceId,
      requestId,
      invocation: this.invocation.id,
      keyMaterialBefore: key.metadata.CurrentKeyMaterialId ?? '',
      onDemandRotationsBefore: onDemandRotations(key).length,
    };
  }

  /** What an attempt goes on with that takes the place of a dead owner's: of the same token it may be the same rotation, which is only late to show. */
  private takenOver(ends: Attempt | undefined): Partial<Entry> {
    if (ends?.entry.token !== this.request.token) return { ends: ends?.number };
    const { startedAt, since = startedAt, keyMaterialBefore, onDemandRotationsBefore } = ends.entry;
    return { ends: ends.number, since, keyMaterialBefore, onDemandRotationsBefore };
  }

  private baseline(key: KeyState): Entry {
    return {
      ...this.entry('baseline', key),
      keyMaterialAfter: key.metadata.CurrentKeyMaterialId ?? '',
      remainingRotations: remainingRotations(key),
    };
  }

  private changed({ entry }: Attempt, change: Partial<Entry>): Entry {
    return { ...entry, ...change, updatedAt: this.timestamp() };
  }

  private ownOpenAttempt(): Attempt | undefined {
    const open = openAttempt(this.ledger.known);
    return open?.entry.invocation === this.invocation.id ? open : undefined;
  }

  private acceptedAttempt(): Attempt | undefined {
    const attempt = this.ownOpenAttempt();
    return attempt?.entry.state === 'requested' || this.call.outcome.acceptedAt !== undefined ? attempt : undefined;
  }

  private timeLeft(): number {
    return Math.max(0, this.invocation.deadline - this.services.now());
  }

  private timestamp(): string {
    return new Date(this.services.now()).toISOString();
  }
}
