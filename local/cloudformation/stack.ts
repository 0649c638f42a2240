import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { ProcessedTemplate } from './processed-template';
import type { ChangeSet } from './change-set';
import type { Properties, ResourcePlace } from './resource-type';

/** A resource of a stack. Records are replaced, never changed. */
export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  /** Nothing before it was created, and where creating it failed without a trace. */
  readonly physicalId?: string;
  readonly properties: Properties;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  readonly status: string;
  readonly reason?: string;
  readonly changedAt: Date;
  /** What has been done to it since the stack was stable, and so has to be undone by a rollback. */
  readonly change?: 'update' | 'replacement' | 'failed replacement';
  /** Of the request that failed; a retry without rollback bears it again. https://github.com/aws/aws-cdk/issues/35957 */
  readonly failedRequestId?: string;
}

export interface StackOutput {
  readonly OutputKey: string;
  readonly OutputValue: string;
  readonly Description?: string;
  readonly ExportName?: string;
}

/** What a rollback goes back to. */
export interface StableState {
  readonly blueprint: ProcessedTemplate;
  readonly resources: ReadonlyMap<string, ResourceRecord>;
  readonly outputs: readonly StackOutput[];
}

export interface StackEvent {
  readonly EventId: string;
  readonly StackId: string;
  readonly StackName: string;
  readonly OperationId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly Timestamp: Date;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
  readonly ResourceProperties?: string;
  readonly ClientRequestToken?: string;
}

/** The identity of a stack, and how it is called for. */
export interface StackIdentity {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
}

/** A stack: its state, what it consists of, and what has happened to it. */
export class Stack {
  public readonly id: string;
  public readonly createdAt: Date;
  public updatedAt: Date | undefined;
  public deletedAt: Date | undefined;
  public blueprint: ProcessedTemplate | undefined;
  public readonly resources = new Map<string, ResourceRecord>();
  public outputs: readonly StackOutput[] = [];
  /** Present while the stack is away from its last stable state. */
  public stable: StableState | undefined;
  /** What replacements have left behind, to be deleted in the cleanup. */
  public obsolete: ResourceRecord[] = [];
  public readonly events: StackEvent[] = [];
  public readonly changeSets = new Map<string, ChangeSet>();
  public tags: readonly { readonly Key: string; readonly Value: string }[] = [];
  public disableRollback = false;
  public terminationProtection = false;
  /** Of the operation under way. */
  public operationId: string = randomUUID();
  public clientRequestToken: string | undefined;
  private statusNow = 'REVIEW_IN_PROGRESS';
  private reasonNow: string | undefined;
  private watchers: (() => void)[] = [];

  public constructor(
    public readonly identity: StackIdentity,
    private readonly clock: Clock,
  ) {
    const { name, region, accountId } = identity;
    this.id = `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${randomUUID()}`;
    this.createdAt = new Date(clock.now());
  }

  public get name(): string {
    return this.identity.name;
  }

  public get status(): string {
    return this.statusNow;
  }

  public get statusReason(): string | undefined {
    return this.reasonNow;
  }

  public get inProgress(): boolean {
    return this.statusNow.endsWith('_IN_PROGRESS') && this.statusNow !== 'REVIEW_IN_PROGRESS';
  }

  public setStatus(status: string, reason?: string): void {
    this.statusNow = status;
    this.reasonNow = reason;
    this.addEvent({ logicalId: this.name, physicalId: this.id, type: 'AWS::CloudFormation::Stack', status, reason });
    const watchers = this.watchers;
    this.watchers = [];
    watchers.forEach((watcher) => {
      watcher();
    });
  }

  public markUpdated(): void {
    this.updatedAt = new Date(this.clock.now());
  }

  /** Resolves when the status changes next. */
  public statusChange(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  /** Keeps a resource's new state, and tells it as an event. */
  public record(record: Omit<ResourceRecord, 'changedAt'>): void {
    this.keep({ ...record, changedAt: new Date(this.clock.now()) });
    this.addEvent(record);
  }

  /** Keeps a resource's new state without an event. */
  public keep(record: Omit<ResourceRecord, 'changedAt'> & { readonly changedAt?: Date }): void {
    this.resources.set(record.logicalId, { changedAt: new Date(this.clock.now()), ...record });
  }

  /** Events bear strictly rising times: the CLI sorts by them. */
  public addEvent(
    event: Pick<ResourceRecord, 'logicalId' | 'physicalId' | 'type' | 'status' | 'reason'> & {
      readonly properties?: Properties;
    },
  ): void {
    const last = this.events.at(-1)?.Timestamp.getTime() ?? 0;
    this.events.push({
      EventId: `${event.logicalId}-${randomUUID()}`,
      StackId: this.id,
      StackName: this.name,
      OperationId: this.operationId,
      LogicalResourceId: event.logicalId,
      PhysicalResourceId: event.physicalId ?? '',
      ResourceType: event.type,
      Timestamp: new Date(Math.max(Math.floor(this.clock.now()), last + 1)),
      ResourceStatus: event.status,
      ResourceStatusReason: event.reason,
      ResourceProperties: event.properties && JSON.stringify(event.properties),
      ClientRequestToken: this.clientRequestToken,
    });
  }

  public place(logicalId: string, type: string): ResourcePlace {
    const { name: stackName, accountId, region } = this.identity;
    return { stackId: this.id, stackName, accountId, region, logicalId, type };
  }
}
