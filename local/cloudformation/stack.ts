import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import { type ChangeSet, isOpen, type Tag } from './change-set';
import { type DeploymentConfig, STANDARD } from './deployment-config';
import type { ProcessedTemplate } from './processed-template';
import type { Properties, ResourcePlace } from './resource-type';

/** A resource of a stack. Records are replaced, never changed. */
export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  /** Undefined before it was created, and where creating it failed without a trace. */
  readonly physicalId?: string;
  readonly properties: Properties;
  /** The properties as events show them: values of NoEcho parameters are masked. */
  readonly shownProperties?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  readonly status: string;
  readonly reason?: string;
  readonly changedAt: Date;
  /** What has been done to it since the stack was stable, and so has to be undone by a rollback. */
  readonly change?: 'update' | 'replacement' | 'failed replacement' | 'import';
  /** Of the request that failed; a retry without rollback bears it again. https://github.com/aws/aws-cdk/issues/35957 */
  readonly failedRequestId?: string;
  /** Undefined as long as it was not looked for. */
  readonly drift?: { readonly StackResourceDriftStatus: string; readonly LastCheckTimestamp: Date };
}

export interface StackOutput {
  readonly OutputKey: string;
  readonly OutputValue: string;
  readonly Description?: string;
  readonly ExportName?: string;
}

/** What a rollback goes back to. */
export interface StableState {
  readonly processed: ProcessedTemplate;
  readonly resources: ReadonlyMap<string, ResourceRecord>;
  readonly outputs: readonly StackOutput[];
  readonly tags: readonly Tag[];
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

/** One operation on a stack. A rollback is an operation of its own. */
export interface StackOperation {
  readonly OperationType: 'CREATE_STACK' | 'UPDATE_STACK' | 'DELETE_STACK' | 'ROLLBACK' | 'CONTINUE_ROLLBACK';
  readonly OperationId: string;
}

/** The identity of a stack, and how it is called for. */
export interface StackIdentity {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** The stack that this one is a resource of. */
  readonly parent?: Stack;
}

/** A stack: its state, what it consists of, and what has happened to it. */
export class Stack {
  public readonly id: string;
  public readonly createdAt: Date;
  public updatedAt: Date | undefined;
  public deletedAt: Date | undefined;
  public processed: ProcessedTemplate | undefined;
  public readonly resources = new Map<string, ResourceRecord>();
  public outputs: readonly StackOutput[] = [];
  /** Present while the stack is away from its last stable state. */
  public stable: StableState | undefined;
  /** What replacements have left behind, to be deleted in the cleanup. */
  public obsolete: ResourceRecord[] = [];
  public readonly events: StackEvent[] = [];
  public readonly changeSets: ChangeSet[] = [];
  /** The one that was executed last. */
  public changeSetId: string | undefined;
  public tags: readonly Tag[] = [];
  public capabilities: readonly string[] = [];
  public deploymentConfig: DeploymentConfig = STANDARD;
  /** Resources that are new are deleted by a rollback whatever their DeletionPolicy says. */
  public retainExceptOnCreate = false;
  /** Resources that are new to the stack, but exist under their names, are adopted. */
  public importExistingResources = false;
  public terminationProtection = false;
  /** What goes on, or went on last; newest first. */
  public lastOperations: readonly StackOperation[] = [];
  public drift: { readonly StackDriftStatus: string; readonly LastCheckTimestamp?: Date } = {
    StackDriftStatus: 'NOT_CHECKED',
  };
  private readonly requests = new Map<string, string>();
  private clientRequestToken: string | undefined;
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

  public get parent(): Stack | undefined {
    return this.identity.parent;
  }

  public get root(): Stack {
    return this.parent?.root ?? this;
  }

  public get status(): string {
    return this.statusNow;
  }

  public get statusReason(): string | undefined {
    return this.reasonNow;
  }

  public get disableRollback(): boolean {
    return this.deploymentConfig.DisableRollback;
  }

  public get inProgress(): boolean {
    return this.statusNow.endsWith('_IN_PROGRESS') && this.statusNow !== 'REVIEW_IN_PROGRESS';
  }

  /** Which request begins a new operation. What was open for review until now is overtaken by it. */
  public beginOperation(type: StackOperation['OperationType'], clientRequestToken?: string): StackOperation {
    const operation = { OperationType: type, OperationId: randomUUID() };
    this.lastOperations = [operation];
    this.clientRequestToken = clientRequestToken;
    this.changeSets.filter(isOpen).forEach((changeSet) => {
      changeSet.executionStatus = 'OBSOLETE';
    });
    return operation;
  }

  /** A rollback that nobody asked for has an operation ID of its own, too. */
  public beginRollback(): void {
    if (!this.lastOperations[0]?.OperationType.endsWith('ROLLBACK')) {
      this.lastOperations = [{ OperationType: 'ROLLBACK', OperationId: randomUUID() }, ...this.lastOperations];
    }
  }

  /** What was asked for with this client request token before. */
  public requestWith(token: string | undefined): string | undefined {
    return token === undefined ? undefined : this.requests.get(token);
  }

  public noteRequest(token: string | undefined, request: string): void {
    if (token !== undefined) {
      this.requests.set(token, request);
    }
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
  public addEvent({
    logicalId,
    physicalId,
    type,
    status,
    reason,
    shownProperties,
  }: Pick<ResourceRecord, 'logicalId' | 'physicalId' | 'type' | 'status' | 'reason' | 'shownProperties'>): void {
    const last = this.events.at(-1)?.Timestamp.getTime() ?? 0;
    const Timestamp = new Date(Math.max(Math.floor(this.clock.now()), last + 1));
    this.events.push({
      EventId: physicalId === this.id ? randomUUID() : `${logicalId}-${status}-${Timestamp.toISOString()}`,
      StackId: this.id,
      StackName: this.name,
      OperationId: this.lastOperations[0]?.OperationId ?? randomUUID(),
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId ?? '',
      ResourceType: type,
      Timestamp,
      ResourceStatus: status,
      ResourceStatusReason: reason ?? this.expressReason(type, status),
      ResourceProperties: shownProperties,
      ClientRequestToken: this.clientRequestToken,
    });
  }

  public place(logicalId: string, type: string): ResourcePlace {
    const { name: stackName, accountId, region } = this.identity;
    return { stackId: this.id, stackName, accountId, region, logicalId, type };
  }

  /** By this the CLI tells what may still be stabilizing. https://github.com/aws/aws-cdk-cli/pull/1689 */
  private expressReason(type: string, status: string): string | undefined {
    return this.deploymentConfig.Mode === 'EXPRESS' &&
      type !== 'AWS::CloudFormation::Stack' &&
      status.endsWith('_COMPLETE')
      ? 'Resource operation completed using Express Mode. It may continue becoming available in the background.'
      : undefined;
  }
}
