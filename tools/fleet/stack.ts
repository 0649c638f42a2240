import type { VirtualTime } from './virtual-time';

const HOUR = 3600_000;
export const STACK_ID = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/fleet/1';

export interface Outcome {
  readonly status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_FAILED';
  /** From the first request to the last answer that decided; milliseconds. */
  readonly duration: number;
  readonly rollback: number;
  /** How many resources had succeeded before the first one failed. */
  readonly succeeded: number;
  /** What the stack's events say of the first failure. */
  readonly reason: string | undefined;
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
}

type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * A stack of rotations, all of which an update changes at once. If one fails, or has no answer after CloudFormation's hour, all
 * get an Update back to the old token, whether theirs is over or not.
 */
export class Stack {
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private token: string | undefined;
  private requests = 0;

  public constructor(
    private readonly time: VirtualTime,
    private readonly keyArns: readonly string[],
    private readonly completionTimeout: number,
    private readonly deliver: (event: Readonly<Record<string, unknown>>) => void,
  ) {}

  public answer(url: URL, body: string): void {
    this.waiting.get(url.pathname)?.(JSON.parse(body) as Answer);
    this.waiting.delete(url.pathname);
  }

  public async deploy(token: string): Promise<Outcome> {
    const startedAt = this.time.now;
    const old = this.token;
    let succeeded = 0;
    const verdict = await this.all(token, old, () => succeeded++);
    const duration = this.time.now - startedAt;
    if (verdict.ok) {
      this.token = token;
      return { status: 'UPDATE_COMPLETE', duration, rollback: 0, succeeded, reason: undefined };
    }
    const reached = succeeded;
    const back = await this.all(old ?? token, token, () => undefined);
    const status = back.ok ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_FAILED';
    return {
      status,
      duration,
      rollback: this.time.now - startedAt - duration,
      succeeded: reached,
      reason: verdict.reason,
    };
  }

  /** Settles with the first failure, or when all have succeeded. */
  private all(token: string, old: string | undefined, succeeded: () => void): Promise<Verdict> {
    let left = this.keyArns.length;
    return new Promise((resolve) => {
      this.keyArns.forEach((keyArn, i) => {
        this.request(keyArn, i, token, old, (answer) => {
          if (answer.Status === 'FAILED') {
            resolve({ ok: false, reason: answer.Reason ?? '' });
            return;
          }
          succeeded();
          if (--left === 0) resolve({ ok: true });
        });
      });
    });
  }

  private request(
    keyArn: string,
    i: number,
    token: string,
    old: string | undefined,
    settle: (answer: Answer) => void,
  ): void {
    const RequestId = `request-${this.requests++}`;
    const properties = (RotationToken: string) => ({
      KeyArn: keyArn,
      RotationToken,
      RotateOnCreate: 'false',
      CompletionTimeout: String(this.completionTimeout),
      ReservedRotations: '5',
    });
    this.waiting.set(`/${RequestId}`, settle);
    this.time.after(HOUR, () => {
      this.answer(new URL(`https://answers.invalid/${RequestId}`), JSON.stringify(TIMEOUT));
    });
    this.deliver({
      RequestType: old === undefined ? 'Create' : 'Update',
      RequestId,
      StackId: STACK_ID,
      LogicalResourceId: `Rotation${i}`,
      ...(old !== undefined && { PhysicalResourceId: `Rotation${i}`, OldResourceProperties: properties(old) }),
      ResponseURL: `https://answers.invalid/${RequestId}${signedAt(this.time.now)}`,
      ResourceProperties: properties(token),
    });
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const TIMEOUT: Answer = {
  Status: 'FAILED',
  Reason: 'CloudFormation did not receive a response from your Custom Resource.',
};

/** As URLs are that were signed in advance. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function signedAt(now: number): string {
  const date = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=7200`;
}
