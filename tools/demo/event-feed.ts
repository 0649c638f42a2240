import type { Stack } from '../../local/cloudformation/stack';
import type { LocalAws } from '../../local/local-aws';

export interface FeedEvent {
  readonly where: 'CloudFormation' | 'handler' | 'KMS';
  readonly what: string;
  readonly isBad: boolean;
}

/** Resource types whose events are shown. Failures are always shown; the command prints their reasons. */
const SHOWN_TYPES = ['AWS::CloudFormation::Stack', 'Custom::OnDemandKeyRotation'];

/** Creating a resource emits two events with one status. */
const SECOND_OF_TWO = 'Resource creation Initiated';

const POLL_INTERVAL = 50;

/** Reports what CloudFormation, KMS and the handler do, in order and as it happens. */
export class EventFeed {
  private seen: number;
  private readonly ends: (() => void)[];

  public constructor(
    aws: LocalAws,
    private readonly stack: () => Stack | undefined,
    private readonly onEvent: (event: FeedEvent) => void,
  ) {
    this.seen = stack()?.events.length ?? 0;
    const timer = setInterval(() => {
      this.readStack();
    }, POLL_INTERVAL);
    this.ends = [
      () => {
        clearInterval(timer);
      },
      aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand' }, 'after', ({ input }) => {
        this.report({
          where: 'KMS',
          what: `accepts RotateKeyOnDemand of key ${idOf(String(input.KeyId)).slice(0, 8)}…`,
          isBad: false,
        });
      }),
      aws.intercept({ service: 'response', operation: 'Put' }, 'before', ({ body }) => {
        const { Status } = JSON.parse(body.toString()) as { Status: string };
        this.report({ where: 'handler', what: `answers ${Status}`, isBad: Status !== 'SUCCESS' });
      }),
    ];
  }

  public end(): void {
    this.readStack();
    for (const end of this.ends) end();
  }

  private report(event: FeedEvent): void {
    this.readStack();
    this.onEvent(event);
  }

  private readStack(): void {
    const events = this.stack()?.events ?? [];
    for (const { ResourceStatus, ResourceType, LogicalResourceId, ResourceStatusReason } of events.slice(this.seen)) {
      const failed = ResourceStatus.endsWith('_FAILED');
      if (!failed && !SHOWN_TYPES.includes(ResourceType)) continue;
      if (ResourceStatusReason === SECOND_OF_TWO || ResourceStatus.endsWith('_CLEANUP_IN_PROGRESS')) continue;
      const isBad = failed || ResourceStatus.includes('ROLLBACK');
      this.onEvent({ where: 'CloudFormation', what: `${ResourceStatus}  ${LogicalResourceId}`, isBad });
    }
    this.seen = events.length;
  }
}

function idOf(keyArn: string): string {
  return keyArn.slice(keyArn.lastIndexOf('/') + 1);
}
