import { faultOf, nameOf } from './aws-error';
import { observe } from './attribution';
import { type Step, nextStep, reasonOf } from './decision';
import * as failures from './failures';
import { Failure } from './failures';
import { lookAt } from './key-state';
import { KeyLedger } from './key-ledger';
import { type Ledger, openClaim, spending } from './ledger';
import type { Baseline, Rotated } from './ledger-record';
import type { RotationRequest } from './request';
import { type RetryPolicy, bestEffort, persistent, repeat } from './retry';
import { RotationCall } from './rotation-call';
import type { Kms, KmsCaller, Services } from './services';
import type { Situation } from './situation';

const SECOND = 1000;

export interface Invocation {
  /** A name that no other invocation has. */
  readonly id: string;
  readonly roleArn: string;
  /** When the answer is due; milliseconds since the epoch. */
  readonly deadline: number;
  /** The last moment to respond; used for Updates, whose failure would leave the stack stuck. */
  readonly end: number;
}

/** The ledger, and the record in it that used the request's token up; `undefined` if it was not found. */
export interface Settled {
  readonly ledger: Ledger;
  readonly record: Rotated | Baseline | undefined;
}

type Do<Name extends Step['do']> = Extract<Step, { do: Name }>;

/** Carries out the decided steps of one request. */
export class RotationExecutor {
  private readonly ledger: KeyLedger;
  private readonly call: RotationCall;
  private readonly caller: KmsCaller;
  private readonly kms: Kms;
  private key: Situation['key'];
  private inProgress: Situation['inProgress'];
  private failure: Failure | undefined;
  private waitingFor: string | undefined;
  private waitingSince: number | undefined;

  public constructor(
    private readonly request: RotationRequest,
    private readonly invocation: Invocation,
    private readonly services: Services,
  ) {
    const { keyArn, keyId, region, tokenDigest } = request;
    this.ledger = new KeyLedger(keyId, region, invocation.roleArn, services);
    this.call = new RotationCall(keyArn, invocation.roleArn, services);
    this.caller = { invocation: invocation.id, tokenDigest };
    this.kms = services.kms(region, this.caller);
  }

  /**
   * Makes sure that the token's rotation is in force.
   *
   * @throws Failure if that could not be achieved in time.
   */
  public async run(): Promise<Settled> {
    for (;;) {
      const step = nextStep(this.situation);
      this.note(step);
      if (step.do === 'succeed') return { ledger: this.ledger.view.records, record: step.record };
      if (step.do === 'fail') throw step.failure;
      await this.carryOut(step);
    }
  }

  /** What the ledger says about the token. Only outputs depend on it, so an unreadable ledger does not fail the request. */
  public async lookUp(): Promise<Settled> {
    await this.orLog(this.ledger.read(bestEffort(this.invocation.end)));
    const { records } = this.ledger.view;
    return { ledger: records, record: spending(records, this.request.token) };
  }

  private get situation(): Situation {
    const { deadline, end, id } = this.invocation;
    return {
      request: this.request,
      invocation: id,
      now: this.services.now(),
      deadline,
      end,
      ledger: this.ledger.view,
      key: this.key,
      inProgress: this.inProgress,
      calls: this.call.outcome,
      failure: this.failure,
    };
  }

  private async carryOut(step: Exclude<Step, Do<'succeed'> | Do<'fail'>>): Promise<void> {
    if ('failing' in step) this.failure = step.failing;
    switch (step.do) {
      case 'read the ledger':
        return this.read();
      case 'look at the key':
        return this.orFailRequest(this.look());
      case 'record':
        return this.record(step);
      case 'call KMS':
        return this.orFailRequest(this.callKms(step));
      case 'wait':
        return this.wait(step);
    }
  }

  /** An Update may be a rollback, which leaves the stack stuck if it fails: it waits for the ledger as long as it can. */
  private get patience(): RetryPolicy {
    const { deadline, end } = this.invocation;
    return this.request.type === 'Update' ? persistent(end, []) : persistent(deadline, ['denied']);
  }

  private async read(): Promise<void> {
    if (this.failure) await this.orLog(this.ledger.read(bestEffort(this.invocation.end)));
    else await this.orFailRequest(this.ledger.read(this.patience));
  }

  private async record({ record, optional, failing }: Do<'record'>): Promise<void> {
    // The next decision needs a new read of the key.
    if (record.state !== 'requested') this.key = undefined;
    const { end } = this.invocation;
    if (failing || optional) {
      const seal = this.orLog(this.ledger.append(record, bestEffort(end)));
      // We have missed a record, which may be a reason not to fail.
      if ((await seal) === 'taken' && record.state === 'refused' && record.ends === undefined) this.failure = undefined;
    } else {
      // A rotation that is in force has completed in time, even if it is recorded later.
      const policy = record.state === 'rotated' ? persistent(end, []) : this.patience;
      await this.orFailRequest(this.ledger.append(record, policy));
    }
  }

  private async look(): Promise<void> {
    const { keyArn } = this.request;
    const isAccepted = this.call.outcome.acceptedAt !== undefined;
    const claim = openClaim(this.ledger.view.records);
    const materialBefore = isAccepted ? claim?.keyMaterialBefore : undefined;
    try {
      this.key = await repeat(this.services, persistent(this.invocation.deadline, ['denied', 'missing']), () =>
        lookAt(this.kms, keyArn, () => this.services.now(), materialBefore),
      );
    } catch (error) {
      throw failures.keyUnreadable(faultOf(error), keyArn, this.invocation.roleArn, error);
    }
    this.inProgress = observe(this.inProgress, this.key, claim);
  }

  private async callKms({ claim }: Do<'call KMS'>): Promise<void> {
    const nextAutomaticRotation = this.key?.nextAutomaticRotation;
    this.key = undefined;
    const kms = this.services.kms(this.request.region, { ...this.caller, claim: claim.number });
    await this.call.send(kms, nextAutomaticRotation);
    const { keyArn, requestId } = this.request;
    this.services.log({ message: 'RotateKeyOnDemand', keyArn, requestId, claim: claim.number, ...this.call.outcome });
  }

  /** Polls after a fifth of the time waited so far: a fast rotation is seen soon, and a slow one takes few calls. */
  private async wait({ until, keepsLedger }: Do<'wait'>): Promise<void> {
    const now = this.services.now();
    this.waitingSince ??= now;
    const polling =
      Math.min(Math.max((now - this.waitingSince) / 5, SECOND / 2), 5 * SECOND) * (0.75 + this.services.random() / 4);
    const { deadline, end } = this.invocation;
    const atMost = (now < deadline ? deadline : end) - now;
    await this.services.sleep(Math.max(0, Math.min(until === undefined ? polling : until - now, atMost)));
    this.key = undefined;
    if (!keepsLedger) this.ledger.expire();
  }

  /** Logs each step and its reason; a wait only when it begins. */
  private note(step: Step): void {
    if (step.do === 'read the ledger' || step.do === 'look at the key') return;
    const why = reasonOf(step);
    if (step.do === 'wait' && why === this.waitingFor) return;
    this.waitingFor = step.do === 'wait' ? why : undefined;
    this.waitingSince = undefined;
    if (step.do === 'succeed' || step.do === 'fail') return;
    const { requestId, keyArn } = this.request;
    this.services.log({ message: 'Step', step: step.do, why, requestId, keyArn });
  }

  /** If this fails, the request fails. */
  private async orFailRequest(act: Promise<unknown>): Promise<void> {
    try {
      await act;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failure = error;
    }
  }

  private async orLog<T>(act: Promise<T>): Promise<T | undefined> {
    try {
      return await act;
    } catch (error) {
      this.services.log({
        message: 'The ledger could not be used',
        error: error instanceof Failure ? error.code : nameOf(error),
      });
      return undefined;
    }
  }
}
