import { type StackEvent, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { nameOf, textOf } from '../lambda/aws-error';
import type { Aws } from './aws';
import { accessProblem } from './aws-problem';
import { unanswered } from './problem';

type OwnEvent = Pick<StackEvent, 'EventId' | 'ResourceStatus' | 'Timestamp'>;

/** How a deployment of a stack goes. */
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

  /** As CloudFormation names it. */
  public get status(): string | undefined {
    return this.newest?.ResourceStatus;
  }

  /** When the deployment that is in progress began; milliseconds since the epoch. */
  public get startedAt(): number | undefined {
    return this.isInProgress ? this.newest?.Timestamp?.getTime() : undefined;
  }

  /**
   * Whether a deployment has ended since the watch began. One that has not begun is waited for; one that fails at once may begin and end
   * between two looks.
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

  /** Of a change set that nobody has executed yet. */
  private get isInReview(): boolean {
    return this.status === 'REVIEW_IN_PROGRESS';
  }

  /** Events come newest first, and those of its resources may fill pages. */
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
