import { type StackEvent, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { nameOf, textOf } from '../lambda/aws-error';
import type { Aws } from './aws';
import { accessProblem } from './aws-problem';
import { unanswered } from './problem';

type OwnEvent = Pick<StackEvent, 'EventId' | 'ResourceStatus' | 'Timestamp'>;

/** Follows a deployment of a stack. */
export class StackWatch {
  /** The newest event of the stack itself; `undefined` before the stack exists. */
  private newest: OwnEvent | undefined;
  private wasSeenInProgress = false;

  private constructor(
    private readonly aws: Aws,
    private readonly region: string,
    private readonly name: string,
  ) {}

  public static async begin(aws: Aws, region: string, name: string): Promise<StackWatch> {
    const watch = new StackWatch(aws, region, name);
    watch.newest = await watch.readNewest();
    watch.wasSeenInProgress = watch.isInProgress;
    return watch;
  }

  /** CloudFormation's name for it. */
  public get status(): string | undefined {
    return this.newest?.ResourceStatus;
  }

  /** When the deployment that is in progress began; milliseconds since the epoch. */
  public get startedAt(): number | undefined {
    return this.isInProgress ? this.newest?.Timestamp?.getTime() : undefined;
  }

  /**
   * Whether a deployment has ended since the watch began. Until one begins, this is false. One that fails fast may begin and end between
   * two reads.
   */
  public async isOver(): Promise<boolean> {
    const before = this.newest?.EventId;
    this.newest = await this.readNewest();
    if (this.isInProgress || this.newest?.EventId !== before) this.wasSeenInProgress = true;
    return this.wasSeenInProgress && this.newest !== undefined && !this.isInProgress && !this.isInReview;
  }

  private get isInProgress(): boolean {
    return (this.status?.endsWith('_IN_PROGRESS') ?? false) && !this.isInReview;
  }

  /** The change set has not been executed yet. */
  private get isInReview(): boolean {
    return this.status === 'REVIEW_IN_PROGRESS';
  }

  /** Events come newest first; those of the stack's resources may fill pages. */
  private async readNewest(): Promise<OwnEvent | undefined> {
    try {
      const pages = paginateDescribeStackEvents(
        { client: this.aws.cloudFormation(this.region) },
        { StackName: this.name },
      );
      for await (const { StackEvents = [] } of pages) {
        const own = StackEvents.find(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId);
        if (own || this.newest) return own ?? this.newest;
      }
      return undefined;
    } catch (error) {
      if (nameOf(error) === 'ValidationError') return undefined;
      throw accessProblem(error, this.region, this.aws.profile) ?? unanswered(this.region, textOf(error));
    }
  }
}
