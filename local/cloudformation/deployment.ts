import type { ParameterStore } from '../ssm/parameter-store';
import type { ProcessedTemplate } from './processed-template';
import { inDependencyOrder } from './dependency-order';
import { valueOf } from './property-values';
import { type Failures, Provisioning } from './provisioning';
import { exists, ResourceOperations } from './resource-operations';
import type { ResourceType } from './resource-type';
import type { ResourceRecord, Stack, StackOutput } from './stack';

/** What a deployment needs of its surroundings. */
export interface DeploymentContext {
  readonly typeNamed: (name: string) => ResourceType;
  readonly parameterStore: ParameterStore;
  /** Throws where another stack has an export of that name. */
  readonly checkExport: (stack: Stack, exportName: string) => void;
}

/**
 * One operation on a stack, from the first status to the last: what CloudFormation does with the resources, and in which
 * order. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */
export class Deployment {
  private readonly operations: ResourceOperations;
  private readonly cancellation = new AbortController();
  /** What is not to be cancelled: rollbacks and deletions. */
  private readonly steadfast = new AbortController().signal;
  private superseded = false;

  public constructor(
    private readonly stack: Stack,
    private readonly context: DeploymentContext,
  ) {
    this.operations = new ResourceOperations(stack, context.typeNamed);
  }

  /** Ends the waiting for resources; the stack rolls back, unless it is to be deleted anyway. */
  public cancel(superseded = false): void {
    this.superseded = superseded;
    this.cancellation.abort();
  }

  public async create(blueprint: ProcessedTemplate): Promise<void> {
    const { stack } = this;
    stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.provision(blueprint);
    if (this.superseded) {
      return;
    }
    if (failure === undefined) {
      settle(stack);
      stack.setStatus('CREATE_COMPLETE');
    } else if (stack.disableRollback) {
      stack.setStatus('CREATE_FAILED', failure);
    } else {
      await this.rollBackCreation(`${failure}Rollback requested by user.`);
    }
  }

  public async rollBackCreation(reason?: string): Promise<void> {
    const { stack } = this;
    stack.setStatus('ROLLBACK_IN_PROGRESS', reason);
    const failed = await this.deleteAll([...stack.resources.values()], ({ deletionPolicy }) =>
      deletionPolicy === 'RetainExceptOnCreate' ? 'Delete' : deletionPolicy,
    );
    stack.outputs = [];
    stack.setStatus(failed.length > 0 ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE', listed('delete', failed));
  }

  public async update(blueprint: ProcessedTemplate): Promise<void> {
    const { stack } = this;
    if (!stack.stable && stack.blueprint) {
      stack.stable = { blueprint: stack.blueprint, resources: new Map(stack.resources), outputs: stack.outputs };
    }
    stack.markUpdated();
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.provision(blueprint);
    if (failure === undefined) {
      await this.cleanUp('UPDATE', (record) => blueprint.resources.has(record.logicalId));
    } else if (stack.disableRollback) {
      stack.setStatus('UPDATE_FAILED', failure);
    } else {
      await this.rollBackUpdate(failure);
    }
  }

  /** Takes every resource that was touched back to the stable state; those to be skipped count as being there. */
  public async rollBackUpdate(reason?: string, skipped: readonly string[] = []): Promise<void> {
    const { stack } = this;
    const { stable } = stack;
    if (!stable) {
      throw new Error(`Stack ${stack.name} has no state to go back to.`);
    }
    stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    const failed: string[] = [];
    const records = [...stable.resources.values()];
    await inDependencyOrder(
      records,
      (record) => dependenciesAmong(records, record),
      async (before) => {
        try {
          await this.restore(before, skipped.includes(before.logicalId));
        } catch (error) {
          failed.push(before.logicalId);
          throw error;
        }
      },
    );
    if (failed.length > 0) {
      stack.setStatus('UPDATE_ROLLBACK_FAILED', listed('update', failed));
      return;
    }
    stack.blueprint = stable.blueprint;
    stack.outputs = stable.outputs;
    await this.cleanUp('UPDATE_ROLLBACK', (record) => stable.resources.has(record.logicalId));
  }

  public async delete(retained: readonly string[] = []): Promise<void> {
    const { stack } = this;
    stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    const records = [...stack.obsolete, ...stack.resources.values()];
    const failed = await this.deleteAll(records, ({ logicalId, deletionPolicy }) =>
      retained.includes(logicalId) || deletionPolicy === 'RetainExceptOnCreate' ? 'Retain' : deletionPolicy,
    );
    if (failed.length > 0) {
      stack.setStatus('DELETE_FAILED', listed('delete', failed));
      return;
    }
    stack.deletedAt = new Date(stack.events.at(-1)?.Timestamp ?? 0);
    stack.outputs = [];
    stack.setStatus('DELETE_COMPLETE');
  }

  /** Gives why it failed, or nothing. */
  private async provision(blueprint: ProcessedTemplate): Promise<string | undefined> {
    const { stack, context } = this;
    stack.blueprint = blueprint;
    const provisioning = new Provisioning(
      stack,
      blueprint,
      this.operations,
      context.typeNamed,
      context.parameterStore,
      this.cancellation,
    );
    const failures = await provisioning.run();
    if (this.cancellation.signal.aborted || failures.created.length + failures.updated.length > 0) {
      return explain(failures);
    }
    try {
      stack.outputs = this.outputs(blueprint);
      return undefined;
    } catch (error) {
      return `${error instanceof Error ? error.message : String(error)} `;
    }
  }

  private outputs(blueprint: ProcessedTemplate): StackOutput[] {
    const { stack, context } = this;
    return [...blueprint.outputs].map(([name, output]) => {
      const value = (expression: unknown): string =>
        text(valueOf(expression, blueprint.scope, stack, context.parameterStore), name);
      const ExportName = output.Export && value(output.Export.Name);
      if (ExportName !== undefined) {
        context.checkExport(stack, ExportName);
      }
      return { OutputKey: name, OutputValue: value(output.Value), Description: output.Description, ExportName };
    });
  }

  private async restore(before: ResourceRecord, skip: boolean): Promise<void> {
    const current = this.stack.resources.get(before.logicalId);
    if (skip) {
      const { physicalId } = current ?? before;
      this.stack.record({ ...before, physicalId, status: 'UPDATE_COMPLETE', reason: 'Skipped by ResourcesToSkip' });
    } else if (current) {
      await this.operations.restore(current, before, this.steadfast);
    }
  }

  /** Deletes what replacements left behind, and what is no longer kept. What cannot be deleted does not hold the stack up. */
  private async cleanUp(
    status: 'UPDATE' | 'UPDATE_ROLLBACK',
    kept: (record: ResourceRecord) => boolean,
  ): Promise<void> {
    const { stack } = this;
    stack.setStatus(`${status}_COMPLETE_CLEANUP_IN_PROGRESS`);
    const removed = [...stack.resources.values()].filter((record) => !kept(record));
    const replaced = stack.obsolete.filter(
      ({ logicalId, physicalId }) => stack.resources.get(logicalId)?.physicalId !== physicalId,
    );
    stack.obsolete = [];
    await this.deleteAll([...replaced, ...removed], (record) =>
      replaced.includes(record)
        ? record.updateReplacePolicy
        : record.deletionPolicy === 'RetainExceptOnCreate'
          ? 'Retain'
          : record.deletionPolicy,
    );
    removed.forEach(({ logicalId }) => stack.resources.delete(logicalId));
    settle(stack);
    stack.setStatus(`${status}_COMPLETE`);
  }

  /** Deletes dependents before what they depend on, and gives the logical IDs of what could not be deleted. */
  private async deleteAll(
    records: readonly ResourceRecord[],
    policyOf: (record: ResourceRecord) => string | undefined,
  ): Promise<string[]> {
    const present = records.filter((record) => exists(record) || record.status === 'CREATE_FAILED');
    const failed: string[] = [];
    const dependents = (record: ResourceRecord): ResourceRecord[] =>
      present.filter((other) => other !== record && other.dependencies.includes(record.logicalId));
    await inDependencyOrder(present, dependents, async (record) => {
      try {
        await this.operations.delete(record, policyOf(record), this.steadfast);
      } catch (error) {
        failed.push(record.logicalId);
        throw error;
      }
    });
    return failed;
  }
}

/** The stack is where it was to go: nothing is left to be undone. */
function settle(stack: Stack): void {
  stack.stable = undefined;
  [...stack.resources.values()].forEach((record) => {
    stack.keep({ ...record, change: undefined, failedRequestId: undefined });
  });
}

function dependenciesAmong(records: readonly ResourceRecord[], { dependencies }: ResourceRecord): ResourceRecord[] {
  return records.filter(({ logicalId }) => dependencies.includes(logicalId));
}

function explain({ created, updated }: Failures): string {
  return [listed('create', created), listed('update', updated)].filter((part) => part !== undefined).join('');
}

function listed(verb: string, logicalIds: readonly string[]): string | undefined {
  return logicalIds.length === 0
    ? undefined
    : `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}]. `;
}

function text(value: unknown, output: string): string {
  if (typeof value === 'object' || value === undefined) {
    throw new Error(`Template format error: The Value field of output ${output} must evaluate to a String.`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
