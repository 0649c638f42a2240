import type { Deployment } from './deployment';
import type { ProcessedTemplate } from './processed-template';
import {
  type CreateRequest,
  type DeleteRequest,
  generatedName,
  type RollbackRequest,
  type PhysicalResource,
  type Properties,
  ResourceFailure,
  type ResourceType,
  type UpdateRequest,
} from './resource-type';
import type { Stack } from './stack';
import type { Stacks } from './stacks';

const MAX_STACK_NAME = 128;

/**
 * Nested stacks. They take part in their parents' operations: their failures fail the parent, and they roll back and clean up when it
 * does. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
 */
export class NestedStackType implements ResourceType {
  public readonly properties = ['NotificationARNs', 'Parameters', 'Tags', 'TemplateURL', 'TimeoutInMinutes'];
  public readonly required = ['TemplateURL'];
  public readonly attributes = 'any';
  public readonly nested = {
    rollBack: (request: RollbackRequest): Promise<PhysicalResource> => this.rollBack(request),
    cleanUp: (physicalId: string): Promise<void> => {
      const stack = this.stacks.withId(physicalId);
      return this.stacks.begin(stack, (deployment) => deployment.cleanUp());
    },
  };

  public constructor(private readonly stacks: Stacks) {}

  public async create({ place, properties, signal, initiated }: CreateRequest): Promise<PhysicalResource> {
    const parent = this.stacks.withId(place.stackId);
    const stack = this.stacks.add(generatedName(place, MAX_STACK_NAME), place.region, parent);
    initiated?.(stack.id);
    const processed = this.process(stack, properties);
    this.beginOperation(parent, stack, 'CREATE_STACK');
    await this.run(stack, signal, (deployment) => deployment.create(processed, parent.tags));
    return resourceIn(stack, 'CREATE_COMPLETE', 'created');
  }

  public async update({ place, physicalId, properties, signal }: UpdateRequest): Promise<PhysicalResource> {
    const stack = this.stacks.withId(physicalId);
    const processed = this.process(stack, properties);
    if (!this.stacks.wouldChange(stack, processed)) {
      return resource(stack);
    }
    const parent = this.stacks.withId(place.stackId);
    this.beginOperation(parent, stack, 'UPDATE_STACK');
    await this.run(stack, signal, (deployment) => deployment.update(processed, parent.tags));
    return resourceIn(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'updated');
  }

  public async delete({ place, physicalId }: DeleteRequest): Promise<void> {
    const stack = this.stacks.withId(physicalId);
    if (stack.status === 'DELETE_COMPLETE') {
      return;
    }
    const isRollback = this.stacks.withId(place.stackId).status.includes('ROLLBACK');
    stack.beginOperation('DELETE_STACK');
    await this.stacks.begin(stack, (deployment) => deployment.delete([], isRollback));
    resourceIn(stack, 'DELETE_COMPLETE', 'deleted');
  }

  private async rollBack({ physicalId, skipped }: RollbackRequest): Promise<PhysicalResource> {
    const stack = this.stacks.withId(physicalId);
    // Without a saved stable state, the stack has not changed.
    if (stack.stable) {
      stack.beginRollback();
      await this.stacks.begin(stack, (deployment) => deployment.rollBackUpdate(undefined, skippedIn(stack, skipped)));
      return resourceIn(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'rolled back');
    }
    return resource(stack);
  }

  private beginOperation(parent: Stack, stack: Stack, operation: 'CREATE_STACK' | 'UPDATE_STACK'): void {
    stack.beginOperation(operation);
    stack.deploymentConfig = parent.deploymentConfig;
    stack.capabilities = parent.capabilities;
  }

  private async run(stack: Stack, signal: AbortSignal, run: (deployment: Deployment) => Promise<void>): Promise<void> {
    const cancel = (): void => {
      void this.stacks.cancel(stack);
    };
    signal.addEventListener('abort', cancel);
    const done = this.stacks.begin(stack, run);
    if (signal.aborted) {
      cancel();
    }
    await done;
    signal.removeEventListener('abort', cancel);
  }

  private process(stack: Stack, { TemplateURL, Parameters = {} }: Properties): ProcessedTemplate {
    try {
      return this.stacks.process(stack, {
        TemplateURL: String(TemplateURL),
        Parameters: Object.entries(Parameters as Properties).map(([ParameterKey, value]) => ({
          ParameterKey,
          ParameterValue: Array.isArray(value) ? value.map(String).join(',') : String(value),
        })),
      });
    } catch (error) {
      throw new ResourceFailure(error instanceof Error ? error.message : String(error), stack.id);
    }
  }
}

/**
 * ContinueUpdateRollback names resources of nested stacks `StackName.LogicalId`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
 */
function skippedIn({ name }: Stack, skipped: readonly string[]): string[] {
  const nested = skipped.filter((each) => each.includes('.'));
  return nested.map((each) => (each.startsWith(`${name}.`) ? each.slice(name.length + 1) : each));
}

/** Throws unless the stack has reached the status. */
function resourceIn(stack: Stack, status: string, pastParticiple: string): PhysicalResource {
  if (stack.status === status) {
    return resource(stack);
  }
  const where = pastParticiple === 'updated' ? `. Currently in ${stack.status} with reason: ` : ': ';
  throw new ResourceFailure(
    `Embedded stack ${stack.id} was not successfully ${pastParticiple}${where}${stack.statusReason ?? ''}`,
    stack.id,
  );
}

function resource(stack: Stack): PhysicalResource {
  return {
    physicalId: stack.id,
    attributes: Object.fromEntries(
      stack.outputs.map(({ OutputKey, OutputValue }) => [`Outputs.${OutputKey}`, OutputValue]),
    ),
  };
}
