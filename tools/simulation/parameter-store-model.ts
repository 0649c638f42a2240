import type { Parameter } from '../../lambda/services';
import { awsError } from './faults';

interface Version {
  readonly at: number;
  readonly value: string;
}

/** Parameter Store: creation is atomic, while each item that is read may be as it was a while ago. */
export class ParameterStoreModel {
  /** The Region has as many parameters as it may have. */
  public isFull = false;
  private readonly versions = new Map<string, Version[]>();

  public constructor(private readonly pageSize: number) {}

  public create(name: string, value: string, now: number): void {
    if (this.versions.has(name)) throw awsError('ParameterAlreadyExists');
    if (this.isFull) throw awsError('ParameterLimitExceeded');
    this.versions.set(name, [{ at: now, value }]);
  }

  public get size(): number {
    return this.versions.size;
  }

  /**
   * A page of the parameters right below a path.
   *
   * @param viewOf The time whose state an item shows; `newest` is the one that was created last.
   */
  public list(
    path: string,
    token: string | undefined,
    viewOf: (newest: boolean) => number,
  ): { parameters: Parameter[]; nextToken?: string } {
    const under = [...this.versions].filter(([name]) => name.startsWith(`${path}/`));
    const from = Number(token ?? 0);
    const to = from + this.pageSize;
    const parameters = under.flatMap(([name, versions], i) => {
      if (i < from || i >= to) return [];
      const view = viewOf(i === under.length - 1);
      const version = versions.findLast(({ at }) => at <= view);
      return version ? [{ name, value: version.value }] : [];
    });
    return { parameters, ...(to < under.length && { nextToken: String(to) }) };
  }
}
