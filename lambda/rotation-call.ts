import { nameOf, statusOf } from './aws-error';
import * as failures from './failures';
import type { Failure } from './failures';
import { PROPAGATION, backoff } from './retry';
import type { Kms, Services } from './services';
import type { Calls } from './situation';

const SECOND = 1000;

/**
 * Errors with which KMS refuses to rotate. Any other error leaves the outcome open, whatever its status code.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
 */
const REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'InvalidArnException',
  'KMSInvalidStateException',
  'LimitExceededException',
  'NotFoundException',
  'UnsupportedOperationException',
  'ValidationException',
]);
/** Refusals that contradict the last read and may be stale: KMS is eventually consistent. */
const MAY_PASS = new Set(['AccessDeniedException', 'KMSInvalidStateException', 'NotFoundException']);

/** One invocation's calls of RotateKeyOnDemand for one key. */
export class RotationCall {
  public outcome: Calls = {};
  private throttlings = 0;
  private refusedSince: number | undefined;

  public constructor(
    private readonly keyArn: string,
    private readonly roleArn: string,
    private readonly services: Services,
  ) {}

  /**
   * Calls once, and notes the outcome.
   *
   * @param nextAutomaticRotation for the sentence, if KMS is about to rotate the key by itself.
   * @throws Failure if KMS refuses for good.
   */
  public async send(kms: Kms, nextAutomaticRotation: Date | undefined): Promise<void> {
    // Unknown until KMS answers.
    this.outcome = { unknownAt: this.services.now() };
    let error: unknown;
    try {
      const kmsRequestId = await kms.rotateKeyOnDemand(this.keyArn);
      this.outcome = { acceptedAt: this.services.now(), kmsRequestId };
      return;
    } catch (thrown) {
      error = thrown;
    }
    const refusal = this.noteError(error, nextAutomaticRotation);
    if (refusal) throw refusal;
  }

  /** @returns the failure if KMS has refused for good. */
  private noteError(error: unknown, nextAutomaticRotation: Date | undefined): Failure | undefined {
    const now = this.services.now();
    const status = statusOf(error) ?? 0;
    // With another status, the error is not KMS's answer.
    const name = status >= 400 && status < 500 ? nameOf(error) : '';
    const refuseForNow = (pause: number, failure: Failure) => {
      this.outcome = { notBefore: { at: now + pause, failure } };
    };
    if (name === 'ThrottlingException') {
      const pause = backoff(this.throttlings++, () => this.services.random());
      refuseForNow(pause, failures.throttled(this.keyArn));
      return undefined;
    }
    // KMS rotates the key by itself now or within 20 minutes.
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
    if (name === 'ConflictException') {
      refuseForNow(20 * SECOND, failures.automaticRotation(this.keyArn, nextAutomaticRotation));
      return undefined;
    }
    if (!REFUSALS.has(name)) {
      this.outcome = { unknownAt: now };
      return undefined;
    }
    this.outcome = {};
    this.refusedSince ??= now;
    const failure = this.refusal(error);
    if (!MAY_PASS.has(name) || now >= this.refusedSince + PROPAGATION) return failure;
    refuseForNow(5 * SECOND, failure);
    return undefined;
  }

  private refusal(error: unknown): Failure {
    switch (nameOf(error)) {
      case 'AccessDeniedException':
        return failures.rotationDenied(this.keyArn, this.roleArn, error);
      case 'LimitExceededException':
        return failures.limitReached(this.keyArn, error);
      default:
        return failures.rotationRefused(this.keyArn, error);
    }
  }
}
