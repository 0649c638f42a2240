import { isDeepStrictEqual } from 'node:util';
import type { ProcessedTemplate, PlannedResource } from './processed-template';
import { inDependencyOrder } from './dependency-order';
import type { DeploymentContext } from './deployment-context';
import { exists, type WantedResource, type ResourceOperations } from './resource-operations';
import type { ResourceRecord } from './stack';

/** Logical IDs of failed resources, as the stack's status reason lists them. */
export interface Failures {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** Creates and updates the resources of a template in dependency order, independent ones concurrently. */
export class Provisioning {
  private readonly created: string[] = [];
  private readonly updated: string[] = [];

  public constructor(
    private readonly context: DeploymentContext,
    private readonly processed: ProcessedTemplate,
    private readonly operations: ResourceOperations,
    private readonly cancellation: AbortController,
  ) {}

  /**
   * Returns what failed. With rollback, the first failure cancels the rest: CloudFormation stops waiting for custom resources.
   * Without rollback, resources that do not depend on a failed one continue.
   */
  public async run(): Promise<Failures> {
    const { stack } = this.context;
    await inDependencyOrder([...this.processed.resources.values()], dependenciesAmong, async (resource) => {
      if (this.cancellation.signal.aborted) {
        throw new Error('cancelled');
      }
      const record = stack.resources.get(resource.logicalId);
      try {
        await this.provision(resource, record);
      } catch (error) {
        (exists(record) ? this.updated : this.created).push(resource.logicalId);
        if (!stack.disableRollback) {
          this.cancellation.abort();
        }
        throw error;
      }
    });
    return { created: this.created, updated: this.updated };
  }

  private async provision(planned: PlannedResource, record: ResourceRecord | undefined): Promise<void> {
    const { logicalId, dependencies, deletionPolicy, updateReplacePolicy } = planned;
    const wanted = this.resolve(planned);
    const { signal } = this.cancellation;
    const type = this.context.typeNamed(planned.type);
    const resumable =
      type.nested !== undefined && record?.status === 'CREATE_FAILED' && record.physicalId !== undefined;
    if (record === undefined || !(exists(record) || resumable)) {
      const imports = this.context.stack.importExistingResources && mayBeImported(planned);
      const found = imports
        ? type.find?.(this.context.stack.place(logicalId, planned.type), wanted.properties)
        : undefined;
      if (found) {
        this.operations.adopt(wanted, found);
        return;
      }
      await this.discardFailed(record);
      await this.operations.create(wanted, signal, record?.failedRequestId);
    } else if (type.nested || !isDeepStrictEqual(wanted.properties, record.properties)) {
      await this.update(wanted, { ...record, physicalId: record.physicalId ?? '' });
    } else {
      const status = record.status === 'UPDATE_FAILED' ? 'UPDATE_COMPLETE' : record.status;
      this.context.stack.keep({ ...record, dependencies, deletionPolicy, updateReplacePolicy, status });
    }
  }

  private resolve(planned: PlannedResource): WantedResource {
    try {
      const properties = this.context.propertiesOf(planned, this.processed);
      return { planned, properties, shownProperties: this.context.shownPropertiesOf(planned, this.processed) };
    } catch (error) {
      this.operations.recordFailure(planned, error);
      throw error;
    }
  }

  private async update(
    wanted: WantedResource,
    record: ResourceRecord & { readonly physicalId: string },
  ): Promise<void> {
    try {
      await this.operations.update(wanted, record, this.cancellation.signal);
    } catch (error) {
      if (this.context.stack.disableRollback) {
        await this.restoreFailed(record);
      }
      throw error;
    }
  }

  /**
   * Even without rollback, a resource whose update failed returns to its last stable state before the stack reaches its final status;
   * a retry reuses the request ID. A nested stack does this for its own resources.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
   */
  private async restoreFailed(before: ResourceRecord): Promise<void> {
    const { stack } = this.context;
    const failed = stack.resources.get(before.logicalId);
    if (failed?.change !== 'update' || this.context.typeNamed(before.type).nested) {
      return;
    }
    await this.operations.undo(failed, before);
  }

  /** After a failure without rollback, the next operation deletes a resource that could not be created. */
  private async discardFailed(record: ResourceRecord | undefined): Promise<void> {
    if (record?.status === 'CREATE_FAILED' && record.physicalId !== undefined) {
      await this.operations.delete(record, 'Delete', new AbortController().signal);
    }
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html */
export function mayBeImported({ deletionPolicy }: PlannedResource): boolean {
  return deletionPolicy === 'Retain' || deletionPolicy === 'RetainExceptOnCreate';
}

function dependenciesAmong({ dependencies }: PlannedResource, planned: readonly PlannedResource[]): PlannedResource[] {
  return planned.filter(({ logicalId }) => dependencies.includes(logicalId));
}
