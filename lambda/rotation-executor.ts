import type { RotationAttributes } from '../lib/protocol';
import { faultOf, nameOf } from './aws-error';
import { type Step, nextStep, reasonOf } from './decision';
import * as failures from './failures';
import { Failure } from './failures';
import { type KeyState, lookAt, onDemandRotations, remainingRotations } from './key-state';
import { type Attempt, type Entry, attributesOf, beginningOf, openClaim, spending } from './ledger';
import { KeyLedger } from './key-ledger';
import { type LedgerRetryPolicies, ledgerRetryPolicies } from './ledger-retry-policies';
import type { RotationRequest } from './request';
import { IAM_PROPAGATION, type RetryPolicy, repeat } from './retry';
import { RotationCall } from './rotation-call';
import type { Services } from './services';
import { type InProgressRotations, observe } from './in-progress-rotations';

const SECOND = 1000;
/** How long reads of the ledger lag at most, where that must do. */
const SETTLING = 120 * SECOND;

export interface Invocation {
  /** A name that no other invocation bears. */
  readonly id: string;
  readonly roleArn: string;
  /** When the answer is due; milliseconds since the epoch. */
  readonly deadline: number;
  /** When it is at the latest, if it would leave a stack stuck. */
  readonly end: number;
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
  private sealFailed = false;
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
    this.patience = ledgerRetryPolicies(request.type, invocation);
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
      end: this.invocation.end,
      settledAt: this.startedAt + SETTLING,
      ledger: this.ledger.known,
      ledgerIsStale: this.ledger.isStale,
      ledgerReadAt: this.ledger.readAt,
      overwritten: this.ledger.overwritten,
      sealFailed: this.sealFailed,
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
        await this.ledger.append(this.baseline(step), this.patience.whole);
        break;
      case 'claim':
        await this.claim(step);
        break;
      case 'call KMS':
        await this.callKms();
        break;
      case 'adopt':
        this.call.outcome = { acceptedAt: this.services.now() };
        break;
      case 'seal':
        await this.seal(step.failure);
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
      const materialBefore =
        this.call.outcome.acceptedAt === undefined ? undefined : this.ownOpenClaim()?.entry.keyMaterialBefore;
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
    const pause = until === undefined ? polling : until - now;
    const { deadline, end } = this.invocation;
    await this.services.sleep(
      Math.max(0, now < deadline ? Math.min(pause, deadline - now) : Math.min(pause, end - now)),
    );
    this.key = undefined;
    // Of a claim of ours that KMS has accepted, or may have, the ledger tells nothing new.
    this.ledger.isStale = !this.hasCalled || !this.ownOpenClaim();
    if (this.failure && this.services.now() < end) await this.bestEffort(this.ledger.read(this.patience.brief));
  }

  private async claim({ key, ends }: Do<'claim'>): Promise<void> {
    this.key = undefined;
    const materialsBefore = onDemandRotations(key).flatMap(({ KeyMaterialId }) => beginningOf(KeyMaterialId) ?? []);
    await this.ledger.append(
      { ...this.entry('claimed', key), ends: ends?.number, materialsBefore },
      this.patience.whole,
    );
  }

  private async callKms(): Promise<void> {
    const nextAutomaticRotation = this.key?.nextAutomaticRotation;
    this.key = undefined;
    this.ledger.isStale = true;
    await this.call.send(nextAutomaticRotation);
    this.ledger.isStale = !this.hasCalled;
  }

  /** Takes the next number, which proves that no entry before it was missed. */
  private async seal(failure: Failure): Promise<void> {
    const entry = { ...this.entry('refused', undefined), reason: failure.message.slice(0, 500) };
    try {
      await this.ledger.append(entry, this.patience.brief);
    } catch (error) {
      this.sealFailed = true;
      this.services.log({ message: 'The ledger could not be read or written', error: nameOf(error) });
    }
  }

  private async recordRotation({ attempt, rotation, key }: Do<'record the rotation'>): Promise<void> {
    const entry = this.changed(attempt, {
      state: 'rotated',
      ends: attempt.number,
      rotationDate: rotation.RotationDate?.toISOString() ?? '',
      keyMaterialAfter: rotation.KeyMaterialId ?? '',
      remainingRotations: remainingRotations(key),
    });
    await this.ledger.append(entry, this.patience.whole);
  }

  /** Fails, unless the ledger has moved on meanwhile. */
  private async fail(failure: Failure): Promise<void> {
    const before = this.ledger.known.length;
    await this.bestEffort(this.ledger.read(this.patience.brief));
    if (before === this.ledger.known.length) {
      await this.giveUp(failure);
      throw failure;
    }
    this.failure = undefined;
    this.key = undefined;
  }

  /** Ends a claim under which nothing can have been rotated, so that the next try need not wait. */
  private async giveUp(failure: Failure): Promise<void> {
    const attempt = this.ownOpenClaim();
    if (!attempt || this.hasCalled || this.ledger.overwritten !== undefined) return;
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

  private entry(state: Entry['state'], key: KeyState | undefined): Entry {
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
      keyMaterialBefore: key?.metadata.CurrentKeyMaterialId ?? '',
      onDemandRotationsBefore: key ? onDemandRotations(key).length : 0,
    };
  }

  private baseline({ key, ends }: Do<'record the baseline'>): Entry {
    return {
      ...this.entry('baseline', key),
      ends: ends?.number,
      keyMaterialAfter: key.metadata.CurrentKeyMaterialId ?? '',
      remainingRotations: remainingRotations(key),
    };
  }

  private changed({ entry }: Attempt, change: Partial<Entry>): Entry {
    return {
      ...entry,
      materialsBefore: undefined,
      ends: undefined,
      invocation: this.invocation.id,
      ...change,
      updatedAt: this.timestamp(),
    };
  }

  private ownOpenClaim(): Attempt | undefined {
    const open = openClaim(this.ledger.known);
    return open?.entry.invocation === this.invocation.id ? open : undefined;
  }

  /** KMS has accepted, or may have. */
  private get hasCalled(): boolean {
    return this.call.outcome.acceptedAt !== undefined || this.call.outcome.unknownAt !== undefined;
  }

  private timestamp(): string {
    return new Date(this.services.now()).toISOString();
  }
}
