import { setMaxListeners } from 'node:events';
import type { Tag } from './change-set';
import type { ProcessedTemplate } from './processed-template';
import { type PolicyAction, policyOfNew, policyOfReplaced, policyOfStable } from './deletion-policy';
import { inDependencyOrder } from './dependency-order';
import type { DeploymentContext } from './deployment-context';
import { type Failures, Provisioning } from './provisioning';
import { exists, ResourceOperations } from './resource-operations';
import type { ResourceRecord, Stack } from './stack';
import { stackOutputs } from './stack-outputs';

const CLEANUP = /^(UPDATE|UPDATE_ROLLBACK)_COMPLETE_CLEANUP_IN_PROGRESS$/;

/**
 * Runs one operation on a stack, from its first status to its last.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 *
 * A nested stack waits for its parent before it rolls back or cleans up.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-nested-stacks-are-stuck
 */
export class Deployment {
  private readonly stack: Stack;
  private readonly operations: ResourceOperations;
  private readonly cancellation = new AbortController();
  /** Rollbacks and deletions cannot be cancelled. */
  private readonly uncancellable = new AbortController().signal;
  private superseded = false;

  public constructor(private readonly context: DeploymentContext) {
    this.stack = context.stack;
    this.operations = new ResourceOperations(context);
    // Any number of resources may wait on a signal concurrently.
    setMaxListeners(0, this.cancellation.signal, this.uncancellable);
  }

  /** Stops waiting for resources. The operation counts as failed, unless a deletion supersedes it. */
  public cancel(superseded = false): void {
    this.superseded = superseded;
    this.cancellation.abort();
  }

  public async create(processed: ProcessedTemplate, tags: readonly Tag[] = []): Promise<void> {
    const { stack } = this;
    stack.tags = tags;
    stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.provision(processed);
    if (this.superseded) {
      return;
    }
    if (failure === undefined) {
      settle(stack);
      stack.setStatus('CREATE_COMPLETE');
    } else if (stack.disableRollback || stack.parent) {
      stack.setStatus('CREATE_FAILED', failure);
    } else {
      stack.beginRollback();
      await this.rollBackCreation(`${failure}Rollback requested by user.`);
    }
  }

  public async rollBackCreation(reason?: string): Promise<void> {
    const { stack } = this;
    stack.setStatus('ROLLBACK_IN_PROGRESS', reason);
    const failed = await this.deleteAll([...stack.resources.values()], (record) => policyOfNew(stack, record));
    stack.outputs = [];
    stack.setStatus(failed.length > 0 ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE', listed('delete', failed));
  }

  public async update(processed: ProcessedTemplate, tags: readonly Tag[] = this.stack.tags): Promise<void> {
    const { stack } = this;
    if (!stack.stable && stack.processed) {
      const { outputs } = stack;
      stack.stable = { processed: stack.processed, resources: new Map(stack.resources), outputs, tags: stack.tags };
    }
    stack.tags = tags;
    stack.markUpdated();
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.provision(processed);
    if (failure === undefined) {
      await this.complete('UPDATE');
    } else if (stack.disableRollback) {
      stack.setStatus('UPDATE_FAILED', failure);
    } else {
      stack.beginRollback();
      stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', failure);
      if (!stack.parent) {
        await this.restoreAll([]);
      }
    }
  }

  /** Rolls every changed resource back to its last stable state; skipped resources count as rolled back. */
  public async rollBackUpdate(reason?: string, skipped: readonly string[] = []): Promise<void> {
    if (this.stack.status !== 'UPDATE_ROLLBACK_IN_PROGRESS') {
      this.stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    }
    await this.restoreAll(skipped);
  }

  /** `isRollback` if the parent's rollback deletes this new nested stack. */
  public async delete(retained: readonly string[] = [], isRollback = false): Promise<void> {
    const { stack } = this;
    const { status } = stack;
    stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    const refusal = this.context.exports.deletionRefusal(stack);
    if (refusal !== undefined) {
      stack.setStatus(status, refusal);
      return;
    }
    const failed = await this.deleteAll([...stack.obsolete, ...stack.resources.values()], (record) =>
      retained.includes(record.logicalId) ? 'Retain' : isRollback ? policyOfNew(stack, record) : policyOfStable(record),
    );
    if (failed.length > 0) {
      stack.setStatus('DELETE_FAILED', listed('delete', failed));
      return;
    }
    stack.deletedAt = new Date(stack.events.at(-1)?.Timestamp ?? 0);
    stack.outputs = [];
    stack.setStatus('DELETE_COMPLETE');
  }

  /**
   * If the stack is in its cleanup phase, deletes replaced and removed resources. A failed deletion blocks no other, not even that
   * of a dependency. https://github.com/aws/aws-cdk-cli/issues/2126
   */
  public async cleanUp(): Promise<void> {
    const { stack } = this;
    const [, operation] = CLEANUP.exec(stack.status) ?? [];
    if (operation === undefined) {
      return;
    }
    const kept = (record: ResourceRecord): boolean => stack.processed?.resources.has(record.logicalId) ?? false;
    const records = [...stack.resources.values()].filter(exists);
    const removed = records.filter((record) => !kept(record));
    const replaced = stack.obsolete.filter(
      ({ logicalId, physicalId }) => stack.resources.get(logicalId)?.physicalId !== physicalId,
    );
    const nested: ResourceRecord[] = records.filter(
      (record) => kept(record) && this.context.typeNamed(record.type).nested,
    );
    stack.obsolete = [];
    await inDependencyOrder([...replaced, ...removed, ...nested], dependentsAmong, async (record) => {
      try {
        if (nested.includes(record)) {
          await this.context.typeNamed(record.type).nested?.cleanUp(record.physicalId ?? '');
        } else {
          const policy = replaced.includes(record)
            ? policyOfReplaced(record)
            : operation === 'UPDATE_ROLLBACK'
              ? policyOfNew(stack, record)
              : policyOfStable(record);
          await this.operations.delete(record, policy, this.uncancellable);
        }
      } catch {
        // The stack's events already report it.
      }
    });
    [...stack.resources.values()]
      .filter((record) => !kept(record))
      .forEach(({ logicalId }) => stack.resources.delete(logicalId));
    settle(stack);
    stack.setStatus(`${operation}_COMPLETE`);
  }

  private async complete(operation: 'UPDATE' | 'UPDATE_ROLLBACK'): Promise<void> {
    this.stack.setStatus(`${operation}_COMPLETE_CLEANUP_IN_PROGRESS`);
    if (!this.stack.parent) {
      await this.cleanUp();
    }
  }

  private async restoreAll(skipped: readonly string[]): Promise<void> {
    const { stack } = this;
    const { stable } = stack;
    if (!stable) {
      throw new Error(`Stack ${stack.name} has no stable state to roll back to.`);
    }
    const failed: string[] = [];
    const records = [...stable.resources.values()];
    await inDependencyOrder(records, dependenciesAmong, async (before) => {
      try {
        await this.restore(before, skipped);
      } catch (error) {
        failed.push(before.logicalId);
        throw error;
      }
    });
    if (failed.length > 0) {
      stack.setStatus('UPDATE_ROLLBACK_FAILED', listed('update', failed));
      return;
    }
    stack.processed = stable.processed;
    stack.outputs = stable.outputs;
    stack.tags = stable.tags;
    await this.complete('UPDATE_ROLLBACK');
  }

  private async restore(before: ResourceRecord, skipped: readonly string[]): Promise<void> {
    const { stack } = this;
    const current = stack.resources.get(before.logicalId);
    if (skipped.includes(before.logicalId)) {
      const { physicalId } = current ?? before;
      stack.record({
        ...before,
        physicalId,
        status: 'UPDATE_COMPLETE',
        reason: 'Resource skipped during UpdateRollback',
      });
    } else if (current) {
      await this.operations.restore(current, before, this.uncancellable, skipped);
    }
  }

  /** Returns the reason of a failure. */
  private async provision(processed: ProcessedTemplate): Promise<string | undefined> {
    const { stack, context } = this;
    stack.processed = processed;
    const missing = [...processed.imports].find(
      (name) => context.exports.value(stack.identity.region, name) === undefined,
    );
    if (missing !== undefined) {
      return `No export named ${missing} found. `;
    }
    const failures = await new Provisioning(context, processed, this.operations, this.cancellation).run();
    if (this.cancellation.signal.aborted || failures.created.length + failures.updated.length > 0) {
      return explain(failures);
    }
    try {
      const outputs = stackOutputs(context, processed);
      context.exports.checkUpdate(stack, outputs);
      stack.outputs = outputs;
      return undefined;
    } catch (error) {
      return `${error instanceof Error ? error.message : String(error)} `;
    }
  }

  /** Deletes dependents before their dependencies. Returns the logical IDs of resources that could not be deleted. */
  private async deleteAll(
    records: readonly ResourceRecord[],
    policyOf: (record: ResourceRecord) => PolicyAction,
  ): Promise<string[]> {
    const present = records.filter((record) => exists(record) || record.status === 'CREATE_FAILED');
    const failed: string[] = [];
    await inDependencyOrder(present, dependentsAmong, async (record) => {
      try {
        await this.operations.delete(record, policyOf(record), this.uncancellable);
      } catch (error) {
        failed.push(record.logicalId);
        throw error;
      }
    });
    return failed;
  }
}

/** Makes the current state the stable one: nothing is left to roll back. */
function settle(stack: Stack): void {
  stack.stable = undefined;
  [...stack.resources.values()].forEach((record) => {
    stack.keep({ ...record, change: undefined, failedRequestId: undefined });
  });
}

function dependenciesAmong({ dependencies }: ResourceRecord, records: readonly ResourceRecord[]): ResourceRecord[] {
  return records.filter(({ logicalId }) => dependencies.includes(logicalId));
}

function dependentsAmong(record: ResourceRecord, records: readonly ResourceRecord[]): ResourceRecord[] {
  return records.filter((other) => other !== record && other.dependencies.includes(record.logicalId));
}

function explain({ created, updated }: Failures): string {
  return [listed('create', created), listed('update', updated)].filter((part) => part !== undefined).join('');
}

function listed(verb: string, logicalIds: readonly string[]): string | undefined {
  return logicalIds.length === 0
    ? undefined
    : `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}]. `;
}
