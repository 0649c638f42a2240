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
  /** `undefined` before creation, and after a failed creation that left nothing. */
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
  /** The change since the stable state, which a rollback undoes. */
  readonly change?: 'update' | 'replacement' | 'failed replacement' | 'import';
  /** ID of the failed request; a retry without rollback reuses it. https://github.com/aws/aws-cdk/issues/35957 */
  readonly failedRequestId?: string;
  /** `undefined` before the first drift detection. */
  readonly drift?: { readonly StackResourceDriftStatus: string; readonly LastCheckTimestamp: Date };
}

export interface StackOutput {
  readonly OutputKey: string;
  readonly OutputValue: string;
  readonly Description?: string;
  readonly ExportName?: string;
}

/** The state that a rollback restores. */
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

/** An operation on a stack. A rollback is a separate operation. */
export interface StackOperation {
  readonly OperationType: 'CREATE_STACK' | 'UPDATE_STACK' | 'DELETE_STACK' | 'ROLLBACK' | 'CONTINUE_ROLLBACK';
  readonly OperationId: string;
}

export interface StackIdentity {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** The stack of which this one is a resource. */
  readonly parent?: Stack;
}

/** A stack with its state, resources and history. */
export class Stack {
  public readonly id: string;
  public readonly createdAt: Date;
  public updatedAt: Date | undefined;
  public deletedAt: Date | undefined;
  public processed: ProcessedTemplate | undefined;
  public readonly resources = new Map<string, ResourceRecord>();
  public outputs: readonly StackOutput[] = [];
  /** The last stable state, while the stack is not in it. */
  public stable: StableState | undefined;
  /** Replaced resources, which the cleanup deletes. */
  public obsolete: ResourceRecord[] = [];
  public readonly events: StackEvent[] = [];
  public readonly changeSets: ChangeSet[] = [];
  /** The change set executed last. */
  public changeSetId: string | undefined;
  public tags: readonly Tag[] = [];
  public capabilities: readonly string[] = [];
  public deploymentConfig: DeploymentConfig = STANDARD;
  /** A rollback deletes new resources, whatever their DeletionPolicy. */
  public retainExceptOnCreate = false;
  /** New resources whose names exist already are imported. */
  public importExistingResources = false;
  public terminationProtection = false;
  /** The current or last operation and its rollback, newest first. */
  public lastOperations: readonly StackOperation[] = [];
  public drift: { readonly StackDriftStatus: string; readonly LastCheckTimestamp?: Date } = {
    StackDriftStatus: 'NOT_CHECKED',
  };
  private readonly requests = new Map<string, string>();
  private clientRequestToken: string | undefined;
  private currentStatus = 'REVIEW_IN_PROGRESS';
  private currentReason: string | undefined;
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
    return this.currentStatus;
  }

  public get statusReason(): string | undefined {
    return this.currentReason;
  }

  public get disableRollback(): boolean {
    return this.deploymentConfig.DisableRollback;
  }

  public get inProgress(): boolean {
    return this.currentStatus.endsWith('_IN_PROGRESS') && this.currentStatus !== 'REVIEW_IN_PROGRESS';
  }

  /** Begins the operation of a request. Open change sets become obsolete. */
  public beginOperation(type: StackOperation['OperationType'], clientRequestToken?: string): StackOperation {
    const operation = { OperationType: type, OperationId: randomUUID() };
    this.lastOperations = [operation];
    this.clientRequestToken = clientRequestToken;
    this.changeSets.filter(isOpen).forEach((changeSet) => {
      changeSet.executionStatus = 'OBSOLETE';
    });
    return operation;
  }

  /** An automatic rollback has its own operation ID, too. */
  public beginRollback(): void {
    if (!this.lastOperations[0]?.OperationType.endsWith('ROLLBACK')) {
      this.lastOperations = [{ OperationType: 'ROLLBACK', OperationId: randomUUID() }, ...this.lastOperations];
    }
  }

  /** The earlier request with this client request token. */
  public requestWith(token: string | undefined): string | undefined {
    return token === undefined ? undefined : this.requests.get(token);
  }

  public noteRequest(token: string | undefined, request: string): void {
    if (token !== undefined) {
      this.requests.set(token, request);
    }
  }

  public setStatus(status: string, reason?: string): void {
    this.currentStatus = status;
    this.currentReason = reason;
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

  /** Resolves on the next status change. */
  public statusChange(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  /** Stores a resource's new state, and adds an event. */
  public record(record: Omit<ResourceRecord, 'changedAt'>): void {
    this.keep({ ...record, changedAt: new Date(this.clock.now()) });
    this.addEvent(record);
  }

  /** Stores a resource's new state without an event. */
  public keep(record: Omit<ResourceRecord, 'changedAt'> & { readonly changedAt?: Date }): void {
    this.resources.set(record.logicalId, { changedAt: new Date(this.clock.now()), ...record });
  }

  /** Timestamps increase strictly, because the CLI sorts by them. */
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

  /** The CLI recognizes by this reason that a resource may still be stabilizing. https://github.com/aws/aws-cdk-cli/pull/1689 */
  private expressReason(type: string, status: string): string | undefined {
    return this.deploymentConfig.Mode === 'EXPRESS' &&
      type !== 'AWS::CloudFormation::Stack' &&
      status.endsWith('_COMPLETE')
      ? 'Resource operation completed using Express Mode. It may continue becoming available in the background.'
      : undefined;
  }
}
