import type { StackEvent } from '../../local/cloudformation/stack';
import type { Key } from '../../local/kms/key';
import { ConnectionLost } from '../../local/wire/interception';
import type { Invocation } from '../../local/lambda/function';
import type { LocalAws } from '../../local/local-aws';
import { ServiceError } from '../../local/wire/service';
import type { Approach } from '../approaches';
import type { CloudFormationClient } from './cloudformation-client';
import type { Variant, Version } from './versions';

/** The outcome of a situation. */
export interface Result {
  /** Rotations that KMS accepted. */
  readonly rotations: number;
  /** Calls of RotateKeyOnDemand, which KMS swallows while a rotation is in progress. */
  readonly calls: number;
  readonly stack: string;
  /** Why the rotation failed, if it did. */
  readonly reason?: string;
}

/** One contender in one situation, with a key and a stack of its own. */
export class Trial {
  private counting = false;
  private readonly before = { rotations: 0, calls: 0 };
  private readonly endings: (() => void)[] = [];

  public constructor(
    public readonly aws: LocalAws,
    private readonly contender: Approach,
    private readonly key: Key,
    private readonly stackName: string,
  ) {}

  /** A version as this trial's contender writes it. */
  public variant(version: Version): Variant {
    const parts = Object.values(version).map(String).join('-');
    return { name: `${this.stackName}-${parts}`, contender: this.contender, keyArn: this.key.arn, version };
  }

  public async deploy(client: CloudFormationClient, version: Version): Promise<void> {
    await client.deploy(this.stackName, this.variant(version).name);
  }

  public async destroy(client: CloudFormationClient): Promise<void> {
    await client.delete(this.stackName);
  }

  /** From now on, rotations are counted and take time. */
  public begin(): void {
    this.counting = true;
    Object.assign(this.before, this.counted());
  }

  /** Whether the key is the trial's, and `begin` was called. */
  public isTimed(keyArn: string): boolean {
    return this.counting && keyArn === this.key.arn;
  }

  /** Uses up all rotations that KMS grants the key. */
  public useUpRotations(): void {
    this.key.addPastRotations('ON_DEMAND', 25 - this.key.acceptedRotations.length);
  }

  /** Loses the next responses of the rotation's function, or rejects them with a status. */
  public failAnswers(times: number, status?: number): void {
    let left = times;
    this.endings.push(
      this.aws.intercept({ service: 'response', operation: 'Put' }, 'before', ({ body }) => {
        if (!this.counting || !this.isOfRotation(JSON.parse(body.toString())) || left === 0) return;
        left -= 1;
        throw status === undefined ? new ConnectionLost() : new ServiceError('AccessDenied', 'Access Denied', status);
      }),
    );
  }

  /** Does something before or after the first call of RotateKeyOnDemand is carried out. */
  public atFirstCall(phase: 'before' | 'after', act: (running: Invocation) => void): void {
    let done = false;
    this.endings.push(
      this.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand' }, phase, ({ input }) => {
        if (!this.counting || input.KeyId !== this.key.arn || done) return;
        done = true;
        act(this.lastInvocation());
      }),
    );
  }

  public crash({ functionName }: Invocation): void {
    this.aws.lambda.killRunning(functionName);
  }

  public deliverAgain({ functionName, event }: Invocation): void {
    this.aws.lambda.invokeAsync(functionName, event);
  }

  public wait(seconds: number): Promise<void> {
    return this.aws.clock.sleep(seconds * 1000);
  }

  /** The last invocation for a Create or an Update. */
  public lastInvocation(): Invocation {
    // A Delete of an old physical ID may have followed.
    const last = this.invocations().findLast(
      ({ event }) => (event as { readonly RequestType: string }).RequestType !== 'Delete',
    );
    if (!last) throw new Error(`${this.stackName}: no event has reached the function`);
    return last;
  }

  /** The outcome, once no invocation is running. Ends the function's processes. */
  public async result(region: string): Promise<Result> {
    while (this.invocations().some(({ endedAt }) => endedAt === undefined)) await this.wait(1);
    for (const end of this.endings) end();
    for (const name of new Set(this.invocations().map(({ functionName }) => functionName)))
      this.aws.lambda.deleteFunction(name);
    const { rotations, calls } = this.counted();
    const stack = this.aws.cloudFormation.find(this.stackName, region);
    return {
      rotations: rotations - this.before.rotations,
      calls: calls - this.before.calls,
      stack: stack?.status ?? 'none',
      reason: reasonOf(stack?.events ?? []),
    };
  }

  /** The invocations for the rotation itself, not for other custom resources. */
  private invocations(): Invocation[] {
    return this.aws.lambda.invocations.filter(({ event }) => this.isOfRotation(event));
  }

  private isOfRotation(eventOrAnswer: unknown): boolean {
    const { StackId, LogicalResourceId } = eventOrAnswer as {
      readonly StackId: string;
      readonly LogicalResourceId: string;
    };
    return StackId.includes(`:stack/${this.stackName}/`) && LogicalResourceId !== 'Failing';
  }

  private counted(): { rotations: number; calls: number } {
    const calls = this.aws.calls.filter(
      ({ operation, input }) => operation === 'RotateKeyOnDemand' && input.KeyId === this.key.arn,
    );
    return { rotations: this.key.acceptedRotations.length, calls: calls.length };
  }
}

/** The function's message, without what CloudFormation adds to it. */
function reasonOf(events: readonly StackEvent[]): string | undefined {
  const failure = events.find(
    ({ ResourceType, ResourceStatus }) =>
      ResourceStatus.endsWith('FAILED') && ResourceType.startsWith('Custom::') && ResourceType !== 'Custom::Failing',
  );
  return /Message returned: (.*) \(RequestId: /s.exec(failure?.ResourceStatusReason ?? '')?.[1];
}
