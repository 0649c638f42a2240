import type { Stack } from '../../local/cloudformation/stack';
import type { LocalAws } from '../../local/local-aws';

export interface FeedEvent {
  readonly where: 'CloudFormation' | 'handler' | 'KMS';
  readonly what: string;
  readonly isBad: boolean;
}

/** The stack's own events, the rotation's, and what fails: the reason follows in what the command prints. */
const TOLD = ['AWS::CloudFormation::Stack', 'Custom::OnDemandKeyRotation'];

/** A resource's creation makes two events of one status. */
const SECOND_OF_TWO = 'Resource creation Initiated';

const LOOK_EVERY = 50;

/** Hands over what CloudFormation, KMS and the handler do, as it happens and in order. */
export class EventFeed {
  private told: number;
  private readonly ends: (() => void)[];

  public constructor(
    aws: LocalAws,
    private readonly stack: () => Stack | undefined,
    private readonly hear: (happening: FeedEvent) => void,
  ) {
    this.told = stack()?.events.length ?? 0;
    const looking = setInterval(() => {
      this.lookAtStack();
    }, LOOK_EVERY);
    this.ends = [
      () => {
        clearInterval(looking);
      },
      aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand' }, 'after', ({ input }) => {
        this.tell({
          where: 'KMS',
          what: `accepts RotateKeyOnDemand of key ${idOf(String(input.KeyId)).slice(0, 8)}…`,
          isBad: false,
        });
      }),
      aws.intercept({ service: 'response', operation: 'Put' }, 'before', ({ body }) => {
        const { Status } = JSON.parse(body.toString()) as { Status: string };
        this.tell({ where: 'handler', what: `answers ${Status}`, isBad: Status !== 'SUCCESS' });
      }),
    ];
  }

  public end(): void {
    this.lookAtStack();
    for (const end of this.ends) end();
  }

  private tell(happening: FeedEvent): void {
    this.lookAtStack();
    this.hear(happening);
  }

  private lookAtStack(): void {
    const events = this.stack()?.events ?? [];
    for (const { ResourceStatus, ResourceType, LogicalResourceId, ResourceStatusReason } of events.slice(this.told)) {
      const failed = ResourceStatus.endsWith('_FAILED');
      if (!failed && !TOLD.includes(ResourceType)) continue;
      if (ResourceStatusReason === SECOND_OF_TWO || ResourceStatus.endsWith('_CLEANUP_IN_PROGRESS')) continue;
      const isBad = failed || ResourceStatus.includes('ROLLBACK');
      this.hear({ where: 'CloudFormation', what: `${ResourceStatus}  ${LogicalResourceId}`, isBad });
    }
    this.told = events.length;
  }
}

function idOf(keyArn: string): string {
  return keyArn.slice(keyArn.lastIndexOf('/') + 1);
}
