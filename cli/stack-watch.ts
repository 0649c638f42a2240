import { paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { nameOf, textOf } from '../lambda/aws-error';
import type { Aws } from './aws';
import { accessProblem } from './aws-problem';
import { unanswered } from './problem';

/** How a deployment of a stack goes. */
export class StackWatch {
  /** As CloudFormation names it; `undefined` before the stack exists. */
  public status: string | undefined;
  private wasSeenInProgress = false;

  public constructor(
    private readonly aws: Aws,
    private readonly region: string,
    private readonly name: string,
  ) {}

  /** Whether a deployment has been seen, and has ended. One that has not begun is waited for. */
  public async isOver(): Promise<boolean> {
    this.status = await this.readStatus();
    const isInProgress = this.status?.endsWith('_IN_PROGRESS') ?? false;
    // A change set that is being reviewed is no deployment.
    if (isInProgress && this.status !== 'REVIEW_IN_PROGRESS') this.wasSeenInProgress = true;
    return this.wasSeenInProgress && !isInProgress;
  }

  /** Of the newest event of the stack itself: events come newest first, and those of its resources may fill pages. */
  private async readStatus(): Promise<string | undefined> {
    try {
      const pages = paginateDescribeStackEvents(
        { client: this.aws.cloudFormation(this.region) },
        { StackName: this.name },
      );
      for await (const { StackEvents = [] } of pages) {
        const own = StackEvents.find(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId);
        if (own || this.status !== undefined) return own?.ResourceStatus ?? this.status;
      }
      return undefined;
    } catch (error) {
      if (nameOf(error) === 'ValidationError') return undefined;
      throw accessProblem(error, this.region, this.aws.profile) ?? unanswered(this.region, textOf(error));
    }
  }
}
