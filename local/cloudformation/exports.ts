import type { Stack, StackOutput } from './stack';

/** One output that a stack exports to the others of its Region. */
export interface Export {
  readonly name: string;
  readonly value: string;
  readonly stack: Stack;
}

/** What stacks export to each other. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html */
export class Exports {
  public constructor(private readonly stacks: readonly Stack[]) {}

  public all(region: string): Export[] {
    return this.living(region).flatMap((stack) => exportsOf(stack, stack.outputs));
  }

  public value(region: string, name: string): string | undefined {
    return this.all(region).find((each) => each.name === name)?.value;
  }

  /** The stacks that use an export, those included that would use it again after a rollback. */
  public importers(region: string, name: string): Stack[] {
    return this.living(region).filter(({ processed, stable, status }) =>
      status === 'ROLLBACK_COMPLETE'
        ? false
        : [processed, stable?.processed].some((template) => template?.imports.has(name)),
    );
  }

  /** Throws where a stack may not have these outputs instead of those that it has. */
  public checkUpdate(stack: Stack, outputs: readonly StackOutput[]): void {
    const { region } = stack.identity;
    for (const { OutputKey, OutputValue, ExportName } of outputs) {
      if (ExportName !== undefined && OutputValue.trim() === '') {
        throw new Error(`Cannot export output ${OutputKey}. Exported values must not be empty or whitespace-only.`);
      }
    }
    const wanted = exportsOf(stack, outputs);
    for (const { name } of wanted) {
      const other = this.all(region).find((each) => each.name === name && each.stack !== stack);
      if (other) {
        throw new Error(`Export with name ${name} is already exported by stack ${other.stack.name}`);
      }
    }
    for (const { name, value } of exportsOf(stack, stack.outputs)) {
      const users = this.users(stack, name);
      const after = wanted.find((each) => each.name === name);
      if (users && after && after.value !== value) {
        throw new Error(`Export ${name} cannot be updated as it is in use by ${users}`);
      }
      if (users && !after) {
        throw new Error(cannotDelete(name, users));
      }
    }
  }

  /** Why a stack may not be deleted. */
  public deletionRefusal(stack: Stack): string | undefined {
    for (const { name } of exportsOf(stack, stack.outputs)) {
      const users = this.users(stack, name);
      if (users) {
        return cannotDelete(name, users);
      }
    }
    return undefined;
  }

  private users(stack: Stack, name: string): string | undefined {
    const importers = this.importers(stack.identity.region, name).filter((importer) => importer !== stack);
    return importers.length > 0 ? importers.map((importer) => importer.name).join(' and ') : undefined;
  }

  private living(region: string): Stack[] {
    return this.stacks.filter(({ identity, status }) => identity.region === region && status !== 'DELETE_COMPLETE');
  }
}

function exportsOf(stack: Stack, outputs: readonly StackOutput[]): Export[] {
  return outputs.flatMap(({ ExportName, OutputValue }) =>
    ExportName === undefined ? [] : [{ name: ExportName, value: OutputValue, stack }],
  );
}

function cannotDelete(name: string, users: string): string {
  return `Delete canceled. Cannot delete export ${name} as it is in use by ${users}.`;
}
