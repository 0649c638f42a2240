import { faultOf, nameOf } from './aws-error';
import { observe } from './attribution';
import { type Step, nextStep, reasonOf } from './decision';
import * as failures from './failures';
import { Failure } from './failures';
import { lookAt } from './key-state';
import { KeyLedger } from './key-ledger';
import { type Ledger, openClaim, spending } from './ledger';
import type { Baseline, NewRecord, Rotated } from './ledger-record';
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
  /** When it is at the latest, if to fail would leave a stack stuck. */
  readonly end: number;
}

/** The ledger, and the record in it that used the request's token up; `undefined` where it does not tell. */
export interface Settled {
  readonly ledger: Ledger;
  readonly record: Rotated | Baseline | undefined;
}

type Do<Name extends Step['do']> = Extract<Step, { do: Name }>;

/** Carries out, step by step, what is decided for one request. */
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
   * Sees to it that the token's rotation has happened and is in force.
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

  /** What the ledger says of the token. Only outputs depend on it, so a ledger that cannot be read fails nothing. */
  public async lookUp(): Promise<Settled> {
    await this.attempt(this.ledger.read(bestEffort(this.invocation.end)));
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
        return this.needing(this.look());
      case 'record':
        return this.record(step);
      case 'call KMS':
        return this.needing(this.callKms(step));
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
    if (this.failure) await this.attempt(this.ledger.read(bestEffort(this.invocation.end)));
    else await this.needing(this.ledger.read(this.patience));
  }

  private async record({ record, optional, failing }: Do<'record'>): Promise<void> {
    // What is decided next depends on what the key is like then.
    if (record.state !== 'requested') this.key = undefined;
    const { end } = this.invocation;
    if (failing || optional) {
      const seal = this.attempt(this.ledger.append(record, bestEffort(end)));
      // Something has been missed that may be a reason not to fail.
      if ((await seal) === 'taken' && record.state === 'refused' && record.ends === undefined) this.failure = undefined;
    } else {
      // A rotation that is in force is over in time, whenever that can be written down.
      const policy = record.state === 'rotated' ? persistent(end, []) : this.patience;
      await this.needing(this.create(record, policy));
    }
  }

  private async create(record: NewRecord, policy: RetryPolicy): Promise<void> {
    const result = await this.ledger.append(record, policy);
    // What was in progress before the claim is over.
    if (result === 'created' && record.state === 'claimed') this.inProgress = undefined;
  }

  private async look(): Promise<void> {
    const { keyArn } = this.request;
    const isAccepted = this.call.outcome.acceptedAt !== undefined;
    const materialBefore = isAccepted ? openClaim(this.ledger.view.records)?.keyMaterialBefore : undefined;
    try {
      this.key = await repeat(this.services, persistent(this.invocation.deadline, ['denied', 'missing']), () =>
        lookAt(this.kms, keyArn, () => this.services.now(), materialBefore),
      );
    } catch (error) {
      throw failures.keyUnreadable(faultOf(error), keyArn, this.invocation.roleArn, error);
    }
    this.inProgress = observe(this.inProgress, this.key);
  }

  private async callKms({ claim }: Do<'call KMS'>): Promise<void> {
    const nextAutomaticRotation = this.key?.nextAutomaticRotation;
    this.key = undefined;
    const kms = this.services.kms(this.request.region, { ...this.caller, claim: claim.number });
    await this.call.send(kms, nextAutomaticRotation);
    const { keyArn, requestId } = this.request;
    this.services.log({ message: 'RotateKeyOnDemand', keyArn, requestId, claim: claim.number, ...this.call.outcome });
  }

  /** Waits for a fifth of what it has waited already: soon back where it goes fast, few calls where it does not. */
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

  /** Logs what is decided and why; a wait only when it begins. */
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

  /** Without what the act is for, the request fails. */
  private async needing(act: Promise<unknown>): Promise<void> {
    try {
      await act;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failure = error;
    }
  }

  private async attempt<T>(act: Promise<T>): Promise<T | undefined> {
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
