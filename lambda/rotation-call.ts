import { faultOf, nameOf } from './aws-error';
import type { Calls } from './decision';
import * as failures from './failures';
import type { Failure } from './failures';
import { IAM_PROPAGATION, backoff } from './retry';
import type { Services } from './services';

const SECOND = 1000;

/**
 * With these KMS says that it has not rotated, and will not. Whatever is not listed here, whatever its status code, leaves that open.
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

/** One invocation's calls of RotateKeyOnDemand for one key. */
export class RotationCall {
  /** What has become of them. */
  public outcome: Calls = {};
  private throttlings = 0;
  private refusedSince: number | undefined;

  public constructor(
    private readonly keyArn: string,
    private readonly region: string,
    private readonly roleArn: string,
    private readonly services: Services,
  ) {}

  /**
   * Calls once, and notes the outcome.
   *
   * @param nextAutomaticRotation For the sentence, if KMS is about to rotate the key by itself.
   * @throws Failure if KMS refuses for good.
   */
  public async send(nextAutomaticRotation: Date | undefined): Promise<void> {
    // Until it is answered, nobody knows.
    this.outcome = { unknownAt: this.services.now() };
    try {
      await this.services.kms(this.region).rotateKeyOnDemand(this.keyArn);
      this.outcome = { acceptedAt: this.services.now() };
    } catch (error) {
      this.services.log({ message: 'RotateKeyOnDemand failed', keyArn: this.keyArn, error: nameOf(error) });
      const { refusedForGood, ...outcome } = this.outcomeOf(error, nextAutomaticRotation);
      this.outcome = outcome;
      if (refusedForGood) throw refusedForGood;
    }
  }

  private outcomeOf(
    error: unknown,
    nextAutomaticRotation: Date | undefined,
  ): Calls & { readonly refusedForGood?: Failure } {
    const now = this.services.now();
    const name = nameOf(error);
    const refusedForNow = (pause: number, failure: Failure): Calls => ({ notBefore: { at: now + pause, failure } });
    if (name === 'ThrottlingException') {
      const pause = backoff(this.throttlings++, () => this.services.random());
      return refusedForNow(pause, failures.throttled(this.keyArn, error));
    }
    // KMS rotates the key by itself now or within 20 minutes.
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html#API_RotateKeyOnDemand_Errors
    if (name === 'ConflictException') {
      return refusedForNow(20 * SECOND, failures.automaticRotation(this.keyArn, nextAutomaticRotation?.toISOString()));
    }
    if (!REFUSALS.has(name)) return { unknownAt: now };
    this.refusedSince ??= now;
    const failure = this.refusal(error);
    // The key was found eligible a moment ago, and KMS is eventually consistent.
    const mayPass =
      name === 'AccessDeniedException' || name === 'NotFoundException' || name === 'KMSInvalidStateException';
    return mayPass && now < this.refusedSince + IAM_PROPAGATION
      ? refusedForNow(5 * SECOND, failure)
      : { refusedForGood: failure };
  }

  private refusal(error: unknown): Failure {
    if (faultOf(error) === 'denied') return failures.rotationDenied(this.keyArn, this.roleArn, error);
    if (nameOf(error) === 'LimitExceededException') return failures.limitReached(this.keyArn, error);
    return failures.rotationRefused(this.keyArn, error);
  }
}
