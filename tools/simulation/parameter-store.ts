import type { Parameter } from '../../lambda/services';
import { awsError } from './aws-error';
import type { Creation } from './configuration';

interface Version {
  readonly at: number;
  readonly value: string;
}

/** Where creation is not atomic, creations so close to each other all succeed; milliseconds. */
const CONCURRENT = 10_000;

/** Parameter Store of one Region. Each item that is read may be as it was a while ago. */
export class ParameterStore {
  /** The Region has as many parameters as it may have. */
  public isFull = false;
  private readonly paths = new Map<string, Map<string, Version[]>>();

  public constructor(
    private readonly pageSize: number,
    private readonly creation: Creation,
  ) {}

  /** @returns the version that the answer tells. */
  public create(name: string, value: string, now: number): number {
    const path = name.slice(0, name.lastIndexOf('/'));
    const below = this.paths.get(path) ?? new Map<string, Version[]>();
    const versions = below.get(name) ?? [];
    const [first] = versions;
    if (first && (this.creation === 'atomic' || now - first.at > CONCURRENT)) throw awsError('ParameterAlreadyExists');
    if (this.isFull) throw awsError('ParameterLimitExceeded');
    versions.push({ at: now, value });
    this.paths.set(path, below.set(name, versions));
    return this.versionOf(versions.length - 1);
  }

  public sizeOf(path: string): number {
    return this.paths.get(path)?.size ?? 0;
  }

  /** The most parameters that lie below a path. */
  public get longest(): number {
    return Math.max(0, ...[...this.paths.values()].map(({ size }) => size));
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
    const all = [...(this.paths.get(path) ?? [])];
    const from = Number(token ?? 0);
    const to = from + this.pageSize;
    const parameters = all.flatMap(([name, versions], i) => {
      if (i < from || i >= to) return [];
      const view = viewOf(i === all.length - 1);
      const version = versions.findLastIndex(({ at }) => at <= view);
      const { value } = versions[version] ?? {};
      return value === undefined ? [] : [{ name, value, version: this.versionOf(version) }];
    });
    return { parameters, ...(to < all.length && { nextToken: String(to) }) };
  }

  private versionOf(index: number): number {
    return this.creation === 'both succeed, and nobody is told' ? 1 : index + 1;
  }
}
