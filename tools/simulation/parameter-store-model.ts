import type { Parameter } from '../../lambda/services';
import { awsError } from './faults';

interface Version {
  readonly at: number;
  readonly value: string;
}

/** Parameter Store: creation is atomic, while each item that is read may be as it was a while ago. */
export class ParameterStoreModel {
  private readonly versions = new Map<string, Version[]>();

  public constructor(private readonly pageSize: number) {}

  public put(name: string, value: string, overwrite: boolean, now: number): void {
    const versions = this.versions.get(name);
    if (!versions) this.versions.set(name, [{ at: now, value }]);
    else if (overwrite) versions.push({ at: now, value });
    else throw awsError('ParameterAlreadyExists');
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
      return version ? [{ name, value: version.value, version: versions.indexOf(version) + 1 }] : [];
    });
    return { parameters, ...(to < under.length && { nextToken: String(to) }) };
  }
}
