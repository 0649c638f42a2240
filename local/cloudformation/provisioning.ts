import { isDeepStrictEqual } from 'node:util';
import type { ProcessedTemplate, PlannedResource } from './processed-template';
import { inDependencyOrder } from './dependency-order';
import type { DeploymentContext } from './deployment-context';
import { exists, type WantedResource, type ResourceOperations } from './resource-operations';
import type { ResourceRecord } from './stack';

/** The resources that could not be provisioned, as the reason of the stack's status lists them. */
export interface Failures {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** Creates and updates the resources of a processed template in the order of their dependencies, in parallel where they have none. */
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
   * Returns what failed. Where the stack is to be rolled back, the first failure cancels the rest: CloudFormation waits no
   * longer for custom resources that are still at it. Without rollback, what does not depend on a failure goes on.
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
    const wanted = this.workOut(planned);
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

  private workOut(planned: PlannedResource): WantedResource {
    try {
      const properties = this.context.propertiesOf(planned, this.processed);
      return { planned, properties, shownProperties: this.context.shownPropertiesOf(planned, this.processed) };
    } catch (error) {
      this.operations.refuse(planned, error);
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
   * Without rollback a resource whose update failed is still taken back to its last stable state at once, before the stack
   * reaches its status; its retry then bears the same request ID. A nested stack does so for its own resources.
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

  /** Without rollback, what could not be created is deleted by the next operation on the stack. */
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
