import type { ParameterStore } from '../ssm/parameter-store';
import type { ProcessedTemplate, PlannedResource } from './processed-template';
import { canonicalJson } from './canonical-json';
import { inDependencyOrder } from './dependency-order';
import { propertiesOf } from './property-values';
import { exists, type ResourceOperations } from './resource-operations';
import type { Properties, ResourceType } from './resource-type';
import type { ResourceRecord, Stack } from './stack';

/** The resources that could not be provisioned, as the reason of the stack's status lists them. */
export interface Failures {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** Creates and updates the resources of a blueprint in the order of their dependencies, in parallel where they have none. */
export class Provisioning {
  private readonly created: string[] = [];
  private readonly updated: string[] = [];

  public constructor(
    private readonly stack: Stack,
    private readonly blueprint: ProcessedTemplate,
    private readonly operations: ResourceOperations,
    private readonly typeNamed: (name: string) => ResourceType,
    private readonly parameterStore: ParameterStore,
    private readonly cancellation: AbortController,
  ) {}

  /**
   * Gives what failed. Where the stack is to be rolled back, the first failure cancels the rest: CloudFormation waits no
   * longer for custom resources that are still at it. Without rollback, what does not depend on a failure goes on.
   */
  public async run(): Promise<Failures> {
    const planned = [...this.blueprint.resources.values()];
    const dependencies = ({ dependencies: names }: PlannedResource): PlannedResource[] =>
      planned.filter(({ logicalId }) => names.includes(logicalId));
    await inDependencyOrder(planned, dependencies, async (resource) => {
      if (this.cancellation.signal.aborted) {
        throw new Error('cancelled');
      }
      const record = this.stack.resources.get(resource.logicalId);
      try {
        await this.provision(resource, record);
      } catch (error) {
        (exists(record) ? this.updated : this.created).push(resource.logicalId);
        if (!this.stack.disableRollback) {
          this.cancellation.abort();
        }
        throw error;
      }
    });
    return { created: this.created, updated: this.updated };
  }

  private async provision(planned: PlannedResource, record: ResourceRecord | undefined): Promise<void> {
    const properties = this.properties(planned);
    const { signal } = this.cancellation;
    if (!exists(record)) {
      await this.discardFailed(record);
      await this.operations.create(planned, properties, signal, record?.failedRequestId);
    } else if (canonicalJson(properties) !== canonicalJson(record.properties)) {
      await this.update(planned, record, properties);
    } else {
      const { logicalId, type, dependencies, deletionPolicy, updateReplacePolicy } = planned;
      const status = record.status === 'UPDATE_FAILED' ? 'UPDATE_COMPLETE' : record.status;
      this.stack.keep({ ...record, logicalId, type, dependencies, deletionPolicy, updateReplacePolicy, status });
    }
  }

  private properties(planned: PlannedResource): Properties {
    try {
      const type = this.typeNamed(planned.type);
      const properties = propertiesOf(planned, this.blueprint.scope, this.stack, this.parameterStore);
      return type.prepare?.(properties) ?? properties;
    } catch (error) {
      this.operations.refuse(planned, error);
      throw error;
    }
  }

  private async update(
    planned: PlannedResource,
    record: ResourceRecord & { readonly physicalId: string },
    properties: Properties,
  ): Promise<void> {
    try {
      await this.operations.update(planned, record, properties, this.cancellation.signal);
    } catch (error) {
      if (this.stack.disableRollback) {
        await this.restoreFailed(record);
      }
      throw error;
    }
  }

  /**
   * Without rollback a resource whose update failed is still taken back to its last stable state at once, before the stack
   * reaches its status; its retry then bears the same request ID.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
   */
  private async restoreFailed(before: ResourceRecord): Promise<void> {
    const failed = this.stack.resources.get(before.logicalId);
    if (failed?.change !== 'update') {
      return;
    }
    try {
      await this.operations.restore(failed, before, new AbortController().signal);
    } catch {
      return;
    }
    const restored = this.stack.resources.get(before.logicalId) ?? before;
    const { failedRequestId, reason } = failed;
    this.stack.record({ ...restored, change: before.change, status: 'UPDATE_FAILED', reason, failedRequestId });
  }

  /** Without rollback, what could not be created is deleted by the next operation on the stack. */
  private async discardFailed(record: ResourceRecord | undefined): Promise<void> {
    if (record?.status === 'CREATE_FAILED' && record.physicalId !== undefined) {
      await this.operations.delete(record, 'Delete', new AbortController().signal);
    }
  }
}
