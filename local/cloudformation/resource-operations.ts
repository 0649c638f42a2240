import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ServiceError } from '../wire/service';
import type { DeploymentContext } from './deployment-context';
import type { PlannedResource } from './processed-template';
import {
  type PhysicalResource,
  type Properties,
  ResourceFailure,
  type ResourcePlace,
  type ResourceType,
} from './resource-type';
import type { ResourceRecord, Stack } from './stack';

/** A planned resource with its properties resolved. */
export interface WantedResource {
  readonly planned: PlannedResource;
  readonly properties: Properties;
  readonly shownProperties: string;
}

/** The prefix of the statuses of an operation. */
type Verb = 'CREATE' | 'UPDATE' | 'DELETE';

type Base = Omit<ResourceRecord, 'status' | 'reason' | 'changedAt' | 'change' | 'failedRequestId'>;

/**
 * Operations on a stack's resources. Each records the resource's state and events; if it fails, it rejects, and both hold the
 * reason.
 */
export class ResourceOperations {
  private readonly stack: Stack;

  public constructor(private readonly context: DeploymentContext) {
    this.stack = context.stack;
  }

  public async create(wanted: WantedResource, signal: AbortSignal, requestId?: string): Promise<void> {
    const { planned, properties } = wanted;
    const base = baseOf(wanted);
    const initiated = (physicalId: string): void => {
      this.stack.record({
        ...base,
        physicalId,
        change: 'update',
        status: 'CREATE_IN_PROGRESS',
        reason: 'Resource creation Initiated',
      });
    };
    await this.attempt('CREATE', base, { change: 'update' }, async () => {
      const place = this.place(planned);
      const created = await this.context
        .typeNamed(planned.type)
        .create({ place, properties, signal, requestId, initiated });
      if (this.stack.resources.get(planned.logicalId)?.physicalId === undefined) {
        initiated(created.physicalId);
      }
      return created;
    });
  }

  /** Imports an existing resource into the stack. */
  public adopt(wanted: WantedResource, found: PhysicalResource): void {
    const imported = { ...baseOf(wanted), ...found, change: 'import' as const };
    this.stack.record({ ...imported, status: 'IMPORT_IN_PROGRESS', reason: 'Resource import started.' });
    this.stack.record({ ...imported, status: 'IMPORT_COMPLETE', reason: 'Resource import completed.' });
  }

  public async update(
    wanted: WantedResource,
    record: ResourceRecord & { readonly physicalId: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { planned, properties } = wanted;
    const type = this.context.typeNamed(planned.type);
    const { physicalId, properties: before, attributes, failedRequestId: requestId } = record;
    this.checkUpdate(type, record, properties);
    if (type.createOnly?.some((name) => !isDeepStrictEqual(before[name], properties[name]))) {
      await this.replace(wanted, record, signal);
      return;
    }
    const base: Base = { ...baseOf(wanted), attributes, physicalId };
    await this.attempt('UPDATE', base, { change: 'update' }, () =>
      type.update({ place: this.place(planned), properties, before, physicalId, signal, requestId }),
    );
    this.keepForCleanup(record);
  }

  /**
   * Rolls a resource back to the stable state. A custom resource cannot know that this is a rollback: it receives an Update with the
   * two sets of properties swapped.
   */
  public async restore(
    current: ResourceRecord,
    before: ResourceRecord,
    signal: AbortSignal,
    skipped: readonly string[] = [],
  ): Promise<void> {
    const { change } = current;
    if (change !== 'update' || current.physicalId === undefined) {
      if (change !== undefined || current.status !== before.status) {
        this.stack.record({ ...before, status: 'UPDATE_COMPLETE', reason: undefined });
      }
      if (change === 'replacement') {
        this.stack.obsolete.push(current);
      }
      return;
    }
    const { physicalId } = current;
    const type = this.context.typeNamed(before.type);
    const base: Base = { ...before, attributes: current.attributes, physicalId };
    // Until this succeeds, the record keeps the current properties: the next attempt starts from them.
    await this.attempt('UPDATE', base, { interim: current.properties, change: 'update', undone: true }, () =>
      type.nested
        ? type.nested.rollBack({ physicalId, skipped })
        : type.update({
            place: this.place(before),
            properties: before.properties,
            before: current.properties,
            physicalId,
            signal,
          }),
    );
    this.keepForCleanup(current);
  }

  /** Restores a resource whose update failed, without an event: its status stays failed. */
  public async undo(failed: ResourceRecord, before: ResourceRecord): Promise<void> {
    const { physicalId = '' } = failed;
    try {
      const restored = await this.context.typeNamed(before.type).update({
        place: this.place(before),
        properties: before.properties,
        before: failed.properties,
        physicalId,
        signal: new AbortController().signal,
      });
      const { reason, status, failedRequestId } = failed;
      this.stack.keep({ ...before, ...restored, reason, status, failedRequestId });
      this.keepForCleanup(failed);
    } catch {
      // The resource stays as the failure left it, for a rollback to restore.
    }
  }

  public async delete(record: ResourceRecord, policy: string | undefined, signal: AbortSignal): Promise<void> {
    const { physicalId, logicalId, type, properties } = record;
    const current = this.stack.resources.get(logicalId);
    // A replaced resource gets only an event: the record belongs to its replacement.
    const report = (status: string, reason?: string): void => {
      if (current === undefined || current.physicalId === physicalId) {
        this.stack.record({ ...record, status, reason });
      } else {
        this.stack.addEvent({ ...record, status, reason });
      }
    };
    if (policy === 'Retain') {
      report('DELETE_SKIPPED');
      return;
    }
    report('DELETE_IN_PROGRESS');
    try {
      if (physicalId !== undefined) {
        await this.context.typeNamed(type).delete({ place: this.place(record), properties, physicalId, signal });
      }
    } catch (error) {
      report('DELETE_FAILED', reasonOf(error));
      throw error;
    }
    report('DELETE_COMPLETE');
  }

  /** Records a failure that kept an operation from starting. */
  public recordFailure(planned: PlannedResource, error: unknown): void {
    const record = this.stack.resources.get(planned.logicalId);
    const failed = { ...planned, shownProperties: undefined, attributes: {}, ...record, reason: reasonOf(error) };
    this.stack.record({ ...failed, status: exists(record) ? 'UPDATE_FAILED' : 'CREATE_FAILED' });
  }

  private checkUpdate(type: ResourceType, record: ResourceRecord, properties: Properties): void {
    try {
      type.checkUpdate?.(properties, record.properties, record.physicalId ?? '');
    } catch (error) {
      this.stack.record({ ...record, status: 'UPDATE_FAILED', reason: reasonOf(error) });
      throw error;
    }
  }

  private async replace(wanted: WantedResource, record: ResourceRecord, signal: AbortSignal): Promise<void> {
    const { planned, properties } = wanted;
    const type = this.context.typeNamed(planned.type);
    const place = this.place(planned);
    if (this.stack.disableRollback) {
      this.stack.record({
        ...record,
        status: 'UPDATE_FAILED',
        reason: 'Replacement type updates not supported on stack with disable-rollback.',
      });
      throw new Error('refused');
    }
    const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
    this.stack.record({ ...record, status: 'UPDATE_IN_PROGRESS', reason });
    try {
      const created = await type.create({ place, properties, signal });
      this.stack.obsolete.push(record);
      this.stack.record({ ...baseOf(wanted), ...created, status: 'UPDATE_COMPLETE', change: 'replacement' });
    } catch (error) {
      this.stack.record({ ...record, status: 'UPDATE_FAILED', reason: reasonOf(error), change: 'failed replacement' });
      throw error;
    }
  }

  private async attempt(
    verb: Verb,
    base: Base,
    options: { readonly change: ResourceRecord['change']; readonly interim?: Properties; readonly undone?: boolean },
    run: () => PhysicalResource | Promise<PhysicalResource>,
  ): Promise<void> {
    const { change, interim, undone = false } = options;
    const underway = { ...base, ...(interim && { properties: interim }), change };
    this.stack.record({ ...underway, status: `${verb}_IN_PROGRESS` });
    try {
      const created = await run();
      this.stack.record({ ...base, ...created, status: `${verb}_COMPLETE`, change: undone ? undefined : change });
    } catch (error) {
      const { physicalId = base.physicalId, requestId } = error instanceof ResourceFailure ? error : {};
      this.stack.record({
        ...underway,
        physicalId,
        status: `${verb}_FAILED`,
        reason: reasonOf(error),
        failedRequestId: requestId,
      });
      throw error;
    }
  }

  /** A changed physical ID is a replacement: the cleanup deletes the previous resource. */
  private keepForCleanup(before: ResourceRecord): void {
    const physicalId = this.stack.resources.get(before.logicalId)?.physicalId;
    if (physicalId !== before.physicalId) {
      this.stack.obsolete.push(before);
    }
  }

  private place({ logicalId, type }: Pick<ResourceRecord, 'logicalId' | 'type'>): ResourcePlace {
    return this.stack.place(logicalId, type);
  }
}

function baseOf({ planned, properties, shownProperties }: WantedResource): Base {
  const { logicalId, type, dependencies, deletionPolicy, updateReplacePolicy } = planned;
  return {
    logicalId,
    type,
    dependencies,
    deletionPolicy,
    updateReplacePolicy,
    properties,
    shownProperties,
    attributes: {},
  };
}

/** Whether the physical resource exists. */
export function exists(record: ResourceRecord | undefined): record is ResourceRecord & { readonly physicalId: string } {
  return (
    record?.physicalId !== undefined && !['CREATE_FAILED', 'DELETE_COMPLETE', 'DELETE_SKIPPED'].includes(record.status)
  );
}

/** Formats a service error as a CloudFormation resource handler does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ServiceError) || error.code === 'ValidationError') {
    return error instanceof Error ? error.message : String(error);
  }
  const kinds = ['AlreadyExists', 'NotFound', 'AccessDenied', 'Throttling', 'NotUpdatable'];
  const code = kinds.find((kind) => error.code.includes(kind)) ?? 'InvalidRequest';
  return `Resource handler returned message: "${error.message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
}
