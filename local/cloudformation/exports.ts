import type { Stack, StackOutput } from './stack';

/** An output that a stack exports to other stacks of its Region. */
export interface Export {
  readonly name: string;
  readonly value: string;
  readonly stack: Stack;
}

/** The exports of all stacks. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html */
export class Exports {
  public constructor(private readonly stacks: readonly Stack[]) {}

  public all(region: string): Export[] {
    return this.existing(region).flatMap((stack) => exportsOf(stack, stack.outputs));
  }

  public value(region: string, name: string): string | undefined {
    return this.all(region).find((each) => each.name === name)?.value;
  }

  /** Stacks that import an export, including those that would again after a rollback. */
  public importers(region: string, name: string): Stack[] {
    return this.existing(region).filter(({ processed, stable, status }) =>
      status === 'ROLLBACK_COMPLETE'
        ? false
        : [processed, stable?.processed].some((template) => template?.imports.has(name)),
    );
  }

  /** Throws if a stack may not replace its outputs with these. */
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

  /** Returns why a stack cannot be deleted; `undefined` if it can. */
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

  private existing(region: string): Stack[] {
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
